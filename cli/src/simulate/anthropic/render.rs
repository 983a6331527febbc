//! The answer as one document.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::read::Form;
use crate::simulate::answer::{Answer, Call, Finish, Tuning};
use crate::simulate::serial::Serial;

/// An answer and how to write it.
#[derive(Debug)]
pub(super) struct Writing<'a> {
    pub(super) answer: &'a Answer,
    pub(super) form: &'a Form,
    pub(super) tuning: &'a Tuning,
    pub(super) serial: Serial,
}

impl Writing<'_> {
    pub(super) fn id(&self) -> String {
        format!("msg_01{}", self.serial.letters(1, 22))
    }

    pub(super) fn call_id(&self, call: usize) -> String {
        let call = u64::try_from(call).unwrap_or(0);
        format!("toolu_01{}", self.serial.letters(1_000 + call, 22))
    }

    /// The thinking that nobody may read.
    pub(super) fn redacted(&self) -> Option<String> {
        let thinking = self.answer.reasoning.as_deref()?;
        self.tuning.redact.then(|| signature(thinking))
    }

    /// The thinking that is shown.
    pub(super) fn thinking(&self) -> Option<&str> {
        let thinking = self
            .answer
            .reasoning
            .as_deref()
            .filter(|_| !self.tuning.redact)?;
        Some(if self.form.omit_thinking {
            ""
        } else {
            thinking
        })
    }

    pub(super) fn stop_reason(&self) -> &str {
        if let Some(reason) = &self.tuning.finish {
            return reason;
        }
        match self.answer.finish {
            Finish::Stop => "end_turn",
            Finish::StopSequence(_) => "stop_sequence",
            Finish::Length => "max_tokens",
            Finish::ToolCalls => "tool_use",
            Finish::Refused(_) => "refusal",
        }
    }

    pub(super) fn stop_sequence(&self) -> Option<&str> {
        match &self.answer.finish {
            Finish::StopSequence(sequence) => Some(sequence),
            _ => None,
        }
    }

    pub(super) fn stop_details(&self) -> Option<Value> {
        match &self.answer.finish {
            Finish::Refused(reason) => {
                Some(json!({"type": "refusal", "category": null, "explanation": reason}))
            }
            _ => None,
        }
    }

    /// Input tokens do not include what was cached.
    pub(super) fn usage(&self, output: u64, thinking: u64) -> Value {
        let usage = &self.answer.usage;
        json!({
            "input_tokens": usage.prompt - usage.cached - usage.cache_write,
            "cache_creation_input_tokens": usage.cache_write,
            "cache_read_input_tokens": usage.cached,
            "cache_creation": {
                "ephemeral_5m_input_tokens": usage.cache_write,
                "ephemeral_1h_input_tokens": 0,
            },
            "output_tokens": output,
            "output_tokens_details": {"thinking_tokens": thinking},
            "service_tier": "standard",
            "inference_geo": "not_available",
        })
    }
}

/// Proof that a thinking text is ours. The vendor's is opaque; all that can be said of
/// it is that it belongs to its text.
pub(super) fn signature(thinking: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"simulated thinking:");
    hash.update(thinking);
    STANDARD.encode(hash.finalize())
}

pub(super) fn message(writing: &Writing<'_>) -> Bytes {
    let usage = &writing.answer.usage;
    let message = json!({
        "model": writing.form.model,
        "id": writing.id(),
        "type": "message",
        "role": "assistant",
        "content": content(writing),
        "stop_reason": writing.stop_reason(),
        "stop_sequence": writing.stop_sequence(),
        "stop_details": writing.stop_details(),
        "usage": writing.usage(usage.completion, usage.reasoning),
    });
    Bytes::from(message.to_string())
}

fn content(writing: &Writing<'_>) -> Vec<Value> {
    let mut blocks = Vec::new();
    if let Some(data) = writing.redacted() {
        blocks.push(json!({"type": "redacted_thinking", "data": data}));
    }
    if let Some(thinking) = writing.thinking() {
        blocks.push(json!({
            "type": "thinking", "thinking": thinking, "signature": signature(thinking),
        }));
    }
    if let Some(text) = writing
        .answer
        .text
        .as_deref()
        .filter(|text| !text.is_empty())
    {
        blocks.push(json!({"type": "text", "text": text}));
    }
    for (index, call) in writing.answer.calls.iter().enumerate() {
        blocks.push(json!({
            "type": "tool_use", "id": writing.call_id(index), "name": call.name,
            "input": input(call),
        }));
    }
    blocks
}

/// Arguments that the token limit has cut off are none.
fn input(call: &Call) -> Value {
    serde_json::from_str(&call.input).unwrap_or_else(|_| json!({}))
}
