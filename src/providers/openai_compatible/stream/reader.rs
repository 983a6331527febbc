//! What an event is, and what the client gets of it.
//!
//! Once the answer has begun, most events are text and nothing else; [`Marks`] tell them and they
//! are not parsed. Quirks that show in every event of some vendors are mended by place. Everything
//! before the answer has begun, and whatever looks like token counts, an end, an error or a rarer
//! quirk, is read properly.

use serde::de::IgnoredAny;
use serde_json::Value;

use super::choices::Choices;
use super::filter::Filter;
use super::stop::EarlyEnd;
use super::{AnswerOptions, ClientUsage};
use crate::chat::Error;
use crate::framing::Frame;
use crate::framing::sse::FrameTooLarge;
use crate::providers::openai_compatible::error;
use crate::providers::openai_compatible::marks::Marks;
use crate::providers::openai_compatible::preset::Preset;
use crate::providers::openai_compatible::wire::Answer;
use crate::providers::{Observed, Phase};

pub(super) const DONE: &[u8] = b"[DONE]";

/// What becomes of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The client gets it as it is.
    Pass,
    /// The client does not get it.
    Hide,
    /// The client gets [`Reader::replacement`] instead.
    Replace,
}

/// Reads events, and remembers what the end of the stream must know.
pub(super) struct Reader {
    pub(super) preset: &'static Preset,
    pub(super) usage: ClientUsage,
    options: AnswerOptions,
    /// What tells that an event of an open answer is more than text.
    telling: Marks,
    /// What tells that an event cannot be mended by place.
    telling_more: Marks,
    pub(super) observed: Observed,
    /// Some chunk with choices was seen.
    pub(super) has_begun: bool,
    /// Some choice has its finish reason: an end without `[DONE]` is an end.
    pub(super) has_finished: bool,
    /// The usage chunk that the client still has to get.
    pub(super) usage_chunk: Option<Value>,
    pub(super) choices: Choices,
    /// What a content filter has said, and is to say again.
    pub(super) filter: Filter,
    pub(super) replacement: Vec<u8>,
    /// What an early end needs, where there may be one.
    pub(super) early_end: Option<EarlyEnd>,
}

impl Reader {
    pub(super) fn new(preset: &'static Preset, options: AnswerOptions) -> Self {
        let telling = Marks::USAGE | Marks::ERROR | Marks::FINISH | preset.marks();
        Self {
            preset,
            usage: options.usage,
            early_end: options.may_stop.then(|| EarlyEnd::new(options.choices)),
            options,
            telling,
            telling_more: telling.without(Marks::ROLE | Marks::REASONING),
            observed: Observed::default(),
            has_begun: false,
            has_finished: false,
            usage_chunk: None,
            choices: Choices::default(),
            filter: Filter::default(),
            replacement: Vec::new(),
        }
    }

    pub(super) fn observed(&self) -> &Observed {
        &self.observed
    }

    /// What the client gets for the last event, if that is not the event.
    pub(super) fn replacement(&self) -> &[u8] {
        &self.replacement
    }

    /// Reads an event.
    pub(super) fn frame(&mut self, frame: Frame<'_>) -> Verdict {
        if self.is_over() {
            return Verdict::Hide;
        }
        match (frame.data.trim_ascii(), frame.event) {
            (DONE, _) => return self.done(frame.data),
            // A sign of life in disguise; SDKs would read it as JSON.
            (b"", _) => return Verdict::Hide,
            (_, Some(b"error")) => return self.vendor_error(frame.data),
            _ => {}
        }
        let Some(renamed) = self.options.with_id(frame.data) else {
            return self.answer(frame.data, frame.event);
        };
        let verdict = self.answer(&renamed, frame.event);
        if verdict == Verdict::Pass {
            self.replacement.clear();
            write_event(&mut self.replacement, &renamed);
            return Verdict::Replace;
        }
        verdict
    }

    /// Reads a piece of the answer.
    fn answer(&mut self, data: &[u8], event: Option<&[u8]>) -> Verdict {
        let before = self.observed.usage;
        let verdict = self.piece(data, event);
        if self.observed.phase == Phase::Open {
            if self.has_finished && self.observed.usage != before {
                self.observed.is_counted();
            } else {
                // A chunk of this API is a token, or close to it.
                self.observed.brings(1);
            }
        }
        verdict
    }

    fn piece(&mut self, data: &[u8], event: Option<&[u8]>) -> Verdict {
        let marks = Marks::of(data);
        if self.observed.phase == Phase::Open && event.is_none() {
            if !marks.meet(self.telling) {
                return Verdict::Pass;
            }
            if !marks.meet(self.telling_more) {
                return self.edited(data);
            }
        }
        match Answer::read(data) {
            Some(answer) => self.chunk(&answer, data, marks),
            None if self.observed.phase == Phase::Open => Verdict::Pass,
            None => self.fail_in_place(Error::upstream(
                "The provider's stream holds something that is not JSON.",
            )),
        }
    }

    /// A comment or a blank line: passes until the stream is over.
    pub(super) fn sign_of_life(&self) -> Verdict {
        if self.is_over() {
            Verdict::Hide
        } else {
            Verdict::Pass
        }
    }

    /// The upstream's body is over. Appends what the client lacks for a proper end.
    pub(super) fn end(&mut self, out: &mut Vec<u8>) {
        if self.is_over() {
            return;
        }
        if self.has_finished {
            self.write_end();
        } else {
            self.fail_in_place(Error::upstream(
                "The provider's stream stopped before its end.",
            ));
        }
        out.extend_from_slice(&self.replacement);
    }

    /// The framer has given up. Appends the error event.
    pub(super) fn too_large(&mut self, error: &FrameTooLarge, out: &mut Vec<u8>) {
        if !self.is_over() {
            self.fail_in_place(Error::upstream(format!(
                "The provider's stream is broken: {error}."
            )));
            out.extend_from_slice(&self.replacement);
        }
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.observed.phase, Phase::Complete | Phase::Failed(_))
    }

    /// The upstream's own end. With blanks around it, it is none to most SDKs.
    fn done(&mut self, data: &[u8]) -> Verdict {
        if self.observed.phase == Phase::Waiting {
            return self.fail_in_place(Error::upstream(
                "The provider's stream ended without an answer.",
            ));
        }
        if self.usage_chunk.is_none() && data == DONE {
            self.observed.phase = Phase::Complete;
            return Verdict::Pass;
        }
        self.write_end();
        Verdict::Replace
    }

    /// The client's usage chunk, if it lacks one, and `[DONE]`.
    fn write_end(&mut self) {
        self.replacement.clear();
        if let Some(chunk) = self.usage_chunk.take() {
            let chunk = chunk.to_string().into_bytes();
            let billed = self.billed(&chunk);
            write_event(&mut self.replacement, &billed.unwrap_or(chunk));
        }
        write_event(&mut self.replacement, DONE);
        self.observed.phase = Phase::Complete;
    }

    /// A chunk with token counts, and with what they cost; `None` where nobody knows.
    pub(super) fn billed(&self, chunk: &[u8]) -> Option<Vec<u8>> {
        let Observed {
            usage,
            service_tier,
            ..
        } = &self.observed;
        self.options
            .billed(chunk, usage.as_ref(), service_tier.as_deref())
    }

    /// The upstream's own error. It is written without the event's name: OpenAI has none.
    pub(super) fn vendor_error(&mut self, json: &[u8]) -> Verdict {
        let (error, rewritten) = error::read(200, json);
        self.fail_with(error, rewritten.as_deref().unwrap_or(json))
    }

    pub(super) fn fail_in_place(&mut self, error: Error) -> Verdict {
        let body = error::body(&error);
        self.fail_with(error, &body)
    }

    fn fail_with(&mut self, error: Error, body: &[u8]) -> Verdict {
        self.replacement.clear();
        write_event(&mut self.replacement, body);
        self.observed.phase = Phase::Failed(error);
        Verdict::Replace
    }
}

/// Whether `data` is an event's whole data, not the first half of it.
pub(super) fn is_whole(data: &[u8]) -> bool {
    data.trim_ascii() == DONE || serde_json::from_slice::<IgnoredAny>(data).is_ok()
}

/// Writes an event of data only. JSON that came over several lines goes over several lines.
pub(super) fn write_event(out: &mut Vec<u8>, data: &[u8]) {
    for line in data.split(|byte| *byte == b'\n') {
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    out.push(b'\n');
}
