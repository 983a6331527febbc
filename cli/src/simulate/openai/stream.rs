//! The answer as a stream: a role chunk, deltas, a chunk with the finish reason, on
//! request a chunk with the usage, and `[DONE]`. Choices take turns.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::render::{FINGERPRINT, Writing, logprobs};
use crate::simulate::answer::{Call, ToolKind, tokens};
use crate::simulate::clock;

pub(super) fn events(writing: &Writing<'_>) -> Vec<Bytes> {
    let mut out = Output::new(writing);
    let choices: Vec<Vec<Value>> = (0..writing.form.choices)
        .map(|choice| deltas(writing, choice))
        .collect();
    let longest = choices.iter().map(Vec::len).max().unwrap_or(0);
    for step in 0..longest {
        for (choice, deltas) in choices.iter().enumerate() {
            if let Some(delta) = deltas.get(step) {
                out.delta(choice, delta);
            }
        }
    }
    for choice in 0..choices.len() {
        out.choice(choice, &json!({}), Some(writing.finish_reason()));
    }
    if writing.form.include_usage {
        out.chunk(json!([]), writing.usage());
    }
    out.events.push(Bytes::from_static(b"data: [DONE]\n\n"));
    out.events
}

/// What one choice says, piece by piece.
fn deltas(writing: &Writing<'_>, choice: u64) -> Vec<Value> {
    let answer = writing.answer;
    let mut deltas = vec![role(writing)];
    let reasoning = answer.reasoning.as_deref().unwrap_or_default();
    deltas.extend(tokens::split(reasoning).map(|token| json!({"reasoning_content": token})));
    let text = answer.text.as_deref().unwrap_or_default();
    deltas.extend(tokens::split(text).map(|token| json!({"content": token})));
    let refusal = writing.refusal().unwrap_or_default();
    deltas.extend(tokens::split(refusal).map(|token| json!({"refusal": token})));
    if writing.form.legacy_functions {
        deltas.extend(answer.calls.first().into_iter().flat_map(function_deltas));
        return deltas;
    }
    for (index, call) in answer.calls.iter().enumerate() {
        deltas.extend(call_deltas(call, index, &writing.call_id(choice, index)));
    }
    deltas
}

fn call_deltas(call: &Call, index: usize, id: &str) -> Vec<Value> {
    let (kind, field) = match call.kind {
        ToolKind::Function => ("function", "arguments"),
        ToolKind::Custom => ("custom", "input"),
    };
    let mut deltas = vec![json!({"tool_calls": [{
        "index": index, "id": id, "type": kind, kind: {"name": call.name, field: ""},
    }]})];
    let fragments = tokens::split(&call.input);
    deltas.extend(
        fragments.map(|token| json!({"tool_calls": [{"index": index, kind: {field: token}}]})),
    );
    deltas
}

/// As calls were streamed before there were tools.
fn function_deltas(call: &Call) -> Vec<Value> {
    let mut deltas = vec![json!({"function_call": {"name": call.name, "arguments": ""}})];
    let fragments = tokens::split(&call.input);
    deltas.extend(fragments.map(|token| json!({"function_call": {"arguments": token}})));
    deltas
}

fn role(writing: &Writing<'_>) -> Value {
    let content = match writing.answer.text {
        Some(_) => json!(""),
        None => Value::Null,
    };
    json!({"role": "assistant", "content": content, "refusal": null})
}

struct Output<'a> {
    writing: &'a Writing<'a>,
    id: String,
    created: u64,
    events: Vec<Bytes>,
}

impl<'a> Output<'a> {
    fn new(writing: &'a Writing<'a>) -> Self {
        let created = clock::unix_millis() / 1_000;
        Self {
            writing,
            id: writing.id(),
            created,
            events: Vec::new(),
        }
    }

    fn delta(&mut self, choice: usize, delta: &Value) {
        self.choice(choice, delta, None);
    }

    fn choice(&mut self, choice: usize, delta: &Value, finish_reason: Option<&str>) {
        let content = delta
            .get("content")
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty());
        let logprobs = self
            .writing
            .form
            .logprobs
            .and_then(|top| content.map(|text| logprobs(text, top)));
        let choices = json!([{
            "index": choice, "delta": delta, "logprobs": logprobs, "finish_reason": finish_reason,
        }]);
        self.chunk(choices, Value::Null);
    }

    fn chunk(&mut self, choices: Value, usage: Value) {
        let form = self.writing.form;
        let mut chunk = Map::new();
        let mut put = |name: &str, value: Value| chunk.insert(name.to_owned(), value);
        put("id", json!(self.id));
        put("object", json!("chat.completion.chunk"));
        put("created", json!(self.created));
        put("model", json!(form.model));
        put("service_tier", json!(form.service_tier));
        put("system_fingerprint", json!(FINGERPRINT));
        put("choices", choices);
        if form.include_usage {
            put("usage", usage);
        }
        if form.obfuscate {
            put("obfuscation", json!(self.obfuscation()));
        }
        let chunk = Value::Object(chunk);
        self.events.push(Bytes::from(format!("data: {chunk}\n\n")));
    }

    /// Letters of varying number, against guessing tokens from packet sizes.
    fn obfuscation(&self) -> String {
        let purpose = 1_000_000 + u64::try_from(self.events.len()).unwrap_or(0);
        self.writing
            .serial
            .letters(purpose, self.events.len() * 7 % 16)
    }
}
