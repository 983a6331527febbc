//! The end of a stream that its provider has not ended.

use serde_json::{Map, Value, json};

use super::ClientUsage;
use super::choices::LIMIT;
use super::chunk::{head, usage_chunk};
use super::reader::{DONE, Reader, write_event};
use crate::chat::Usage;
use crate::providers::Phase;
use crate::providers::openai_compatible::finish::Finish;
use crate::providers::openai_compatible::usage;
use crate::providers::openai_compatible::wire::{Answer, Choice};

/// What is kept for an end that may be needed.
pub(super) struct EarlyEnd {
    /// What all chunks of the answer begin with.
    head: Map<String, Value>,
    /// How many choices there are.
    choices: usize,
    /// Those that have ended.
    finished: Vec<u64>,
    /// The client has had its token counts.
    pub(super) has_usage: bool,
}

impl EarlyEnd {
    /// `choices` is how many the client has asked for.
    pub(super) fn new(choices: usize) -> Self {
        Self {
            head: Map::new(),
            choices: choices.clamp(1, LIMIT),
            finished: Vec::new(),
            has_usage: false,
        }
    }

    /// Remembers what a chunk says of it; `begins` where the answer begins with it.
    pub(super) fn remember(&mut self, answer: &Answer<'_>, data: &[u8], begins: bool) {
        if begins {
            self.head = head(data).unwrap_or_default();
        }
        let has_finished =
            |choice: &Choice<'_>| choice.finish().is_some_and(|finish| finish != Finish::Open);
        for (index, choice) in answer.indexed_choices() {
            if has_finished(choice) && self.finished.len() < LIMIT {
                self.finished.push(index);
            }
        }
    }

    /// The chunk that ends all choices that go on; `None` where none does.
    fn last(&self) -> Option<Value> {
        let open = (0u64..).take(self.choices);
        let open = open.filter(|index| !self.finished.contains(index));
        let ends: Vec<_> = open.map(end_of).collect();
        if ends.is_empty() {
            return None;
        }
        let mut chunk = self.head.clone();
        chunk.insert("choices".to_owned(), ends.into());
        Some(Value::Object(chunk))
    }
}

fn end_of(index: u64) -> Value {
    json!({"index": index, "delta": {}, "logprobs": null, "finish_reason": "length"})
}

impl Reader {
    /// Ends the answer: a reason for each choice, the usage if the client wants it, `[DONE]`.
    pub(super) fn stop(&mut self, counts: &Usage, out: &mut Vec<u8>) {
        let (false, Some(early_end)) = (self.is_over(), self.early_end.take()) else {
            return;
        };
        if let Some(last) = early_end.last() {
            write_event(out, last.to_string().as_bytes());
        }
        self.observed.usage = Some(*counts);
        self.observed.phase = Phase::Complete;
        if self.usage != ClientUsage::Hidden && !early_end.has_usage {
            let mut object = Map::new();
            usage::write(counts, &mut object);
            let chunk = usage_chunk(&early_end.head, Some(object.into()));
            let chunk = chunk.to_string().into_bytes();
            write_event(out, &self.billed(&chunk).unwrap_or(chunk));
        }
        write_event(out, DONE);
    }
}
