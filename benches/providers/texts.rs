//! What each provider says in the benchmark: one answer and one event with text, equal but for the
//! format. A provider that is not here cannot be measured, which a test finds out.

use serde_json::{Value, json};

/// A provider's words.
pub(crate) struct Texts {
    /// A whole answer.
    pub(crate) answer: Value,
    /// The events of a stream up to its first text: their names, where the format has some, and
    /// their data.
    pub(crate) opening: Vec<(&'static str, Value)>,
    /// One more event with text.
    pub(crate) event: (&'static str, Value),
    /// The model that is asked for.
    pub(crate) model: &'static str,
    /// The provider's options.
    pub(crate) options: &'static [(&'static str, &'static str)],
}

/// The text of every answer.
pub(crate) fn answer_text() -> String {
    "One place for keys means that a leaked key is revoked once. ".repeat(7)
}

/// The text of every event.
pub(crate) const TOKEN: &str = " gateway";

/// What a provider of this kind says.
pub(crate) fn of(kind: &str) -> Option<Texts> {
    Some(match kind {
        "anthropic" => anthropic(),
        "bedrock" => bedrock(),
        "cohere" => cohere(),
        "gemini" => gemini(&[]),
        "vertex" => gemini(&[("project", "p-1"), ("location", "global")]),
        "ollama_native" => ollama(),
        "openai_responses" => responses(),
        _ => return None,
    })
}

fn texts(model: &'static str, answer: Value, event: (&'static str, Value)) -> Texts {
    Texts {
        answer,
        opening: Vec::new(),
        event,
        model,
        options: &[],
    }
}

fn anthropic() -> Texts {
    let answer = json!({
        "model": "claude-sonnet-4-5-20250929", "id": "msg_01ABCDEFGHIJKLMNOPQRSTUV",
        "type": "message", "role": "assistant",
        "content": [{"type": "text", "text": answer_text()}],
        "stop_reason": "end_turn", "stop_sequence": null,
        "usage": {"input_tokens": 98, "output_tokens": 91},
    });
    let start = json!({"type": "message_start", "message": {
        "model": "claude-sonnet-4-5-20250929", "id": "msg_01ABCDEFGHIJKLMNOPQRSTUV",
        "type": "message", "role": "assistant", "content": [], "stop_reason": null,
        "stop_sequence": null, "usage": {"input_tokens": 98, "output_tokens": 1},
    }});
    let block = json!({"type": "content_block_start", "index": 0,
        "content_block": {"type": "text", "text": ""}});
    let delta = json!({"type": "content_block_delta", "index": 0,
        "delta": {"type": "text_delta", "text": TOKEN}});
    Texts {
        opening: vec![("message_start", start), ("content_block_start", block)],
        ..texts("claude-sonnet-4-5", answer, ("content_block_delta", delta))
    }
}

fn bedrock() -> Texts {
    let answer = json!({
        "metrics": {"latencyMs": 430},
        "output": {"message": {"role": "assistant", "content": [{"text": answer_text()}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 98, "outputTokens": 91, "totalTokens": 189},
    });
    let start = json!({"p": "abcdefghij", "role": "assistant"});
    let delta = json!({"contentBlockIndex": 0, "delta": {"text": TOKEN}, "p": "abcdefgh"});
    Texts {
        opening: vec![("messageStart", start)],
        options: &[("region", "us-east-1")],
        ..texts(
            "anthropic.claude-sonnet-4-5-20250929-v1:0",
            answer,
            ("contentBlockDelta", delta),
        )
    }
}

fn cohere() -> Texts {
    let answer = json!({
        "id": "e7592632-1e3d-424f-b129-bd5f9f980f7b",
        "message": {"role": "assistant", "content": [{"type": "text", "text": answer_text()}]},
        "finish_reason": "COMPLETE",
        "usage": {"billed_units": {"input_tokens": 12, "output_tokens": 91},
            "tokens": {"input_tokens": 98, "output_tokens": 91}},
    });
    let start = json!({"id": "29f14a5a-11de-4cae-9800-25e4747408ea", "type": "message-start",
        "delta": {"message": {"role": "assistant", "content": [], "tool_plan": "",
            "tool_calls": [], "citations": []}}});
    let block = json!({"type": "content-start", "index": 0,
        "delta": {"message": {"content": {"type": "text", "text": ""}}}});
    let delta = json!({"type": "content-delta", "index": 0,
        "delta": {"message": {"content": {"text": TOKEN}}}});
    Texts {
        opening: vec![("message-start", start), ("content-start", block)],
        ..texts("command-a-03-2025", answer, ("content-delta", delta))
    }
}

fn gemini(options: &'static [(&'static str, &'static str)]) -> Texts {
    let usage = json!({"promptTokenCount": 98, "candidatesTokenCount": 91, "totalTokenCount": 189});
    let answer = json!({
        "candidates": [{"index": 0, "finishReason": "STOP",
            "content": {"role": "model", "parts": [{"text": answer_text()}]}}],
        "usageMetadata": usage, "modelVersion": "gemini-2.5-flash", "responseId": "w1peaMz6INOvnvgP",
    });
    let event = json!({
        "candidates": [{"index": 0, "content": {"role": "model", "parts": [{"text": TOKEN}]}}],
        "usageMetadata": {"promptTokenCount": 98, "totalTokenCount": 98},
        "modelVersion": "gemini-2.5-flash", "responseId": "w1peaMz6INOvnvgP",
    });
    Texts {
        options,
        ..texts("gemini-2.5-flash", answer, ("", event))
    }
}

fn ollama() -> Texts {
    let created = "2026-11-21T10:00:00.123456789Z";
    let answer = json!({
        "model": "qwen3:8b", "created_at": created,
        "message": {"role": "assistant", "content": answer_text()},
        "done": true, "done_reason": "stop",
        "total_duration": 4_883_583_458_u64, "load_duration": 1_334_875_u64,
        "prompt_eval_count": 98, "prompt_eval_duration": 342_546_000_u64,
        "eval_count": 91, "eval_duration": 4_535_599_000_u64,
    });
    let event = json!({"model": "qwen3:8b", "created_at": created,
        "message": {"role": "assistant", "content": TOKEN}, "done": false});
    texts("qwen3:8b", answer, ("", event))
}

fn responses() -> Texts {
    let response = |status: &str, output: Value, usage: Value| {
        json!({"id": "resp_0123456789abcdef", "object": "response", "created_at": 1_795_255_200,
            "status": status, "error": null, "incomplete_details": null, "model": "gpt-6",
            "output": output, "usage": usage})
    };
    let message = |status: &str, content: Value| {
        json!({"id": "msg_0123456789abcdef", "type": "message", "status": status,
            "role": "assistant", "content": content})
    };
    let part = |text: &str| json!({"type": "output_text", "annotations": [], "text": text});
    let usage = json!({"input_tokens": 98, "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 91, "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 189});
    let whole = message("completed", json!([part(&answer_text())]));
    let answer = response("completed", json!([whole]), usage);
    let created = json!({"type": "response.created", "sequence_number": 0,
        "response": response("in_progress", json!([]), Value::Null)});
    let item = json!({"type": "response.output_item.added", "sequence_number": 1,
        "output_index": 0, "item": message("in_progress", json!([]))});
    let content = json!({"type": "response.content_part.added", "sequence_number": 2,
        "item_id": "msg_0123456789abcdef", "output_index": 0, "content_index": 0,
        "part": part("")});
    let delta = json!({"type": "response.output_text.delta", "sequence_number": 3,
        "item_id": "msg_0123456789abcdef", "output_index": 0, "content_index": 0,
        "delta": TOKEN, "logprobs": [], "obfuscation": "Zw4xQ1"});
    Texts {
        opening: vec![
            ("response.created", created),
            ("response.output_item.added", item),
            ("response.content_part.added", content),
        ],
        ..texts("gpt-6", answer, ("response.output_text.delta", delta))
    }
}
