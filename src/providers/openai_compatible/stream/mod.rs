//! A streamed answer on its way to the client.
//!
//! Bytes pass as they are: a chunk of whole events with nothing to change is not even copied.
//! What is changed is changed event by event, and only where [`Reader`] says so. An event whose end
//! has not come is held, because it may be one that the client must not see.
//!
//! A client that has not asked for token counts does not see any; that OpenAI itself says
//! `"usage":null` in each chunk, because the gateway has asked, is left as it is.
//!
//! The end that the client sees is always one of three: `[DONE]` after an answer that was complete,
//! an error event after one that failed, or an error event after one that stopped without its end.
//! Nothing follows either.

mod choices;
mod chunk;
mod filter;
mod fold;
mod one_shot;
mod reader;
mod stop;
mod think;

pub use fold::Fold;
pub(super) use one_shot::one_shot;

use sha2::{Digest as _, Sha256};

use super::edit::{with_inner, with_value};
use super::preset::{AnswerQuirk, Preset, ThinkTags};
use crate::chat::Usage;
use crate::framing::sse::{Content, Framer, Item};
use crate::pricing::Bill;
use crate::providers::{Observed, Passed, ResponseStream};
use reader::{Reader, Verdict};

/// How an answer is to be passed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerOptions {
    /// What the client wants to see of the token counts of a stream, which are always asked
    /// upstream.
    pub usage: ClientUsage,
    /// What becomes of `<think>` in the answer's text.
    pub think_tags: ThinkTags,
    /// How many choices the client has asked for.
    pub choices: usize,
    /// The number that makes the answer's id, where the vendor's own comes again.
    pub answer_id: Option<u128>,
    /// What the request costs, to be told with the token counts of a stream; `None` where nobody
    /// knows.
    pub bill: Option<Bill>,
    /// Whether the stream may have to end before its provider ends it ([`ResponseStream::stop`]).
    pub may_stop: bool,
}

impl AnswerOptions {
    /// One choice, told by the preset's own rules.
    pub fn new(preset: &Preset, usage: ClientUsage) -> Self {
        Self {
            usage,
            think_tags: preset.think_tags,
            choices: 1,
            answer_id: None,
            bill: None,
            may_stop: false,
        }
    }

    /// The same for the answer to this request, whose id is like no other.
    pub fn for_request(self, preset: &Preset, request_id: &str) -> Self {
        let needs_id = preset.has(AnswerQuirk::RepeatedIds);
        let digest = || Sha256::digest(request_id);
        let number = || {
            digest()
                .first_chunk()
                .map(|bytes| u128::from_be_bytes(*bytes))
        };
        Self {
            answer_id: needs_id.then(number).flatten(),
            ..self
        }
    }

    /// The answer, or a piece of it, with the id that is made for it; `None` where it keeps its own.
    pub(super) fn with_id(&self, json: &[u8]) -> Option<Vec<u8>> {
        let id = format!("\"chatcmpl-{:032x}\"", self.answer_id?);
        with_value(json, "id", &id)
    }

    /// The chunk with what the request has cost beside its token counts; `None` where nobody knows.
    fn billed(&self, chunk: &[u8], usage: Option<&Usage>, tier: Option<&str>) -> Option<Vec<u8>> {
        let cost = self.bill.as_ref()?.dollars(usage?, tier);
        with_inner(chunk, "usage", "cost", &cost)
    }
}

/// Where a client sees token counts in its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientUsage {
    /// Nowhere: it has not asked.
    Hidden,
    /// In one chunk without choices before the end, like OpenAI's (`include_usage`).
    AtEnd,
    /// Wherever the upstream puts them: the client asked for more than OpenAI has (vLLM's
    /// `continuous_usage_stats`).
    AsSent,
}

/// Starts to pass on a stream.
pub(super) fn start(preset: &'static Preset, options: AnswerOptions) -> Box<dyn ResponseStream> {
    let (tags, choices) = (options.think_tags, options.choices);
    let passed = Passthrough::new(preset, options);
    match tags {
        ThinkTags::Stay => Box::new(passed),
        tags => Box::new(think::SplitThinking::new(passed, tags, choices)),
    }
}

/// The client's bytes, observed and mended in passing.
struct Passthrough {
    framer: Framer,
    reader: Reader,
    /// What the last event became: the LF of a CRLF that chunks tore apart shares its fate.
    last_passed: bool,
}

impl Passthrough {
    /// A stream that is about to begin.
    fn new(preset: &'static Preset, options: AnswerOptions) -> Self {
        Self {
            framer: Framer::default(),
            reader: Reader::new(preset, options),
            last_passed: true,
        }
    }
}

impl ResponseStream for Passthrough {
    fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Passed {
        let mut copy = Copy::new(chunk, self.framer.is_pending(), out);
        let (reader, last_passed) = (&mut self.reader, &mut self.last_passed);
        let framed = self
            .framer
            .push(chunk, |item| take(reader, last_passed, item, &mut copy));
        if framed.is_ok() && !self.framer.is_pending() && !copy.is_copying {
            return Passed::Unchanged;
        }
        copy.begin();
        if let Err(error) = framed {
            self.reader.too_large(&error, out);
        }
        Passed::Replaced
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        let reader = &mut self.reader;
        self.framer.finish(|item| finish_item(reader, item, out));
        self.reader.end(out);
    }

    fn stop(&mut self, usage: &Usage, out: &mut Vec<u8>) {
        self.reader.stop(usage, out);
        self.last_passed = false;
    }

    fn observed(&self) -> &Observed {
        self.reader.observed()
    }
}

/// Where the items of one chunk go. As long as all of them pass, nowhere.
struct Copy<'a> {
    chunk: &'a [u8],
    /// So much of the chunk has passed unchanged, uncopied.
    passed: usize,
    is_copying: bool,
    out: &'a mut Vec<u8>,
}

impl<'a> Copy<'a> {
    fn new(chunk: &'a [u8], is_pending: bool, out: &'a mut Vec<u8>) -> Self {
        Self {
            chunk,
            passed: 0,
            is_copying: is_pending,
            out,
        }
    }

    fn pass(&mut self, raw: &[u8]) {
        if self.is_copying {
            self.out.extend_from_slice(raw);
        } else {
            self.passed = self.passed.saturating_add(raw.len());
        }
    }

    /// From here on the client gets what is in `out`.
    fn begin(&mut self) {
        if !self.is_copying {
            self.is_copying = true;
            let passed = self.chunk.get(..self.passed).unwrap_or_default();
            self.out.extend_from_slice(passed);
        }
    }
}

fn take(reader: &mut Reader, last_passed: &mut bool, item: Item<'_>, copy: &mut Copy<'_>) {
    let verdict = match item.content {
        Content::LineFeed if *last_passed => Verdict::Pass,
        Content::LineFeed => Verdict::Hide,
        Content::Event(frame) => reader.frame(frame),
        Content::Comment | Content::Empty => reader.sign_of_life(),
    };
    *last_passed = verdict == Verdict::Pass;
    match verdict {
        Verdict::Pass => copy.pass(item.raw),
        Verdict::Hide => copy.begin(),
        Verdict::Replace => {
            copy.begin();
            copy.out.extend_from_slice(reader.replacement());
        }
    }
}

/// Takes an item that lacks its blank line. Half an event is nothing; a whole one gets its end.
fn finish_item(reader: &mut Reader, item: Item<'_>, out: &mut Vec<u8>) {
    let Content::Event(frame) = item.content else {
        return;
    };
    if !reader::is_whole(frame.data) {
        return;
    }
    match reader.frame(frame) {
        Verdict::Pass => {
            out.extend_from_slice(item.raw.trim_ascii_end());
            out.extend_from_slice(b"\n\n");
        }
        Verdict::Hide => {}
        Verdict::Replace => out.extend_from_slice(reader.replacement()),
    }
}

#[cfg(test)]
mod tests;
