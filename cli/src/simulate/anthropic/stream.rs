//! The answer as a stream of named events: `message_start`, blocks with their deltas,
//! `message_delta`, `message_stop`, and a `ping` after the first block's start.
//!
//! JSON objects end in a varying number of spaces, as the vendor's do.

use bytes::Bytes;
use serde_json::{Value, json};

use super::render::{Writing, signature};
use crate::simulate::answer::{Call, tokens};

pub(super) fn events(writing: &Writing<'_>) -> Vec<Bytes> {
    let mut out = Output {
        events: Vec::new(),
        blocks: 0,
    };
    out.send(
        "message_start",
        &json!({"type": "message_start", "message": opening(writing)}),
    );
    if let Some(data) = writing.redacted() {
        out.start(json!({"type": "redacted_thinking", "data": data}));
        out.stop();
    }
    if let Some(thinking) = writing.thinking() {
        out.thinking(thinking);
    }
    if let Some(text) = writing
        .answer
        .text
        .as_deref()
        .filter(|text| !text.is_empty())
    {
        out.text(text);
    }
    for (index, call) in writing.answer.calls.iter().enumerate() {
        out.call(&writing.call_id(index), call);
    }
    out.send("message_delta", &closing(writing));
    out.send("message_stop", &json!({"type": "message_stop"}));
    out.events
}

/// The message before it says anything.
fn opening(writing: &Writing<'_>) -> Value {
    json!({
        "model": writing.form.model,
        "id": writing.id(),
        "type": "message",
        "role": "assistant",
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
        "stop_details": null,
        "usage": writing.usage(1, 0),
    })
}

/// Usage is cumulative here.
fn closing(writing: &Writing<'_>) -> Value {
    let usage = &writing.answer.usage;
    let delta = json!({
        "stop_reason": writing.stop_reason(),
        "stop_sequence": writing.stop_sequence(),
        "stop_details": writing.stop_details(),
    });
    json!({"type": "message_delta", "delta": delta, "usage": {
        "input_tokens": usage.prompt - usage.cached - usage.cache_write,
        "cache_creation_input_tokens": usage.cache_write,
        "cache_read_input_tokens": usage.cached,
        "output_tokens": usage.completion,
        "output_tokens_details": {"thinking_tokens": usage.reasoning},
    }})
}

struct Output {
    events: Vec<Bytes>,
    blocks: usize,
}

impl Output {
    fn thinking(&mut self, thinking: &str) {
        self.start(json!({"type": "thinking", "thinking": "", "signature": ""}));
        for token in tokens::split(thinking) {
            self.delta(json!({"type": "thinking_delta", "thinking": token}));
        }
        self.delta(json!({"type": "signature_delta", "signature": signature(thinking)}));
        self.stop();
    }

    fn text(&mut self, text: &str) {
        self.start(json!({"type": "text", "text": ""}));
        for token in tokens::split(text) {
            self.delta(json!({"type": "text_delta", "text": token}));
        }
        self.stop();
    }

    /// The first fragment is always empty; without arguments it is the only one.
    fn call(&mut self, id: &str, call: &Call) {
        self.start(json!({"type": "tool_use", "id": id, "name": call.name, "input": {}}));
        self.delta(json!({"type": "input_json_delta", "partial_json": ""}));
        if call.input != "{}" {
            for token in tokens::split(&call.input) {
                self.delta(json!({"type": "input_json_delta", "partial_json": token}));
            }
        }
        self.stop();
    }

    fn start(&mut self, block: Value) {
        let start =
            json!({"type": "content_block_start", "index": self.blocks, "content_block": block});
        self.send("content_block_start", &start);
        if self.blocks == 0 {
            self.events.push(Bytes::from_static(
                b"event: ping\ndata: {\"type\": \"ping\"}\n\n",
            ));
        }
    }

    fn delta(&mut self, delta: Value) {
        let delta = json!({"type": "content_block_delta", "index": self.blocks, "delta": delta});
        self.send("content_block_delta", &delta);
    }

    fn stop(&mut self) {
        let stop = json!({"type": "content_block_stop", "index": self.blocks});
        self.send("content_block_stop", &stop);
        self.blocks += 1;
    }

    fn send(&mut self, name: &str, event: &Value) {
        let mut event = event.to_string();
        event.pop();
        let padding = " ".repeat(self.events.len() * 7 % 16);
        self.events.push(Bytes::from(format!(
            "event: {name}\ndata: {event}{padding}}}\n\n"
        )));
    }
}
