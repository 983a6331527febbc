//! Splits reasoning off the text of a stream: see [`think`](super::super::think).
//!
//! It stands behind [`Passthrough`], whose events are those of OpenAI, and looks only at the
//! beginning of an answer: once all choices have come to their content, bytes pass unseen.

use serde_json::{Map, Value, json};

use super::Passthrough;
use super::choices::LIMIT;
use super::chunk::head;
use super::reader::{DONE, write_event};
use crate::chat::Usage;
use crate::framing::sse::{Content, Framer, Item};
use crate::providers::openai_compatible::edit::{Fate, Member, edited_parts};
use crate::providers::openai_compatible::preset::ThinkTags;
use crate::providers::openai_compatible::repair;
use crate::providers::openai_compatible::think::{Split, Splitter};
use crate::providers::{Observed, Passed, ResponseStream};

/// A stream whose text may hold reasoning.
pub(super) struct SplitThinking {
    inner: Passthrough,
    framer: Framer,
    reader: Reader,
    /// All that is to come is the inner stream's.
    passes_unseen: bool,
    /// The inner stream's bytes of the last chunk, where they are not the chunk.
    passed: Vec<u8>,
}

impl SplitThinking {
    /// `choices` is how many the client has asked for.
    pub(super) fn new(inner: Passthrough, tags: ThinkTags, choices: usize) -> Self {
        Self {
            inner,
            // The inner stream has a limit; what it lets pass is let pass here.
            framer: Framer::with_limit(usize::MAX),
            reader: Reader {
                tags,
                expected: choices,
                choices: Vec::new(),
                head: None,
                is_settled: false,
                last_replaced: false,
            },
            passes_unseen: false,
            passed: Vec::new(),
        }
    }
}

impl ResponseStream for SplitThinking {
    fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Passed {
        if self.passes_unseen {
            return self.inner.push(chunk, out);
        }
        self.passed.clear();
        let passed = self.inner.push(chunk, &mut self.passed);
        let bytes = match passed {
            Passed::Unchanged => chunk,
            Passed::Replaced => &self.passed,
        };
        let start = out.len();
        let reader = &mut self.reader;
        let mut has_changed = false;
        let _ = self
            .framer
            .push(bytes, |item| has_changed |= reader.item(item, out));
        // A chunk that ends with CR may have left its LF for the next one, which is still to share
        // its event's fate.
        self.passes_unseen = self.reader.is_settled && !bytes.ends_with(b"\r");
        if passed == Passed::Unchanged && !has_changed && !self.framer.is_pending() {
            out.truncate(start);
            return Passed::Unchanged;
        }
        Passed::Replaced
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        if self.passes_unseen {
            return self.inner.finish(out);
        }
        self.passed.clear();
        self.inner.finish(&mut self.passed);
        self.last(out);
    }

    fn stop(&mut self, usage: &Usage, out: &mut Vec<u8>) {
        if self.passes_unseen {
            return self.inner.stop(usage, out);
        }
        self.passed.clear();
        self.inner.stop(usage, &mut self.passed);
        self.last(out);
    }

    fn observed(&self) -> &Observed {
        self.inner.observed()
    }
}

impl SplitThinking {
    /// Takes the last bytes of the inner stream.
    fn last(&mut self, out: &mut Vec<u8>) {
        let reader = &mut self.reader;
        let _ = self.framer.push(&self.passed, |item| {
            reader.item(item, out);
        });
        self.framer.finish(|item| {
            reader.item(item, out);
        });
    }
}

/// Reads the events of the inner stream.
struct Reader {
    tags: ThinkTags,
    /// How many choices there will be.
    expected: usize,
    /// The choices that have shown up.
    choices: Vec<(u64, Splitter)>,
    /// The first chunk's fields, for a chunk of our own.
    head: Option<Map<String, Value>>,
    /// Nothing is to be split any more.
    is_settled: bool,
    last_replaced: bool,
}

impl Reader {
    /// Appends what the client gets of an item; says whether that is something else.
    fn item(&mut self, item: Item<'_>, out: &mut Vec<u8>) -> bool {
        let replacement = match item.content {
            Content::Event(frame) => self.event(frame.data),
            Content::LineFeed if self.last_replaced => return true,
            Content::LineFeed | Content::Comment | Content::Empty => None,
        };
        self.last_replaced = replacement.is_some();
        match replacement {
            None => out.extend_from_slice(item.raw),
            Some(events) => out.extend_from_slice(&events),
        }
        self.last_replaced
    }

    /// The events that take an event's place; `None` where it stays.
    fn event(&mut self, data: &[u8]) -> Option<Vec<u8>> {
        if self.is_settled {
            return None;
        }
        let edited = edited_parts(data, "delta", |index, members| {
            self.delta(index, data, members)
        });
        if self.head.is_none() {
            self.head = head(data);
        }
        let is_holding = self.choices.iter().any(|(_, text)| text.is_holding());
        let flushed = if is_holding {
            self.flush(edited.as_deref().unwrap_or(data))
        } else {
            None
        };
        self.is_settled = self.choices.len() >= self.expected
            && self.choices.iter().all(|(_, text)| text.is_settled());
        if flushed.is_some() {
            return flushed;
        }
        let mut events = Vec::new();
        write_event(&mut events, &edited?);
        Some(events)
    }

    /// What becomes of the members of a choice's delta.
    fn delta(&mut self, index: u64, data: &[u8], members: &[Member<'_>]) -> Vec<Fate> {
        let mut fates = vec![Fate::Stays; members.len()];
        let text = |name: &str| {
            let member = members.iter().find(|member| member.name == name)?;
            serde_json::from_slice::<String>(member.json(data)).ok()
        };
        let Some(splitter) = self.splitter(index) else {
            return fates;
        };
        if text("reasoning_content").is_some_and(|told| !told.is_empty()) {
            splitter.settle();
        }
        let Some(told) = text("content").filter(|told| !told.is_empty()) else {
            return fates;
        };
        let split = splitter.push(&told);
        if split.content == told {
            return fates;
        }
        for (member, fate) in members.iter().zip(&mut fates) {
            *fate = match &*member.name {
                "content" => content_becomes(&split),
                "reasoning_content" if !split.reasoning.is_empty() => Fate::Goes,
                _ => Fate::Stays,
            };
        }
        fates
    }

    fn splitter(&mut self, index: u64) -> Option<&mut Splitter> {
        let known = self.choices.iter().position(|(own, _)| *own == index);
        let place = known.unwrap_or(self.choices.len());
        if known.is_none() && place < LIMIT {
            self.choices.push((index, Splitter::new(self.tags)));
        }
        self.choices.get_mut(place).map(|(_, splitter)| splitter)
    }

    /// Gives out what choices hold that end with this event, or whose stream does.
    fn flush(&mut self, data: &[u8]) -> Option<Vec<u8>> {
        let mut events = Vec::new();
        let chunk = serde_json::from_slice::<Map<String, Value>>(data);
        let has_failed =
            |chunk: &Map<String, Value>| chunk.get("error").is_some_and(|e| !e.is_null());
        if data.trim_ascii() == DONE || chunk.as_ref().is_ok_and(has_failed) {
            self.rest(&mut events);
            write_event(&mut events, data);
            return Some(events);
        }
        let mut chunk = chunk.ok()?;
        let mut has_changed = false;
        repair::each_choice(&mut chunk, |index, choice| {
            if choice.get("finish_reason").is_some_and(Value::is_string) {
                has_changed |= self.flush_choice(index, choice);
            }
        });
        has_changed.then(|| {
            write_event(&mut events, Value::Object(chunk).to_string().as_bytes());
            events
        })
    }

    fn flush_choice(&mut self, index: u64, choice: &mut Map<String, Value>) -> bool {
        let Some((_, splitter)) = self.choices.iter_mut().find(|(own, _)| *own == index) else {
            return false;
        };
        let split = splitter.finish();
        let Some(Value::Object(delta)) = choice.get_mut("delta") else {
            return false;
        };
        append(delta, "content", &split.content);
        append(delta, "reasoning_content", &split.reasoning);
        true
    }

    /// A chunk with all that is still held.
    fn rest(&mut self, events: &mut Vec<u8>) {
        let mut choices = Vec::new();
        for (index, splitter) in &mut self.choices {
            let mut delta = Map::new();
            let split = splitter.finish();
            append(&mut delta, "content", &split.content);
            append(&mut delta, "reasoning_content", &split.reasoning);
            if !delta.is_empty() {
                choices.push(json!({"index": index, "delta": delta, "finish_reason": null}));
            }
        }
        let mut chunk = self.head.take().unwrap_or_default();
        chunk.insert("choices".to_owned(), choices.into());
        write_event(events, Value::Object(chunk).to_string().as_bytes());
    }
}

fn content_becomes(split: &Split) -> Fate {
    let content = Value::from(split.content.as_str());
    let reasoning = Value::from(split.reasoning.as_str());
    match (split.content.is_empty(), split.reasoning.is_empty()) {
        (_, true) => Fate::Becomes(content.to_string()),
        (true, false) => Fate::Gives(format!("\"reasoning_content\":{reasoning}")),
        (false, false) => Fate::Gives(format!(
            "\"content\":{content},\"reasoning_content\":{reasoning}"
        )),
    }
}

fn append(delta: &mut Map<String, Value>, name: &str, more: &str) {
    if more.is_empty() {
        return;
    }
    match delta.get_mut(name) {
        Some(Value::String(text)) => text.push_str(more),
        _ => drop(delta.insert(name.to_owned(), more.into())),
    }
}

#[cfg(test)]
mod tests;
