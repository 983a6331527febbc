//! The answer as one document.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::read::Form;
use crate::simulate::answer::{Answer, Call, Finish, ToolKind, Tuning, Usage, tokens};
use crate::simulate::clock;
use crate::simulate::serial::Serial;

pub(super) const FINGERPRINT: &str = "fp_5171a7ed00";

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
        format!("chatcmpl-{}", self.serial.letters(0, 29))
    }

    pub(super) fn call_id(&self, choice: u64, call: usize) -> String {
        let call = u64::try_from(call).unwrap_or(0);
        format!(
            "call_{}",
            self.serial.letters(1_000 + choice * 1_000 + call, 24)
        )
    }

    /// Every choice is counted, as it is paid for.
    pub(super) fn usage(&self) -> Value {
        usage(&self.answer.usage, self.form.choices)
    }

    pub(super) fn finish_reason(&self) -> &str {
        if let Some(reason) = &self.tuning.finish {
            return reason;
        }
        match self.answer.finish {
            Finish::Stop | Finish::StopSequence(_) => "stop",
            Finish::Length => "length",
            Finish::ToolCalls if self.form.legacy_functions => "function_call",
            Finish::ToolCalls => "tool_calls",
            Finish::Refused(_) => "content_filter",
        }
    }

    pub(super) fn refusal(&self) -> Option<&str> {
        match &self.answer.finish {
            Finish::Refused(reason) => Some(reason),
            _ => None,
        }
    }
}

pub(super) fn completion(writing: &Writing<'_>) -> Bytes {
    let choices: Vec<Value> = (0..writing.form.choices)
        .map(|index| choice(writing, index))
        .collect();
    let completion = json!({
        "id": writing.id(),
        "object": "chat.completion",
        "created": clock::unix_millis() / 1_000,
        "model": writing.form.model,
        "choices": choices,
        "usage": writing.usage(),
        "service_tier": writing.form.service_tier,
        "system_fingerprint": FINGERPRINT,
    });
    Bytes::from(serde_json::to_string_pretty(&completion).unwrap_or_default())
}

fn choice(writing: &Writing<'_>, index: u64) -> Value {
    let text = writing.answer.text.as_deref().unwrap_or_default();
    json!({
        "index": index,
        "message": message(writing, index),
        "logprobs": writing.form.logprobs.map(|top| logprobs(text, top)),
        "finish_reason": writing.finish_reason(),
    })
}

fn message(writing: &Writing<'_>, choice: u64) -> Value {
    let answer = writing.answer;
    let mut message = Map::new();
    message.insert("role".to_owned(), json!("assistant"));
    message.insert("content".to_owned(), json!(answer.text));
    if let Some(reasoning) = &answer.reasoning {
        message.insert("reasoning_content".to_owned(), json!(reasoning));
    }
    if let (true, Some(call)) = (writing.form.legacy_functions, answer.calls.first()) {
        let call = json!({"name": call.name, "arguments": call.input});
        message.insert("function_call".to_owned(), call);
    } else if !answer.calls.is_empty() {
        let calls = answer.calls.iter().enumerate();
        let calls = calls.map(|(index, call)| tool_call(call, &writing.call_id(choice, index)));
        message.insert("tool_calls".to_owned(), calls.collect());
    }
    message.insert("refusal".to_owned(), json!(writing.refusal()));
    message.insert("annotations".to_owned(), json!([]));
    Value::Object(message)
}

fn tool_call(call: &Call, id: &str) -> Value {
    match call.kind {
        ToolKind::Function => json!({
            "id": id, "type": "function",
            "function": {"name": call.name, "arguments": call.input},
        }),
        ToolKind::Custom => json!({
            "id": id, "type": "custom", "custom": {"name": call.name, "input": call.input},
        }),
    }
}

fn usage(usage: &Usage, choices: u64) -> Value {
    let completion = usage.completion * choices;
    json!({
        "prompt_tokens": usage.prompt,
        "completion_tokens": completion,
        "total_tokens": usage.prompt + completion,
        "prompt_tokens_details": {
            "cached_tokens": usage.cached,
            "cache_write_tokens": usage.cache_write,
            "audio_tokens": 0,
        },
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning * choices,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    })
}

/// Log probabilities of a very sure model.
pub(super) fn logprobs(text: &str, top: u64) -> Value {
    let entry = |token: &str| json!({"token": token, "logprob": -0.01, "bytes": token.as_bytes()});
    let content: Vec<Value> = tokens::split(text)
        .map(|token| {
            let mut own = entry(token);
            let tops: Vec<Value> = (0..top.min(1)).map(|_| entry(token)).collect();
            if let Value::Object(own) = &mut own {
                own.insert("top_logprobs".to_owned(), json!(tops));
            }
            own
        })
        .collect();
    json!({"content": content, "refusal": null})
}
