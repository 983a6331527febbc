//! A provider's stream becomes the client's.
//!
//! While the phase is [`Phase::Waiting`] nothing is written, so that whoever holds back the response
//! headers has nothing else to hold back. What follows the end of a stream is ignored.

use super::Grammar;
use crate::chat::{Error, Event, Sink, Usage};
use crate::dialects::openai_chat::{AnswerContext, StreamEncoder};
use crate::framing::{Frames, Framing, Said, Unreadable};
use crate::providers::{Decoder, Observed, Passed, Phase, ResponseStream};

/// A stream on its way from a provider with its own wire format.
pub struct Transcode {
    frames: Frames,
    decoder: Box<dyn Decoder>,
    client: Client,
}

/// The client's end.
struct Client {
    encoder: StreamEncoder,
    observed: Observed,
    /// Blocks of output that are not closed.
    open_blocks: u32,
    /// Counts have come that no output has followed.
    is_count_fresh: bool,
    grammar: Grammar,
}

impl Transcode {
    /// The start of a stream.
    pub fn new(framing: Framing, decoder: Box<dyn Decoder>, context: AnswerContext) -> Self {
        Self {
            frames: Frames::new(framing),
            decoder,
            client: Client {
                encoder: StreamEncoder::new(context),
                observed: Observed::default(),
                open_blocks: 0,
                is_count_fresh: false,
                grammar: Grammar::default(),
            },
        }
    }
}

impl ResponseStream for Transcode {
    fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Passed {
        let Self {
            frames,
            decoder,
            client,
        } = self;
        if !client.is_over() {
            let mut sink = Output { client, out };
            let read = frames.push(chunk, |said| sink.said(said, decoder.as_mut()));
            sink.fail_if(read);
        }
        Passed::Replaced
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        let Self {
            frames,
            decoder,
            client,
        } = self;
        if client.is_over() {
            return;
        }
        let mut sink = Output { client, out };
        let read = frames.finish(|said| sink.said(said, decoder.as_mut()));
        sink.fail_if(read);
        if !sink.client.is_over() {
            decoder.end(&mut sink);
        }
        if !sink.client.is_over() {
            let reason = "the upstream's stream ended too early";
            sink.event(Event::Error(Error::upstream(reason)));
        }
    }

    fn stop(&mut self, usage: &Usage, out: &mut Vec<u8>) {
        let client = &mut self.client;
        if !client.is_over() {
            client.encoder.stop(*usage, out);
            client.observed.usage = Some(*usage);
            client.observed.phase = Phase::Complete;
        }
    }

    fn observed(&self) -> &Observed {
        &self.client.observed
    }
}

impl Client {
    fn is_over(&self) -> bool {
        matches!(self.observed.phase, Phase::Complete | Phase::Failed(_))
    }

    fn observe(&mut self, event: &Event<'_>) {
        self.count(event);
        let observed = &mut self.observed;
        match event {
            Event::Start { model, .. } => observed.model = model.map(str::to_owned),
            Event::ServiceTier(tier) => observed.service_tier = Some((*tier).to_owned()),
            Event::Heartbeat | Event::Usage(_) => {}
            Event::End => observed.phase = Phase::Complete,
            Event::Error(error) => observed.phase = Phase::Failed(error.clone()),
            Event::BlockStart { .. }
            | Event::BlockDelta { .. }
            | Event::Signature { .. }
            | Event::BlockEnd { .. }
            | Event::Annotation { .. }
            | Event::Vendor { .. }
            | Event::Image { .. }
            | Event::Audio { .. }
            | Event::Logprobs { .. }
            | Event::Finish { .. } => {
                if observed.phase == Phase::Waiting {
                    observed.phase = Phase::Open;
                }
            }
        }
    }

    /// Counts output as it comes. Where its provider has counted all blocks that came, before or
    /// behind the finish reason, that count stands: a client may leave before the stream's end.
    fn count(&mut self, event: &Event<'_>) {
        match event {
            Event::BlockStart { .. } => {
                self.open_blocks = self.open_blocks.saturating_add(1);
                self.is_count_fresh = false;
            }
            Event::BlockDelta { text, .. } => {
                self.observed.brings(tokens(text));
                self.is_count_fresh = false;
            }
            Event::BlockEnd { .. } => self.open_blocks = self.open_blocks.saturating_sub(1),
            Event::Usage(usage) => {
                self.observed.usage = Some(*usage);
                self.is_count_fresh = true;
            }
            _ => return,
        }
        if self.is_count_fresh && self.open_blocks == 0 && self.observed.phase == Phase::Open {
            self.observed.is_counted();
        }
    }
}

/// About how many tokens a piece of output is: at least one, of five bytes each.
fn tokens(text: &str) -> u64 {
    u64::try_from(text.len() / 5).unwrap_or(u64::MAX).max(1)
}

/// Where the decoder's events go.
struct Output<'a> {
    client: &'a mut Client,
    out: &'a mut Vec<u8>,
}

impl Output<'_> {
    fn said(&mut self, said: Said<'_>, decoder: &mut dyn Decoder) {
        if self.client.is_over() {
            return;
        }
        match said {
            Said::Frame(frame) => decoder.frame(frame, self),
            Said::Failure(frame) => decoder.failure(frame, self),
            Said::Comment => self.event(Event::Heartbeat),
            Said::Stray(bytes) => decoder.stray(bytes, self),
        }
    }

    fn fail_if(&mut self, read: Result<(), Unreadable>) {
        if let Err(unreadable) = read
            && !self.client.is_over()
        {
            self.event(Event::Error(Error::upstream(unreadable.to_string())));
        }
    }
}

impl Sink for Output<'_> {
    fn event(&mut self, event: Event<'_>) {
        let client = &mut *self.client;
        if cfg!(debug_assertions) {
            let checked = client.grammar.check(&event);
            debug_assert!(checked.is_ok(), "{checked:?} at {event:?}");
        }
        if client.is_over() {
            return;
        }
        client.observe(&event);
        let is_waiting = client.observed.phase == Phase::Waiting;
        if !(is_waiting && event == Event::Heartbeat) {
            client.encoder.encode(event, self.out);
        }
    }
}
