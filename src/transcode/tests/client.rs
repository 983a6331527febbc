//! A client that puts a stream together as OpenAI's Python SDK does (3.52.0,
//! `lib/streaming/_deltas.py` and `_streaming.py`, 2026-11-21).

use serde_json::{Map, Value, json};

use crate::framing::sse::{Content, Framer};

/// What the client has in the end.
#[derive(Debug, PartialEq)]
pub(super) struct Received {
    pub(super) answer: Value,
    pub(super) ending: Ending,
    pub(super) comments: usize,
}

#[derive(Debug, PartialEq)]
pub(super) enum Ending {
    Done,
    Error(Value),
    Cut,
}

pub(super) fn receive(stream: &[u8]) -> Received {
    let mut received = Received {
        answer: Value::Null,
        ending: Ending::Cut,
        comments: 0,
    };
    let mut framer = Framer::default();
    let take = |item: crate::framing::sse::Item<'_>| match item.content {
        Content::Event(frame) => received.event(frame.data),
        Content::Comment => received.comments += 1,
        Content::Empty | Content::LineFeed => {}
    };
    framer.push(stream, take).unwrap();
    assert!(!framer.is_pending(), "every event has its blank line");
    received.finish_answer();
    received
}

impl Received {
    fn event(&mut self, data: &[u8]) {
        assert_eq!(self.ending, Ending::Cut, "nothing follows the end");
        if data == b"[DONE]" {
            self.ending = Ending::Done;
            return;
        }
        let mut chunk: Value = serde_json::from_slice(data).unwrap();
        if let Some(error) = chunk.get("error") {
            self.ending = Ending::Error(error.clone());
            return;
        }
        assert_eq!(chunk["object"], "chat.completion.chunk");
        let Value::Array(choices) = chunk["choices"].take() else {
            panic!("{chunk}");
        };
        if self.answer.is_null() {
            self.answer = json!({"object": "chat.completion", "choices": []});
        }
        for (name, value) in chunk.as_object().unwrap() {
            match name.as_str() {
                "object" | "choices" => {}
                "usage" if value.is_null() => {}
                "usage" => {
                    assert!(choices.is_empty(), "usage has a chunk of its own");
                    self.answer["usage"] = value.clone();
                }
                _ => {
                    let known = self.answer.get(name);
                    assert!(known.is_none_or(|known| known == value), "{name} is stable");
                    self.answer[name] = value.clone();
                }
            }
        }
        for choice in choices {
            self.choice(&choice);
        }
    }

    fn choice(&mut self, chunk: &Value) {
        let choices = self.answer["choices"].as_array_mut().unwrap();
        let index = &chunk["index"];
        let known = choices.iter().position(|known| known["index"] == *index);
        let at = known.unwrap_or_else(|| {
            assert_eq!(chunk["delta"]["role"], "assistant", "the role comes first");
            let (message, reason) = (Map::new(), Value::Null);
            choices.push(
                json!({"index": index, "message": message, "logprobs": null, "finish_reason": reason}),
            );
            choices.len() - 1
        });
        let choice = &mut choices[at];
        assert_eq!(choice["finish_reason"], Value::Null, "a choice is over");
        choice["finish_reason"] = chunk["finish_reason"].clone();
        let message = choice["message"].as_object_mut().unwrap();
        accumulate(message, chunk["delta"].as_object().unwrap());
    }

    /// Takes out what only the stream has, and puts in what the SDK's types default to.
    fn finish_answer(&mut self) {
        let Some(choices) = self.answer.get_mut("choices") else {
            return;
        };
        let choices = choices.as_array_mut().unwrap();
        choices.sort_by_key(|choice| choice["index"].as_u64());
        for choice in choices {
            let message = choice["message"].as_object_mut().unwrap();
            for list in ["tool_calls", "annotations", "thinking_blocks"] {
                let entries = message.get_mut(list).and_then(Value::as_array_mut);
                for (at, entry) in entries.into_iter().flatten().enumerate() {
                    let index = entry.as_object_mut().unwrap().shift_remove("index");
                    assert_eq!(index, Some(json!(at)), "{list} is dense");
                }
            }
            message.entry("annotations").or_insert(json!([]));
        }
    }
}

fn accumulate(whole: &mut Map<String, Value>, delta: &Map<String, Value>) {
    for (name, more) in delta {
        match whole.get_mut(name) {
            None | Some(Value::Null) if !is_indexed(more) => {
                whole.insert(name.clone(), more.clone());
            }
            None | Some(Value::Null) => {
                let mut list = Vec::new();
                accumulate_list(&mut list, more);
                whole.insert(name.clone(), list.into());
            }
            Some(known) if name == "index" || name == "type" => *known = more.clone(),
            Some(Value::String(known)) => known.push_str(more.as_str().unwrap()),
            Some(Value::Object(known)) => accumulate(known, more.as_object().unwrap()),
            Some(Value::Array(known)) => accumulate_list(known, more),
            Some(other) => panic!("{name}: {other} and {more}"),
        }
    }
}

fn is_indexed(value: &Value) -> bool {
    let is_indexed = |entry: &Value| entry.get("index").is_some();
    value
        .as_array()
        .is_some_and(|list| list.iter().any(is_indexed))
}

fn accumulate_list(list: &mut Vec<Value>, delta: &Value) {
    for entry in delta.as_array().unwrap() {
        let index = entry["index"].as_u64().expect("an index in every entry");
        let index = usize::try_from(index).unwrap();
        match list.get_mut(index) {
            None => list.insert(index, entry.clone()),
            Some(known) => accumulate(known.as_object_mut().unwrap(), entry.as_object().unwrap()),
        }
    }
}
