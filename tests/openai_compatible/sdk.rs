//! A client of OpenAI's API as strict as the strictest SDK.
//!
//! It folds a stream into an answer the way openai-python 3.52.0 does (`_deltas.py`: strings are
//! appended, lists are joined by `index`), and fails where a stream breaks what OpenAI's own
//! streams always keep.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// An answer in the form that all ways of getting it can be compared in.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) choices: BTreeMap<u64, Choice>,
    pub(crate) usage: Option<Value>,
}

/// One choice of an answer.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Choice {
    pub(crate) content: String,
    pub(crate) reasoning: String,
    /// Id, name and arguments.
    pub(crate) calls: Vec<(String, String, String)>,
    pub(crate) finish: Option<String>,
}

/// How a stream ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum End {
    Done,
    Error(Value),
}

const FINISH_REASONS: &[&str] = &[
    "stop",
    "length",
    "tool_calls",
    "content_filter",
    "function_call",
];

/// Reads a stream, failing where OpenAI's SDK would, or would give nonsense.
pub(crate) fn read_stream(stream: &[u8], wants_usage: bool) -> (Answer, End) {
    let mut client = Client::default();
    let events = events(stream);
    let (last, chunks) = events.split_last().expect("a stream has an end");
    for chunk in chunks {
        let chunk = chunk.as_ref().expect("[DONE] comes last");
        assert!(
            chunk.get("error").is_none_or(Value::is_null),
            "an error comes last: {chunk}"
        );
        client.chunk(chunk);
    }
    let end = match last {
        None => End::Done,
        Some(chunk) => {
            let error = chunk
                .get("error")
                .expect("a stream ends with [DONE] or an error");
            assert_openai_error(error);
            End::Error(error.clone())
        }
    };
    if end == End::Done && !wants_usage {
        assert_eq!(client.usage, None, "nobody asked for token counts");
    }
    (client.answer(), end)
}

/// The data of each event; `None` is `[DONE]`.
pub(crate) fn events(stream: &[u8]) -> Vec<Option<Value>> {
    let stream = std::str::from_utf8(stream).expect("the stream is UTF-8");
    assert!(
        stream.ends_with("\n\n") || stream.ends_with("\r\n\r\n"),
        "the last event is whole"
    );
    let stream = stream.replace("\r\n", "\n");
    let blocks = stream
        .split("\n\n")
        .filter(|block| !block.trim().is_empty());
    blocks.filter_map(data).collect()
}

fn data(block: &str) -> Option<Option<Value>> {
    let lines = block.lines().filter_map(|line| line.strip_prefix("data:"));
    let data: Vec<_> = lines
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    let data = data.join("\n");
    match data.as_str() {
        "" => None,
        "[DONE]" => Some(None),
        json => Some(Some(
            serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}")),
        )),
    }
}

/// What OpenAI's error object always has.
pub(crate) fn assert_openai_error(error: &Value) {
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|message| !message.is_empty()),
        "{error}"
    );
    assert!(error["type"].is_string(), "{error}");
    assert!(
        error["code"].is_string() || error["code"].is_null(),
        "{error}"
    );
    assert!(
        error["param"].is_string() || error["param"].is_null(),
        "{error}"
    );
}

#[derive(Default)]
struct Client {
    messages: BTreeMap<u64, Map<String, Value>>,
    finishes: BTreeMap<u64, String>,
    usage: Option<Value>,
}

impl Client {
    fn chunk(&mut self, chunk: &Value) {
        assert_eq!(self.usage, None, "token counts come last: {chunk}");
        let choices = chunk["choices"].as_array().expect("choices is a list");
        if chunk["usage"].is_object() {
            assert!(choices.is_empty(), "token counts come alone: {chunk}");
            self.usage = Some(chunk["usage"].clone());
        }
        for choice in choices {
            self.choice(choice);
        }
    }

    fn choice(&mut self, choice: &Value) {
        let index = choice["index"].as_u64().expect("a choice has its index");
        let delta = choice["delta"].as_object().expect("a choice has its delta");
        let is_first = !self.messages.contains_key(&index);
        assert_eq!(
            delta.contains_key("role"),
            is_first,
            "the role comes once: {choice}"
        );
        let message = self.messages.entry(index).or_default();
        accumulate(message, delta);
        match &choice["finish_reason"] {
            Value::Null => {}
            Value::String(reason) => {
                assert!(FINISH_REASONS.contains(&reason.as_str()), "{reason}");
                self.finishes.insert(index, reason.clone());
            }
            other => panic!("a finish reason is {other}"),
        }
    }

    fn answer(self) -> Answer {
        let finishes = self.finishes;
        let choice = |(index, message): (u64, Map<String, Value>)| {
            let mut choice = read_message(&message);
            choice.finish = finishes.get(&index).cloned();
            (index, choice)
        };
        Answer {
            choices: self.messages.into_iter().map(choice).collect(),
            usage: self.usage,
        }
    }
}

/// The SDK's own way of joining deltas.
fn accumulate(message: &mut Map<String, Value>, delta: &Map<String, Value>) {
    for (name, value) in delta {
        let current = message.entry(name.clone()).or_insert(Value::Null);
        match (current, value) {
            (current, value) if name == "index" || name == "type" => *current = value.clone(),
            (Value::String(text), Value::String(more)) => text.push_str(more),
            (Value::Object(object), Value::Object(more)) => accumulate(object, more),
            (current, Value::Array(pieces)) if name == "tool_calls" => {
                if current.is_null() {
                    *current = Value::Array(Vec::new());
                }
                accumulate_calls(current.as_array_mut().expect("a list stays one"), pieces);
            }
            (current @ Value::Null, value) => *current = value.clone(),
            _ => {}
        }
    }
}

fn accumulate_calls(calls: &mut Vec<Value>, pieces: &[Value]) {
    for piece in pieces {
        let index = piece["index"]
            .as_u64()
            .expect("a piece of a call has an index");
        let index = usize::try_from(index).unwrap();
        let piece = piece.as_object().unwrap();
        assert!(index <= calls.len(), "indexes of calls have no gaps");
        if index == calls.len() {
            assert_eq!(piece["type"], "function", "a call begins with its type");
            assert!(
                piece["id"].as_str().is_some_and(|id| !id.is_empty()),
                "and its id"
            );
            assert!(piece["function"]["name"].is_string(), "and its name");
            calls.push(Value::Object(Map::new()));
        }
        accumulate(calls[index].as_object_mut().unwrap(), piece);
    }
}

/// Reads a whole answer.
pub(crate) fn read_whole(body: &[u8]) -> Answer {
    let answer: Value = serde_json::from_slice(body).expect("an answer is JSON");
    for name in ["id", "object", "model"] {
        assert!(answer[name].is_string(), "{name} is missing");
    }
    assert!(answer["created"].is_u64());
    let choices = answer["choices"].as_array().expect("choices is a list");
    let choice = |choice: &Value| {
        let message = choice["message"]
            .as_object()
            .expect("a choice has a message");
        assert_eq!(message["role"], "assistant");
        let finish = choice["finish_reason"]
            .as_str()
            .expect("a choice has an end");
        assert!(FINISH_REASONS.contains(&finish), "{finish}");
        let mut read = read_message(message);
        read.finish = Some(finish.to_owned());
        (
            choice["index"].as_u64().expect("a choice has its index"),
            read,
        )
    };
    Answer {
        choices: choices.iter().map(choice).collect(),
        usage: answer
            .get("usage")
            .filter(|usage| usage.is_object())
            .cloned(),
    }
}

fn read_message(message: &Map<String, Value>) -> Choice {
    let text = |name: &str| match message.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => panic!("{name} is no text: {other}"),
    };
    if let Some(role) = message.get("role") {
        assert_eq!(role, "assistant");
    }
    let calls = message.get("tool_calls").and_then(Value::as_array);
    Choice {
        content: text("content"),
        reasoning: text("reasoning_content"),
        calls: calls.into_iter().flatten().map(read_call).collect(),
        finish: None,
    }
}

fn read_call(call: &Value) -> (String, String, String) {
    assert_eq!(call["type"], "function");
    let text = |value: &Value| value.as_str().expect("a call is made of text").to_owned();
    let function = &call["function"];
    (
        text(&call["id"]),
        text(&function["name"]),
        text(&function["arguments"]),
    )
}
