//! What is benchmarked: of the size of the texts in tests/bench/wire.py.

use serde_json::{Value, json};

/// A client's key and its hash.
pub(crate) const CLIENT_KEY: &str = "tg-client";
pub(crate) const CLIENT_KEY_SHA256: &str =
    "61112974be2736cb45ac5c9e44ebcfc0c486824aacead1e7b8a2e5969c2df7a0";

/// A request of about 600 bytes.
pub(crate) fn request() -> Vec<u8> {
    let question = "Explain what one place for keys, limits and accounting is worth. ".repeat(6);
    let body = json!({
        "messages": [
            {"role": "system", "content": "You are a concise and friendly assistant."},
            {"role": "user", "content": question},
        ],
        "model": "smart",
        "max_tokens": 256,
        "temperature": 0.2,
    });
    body.to_string().into_bytes()
}

/// The same with a picture of a megabyte.
pub(crate) fn request_with_image() -> Vec<u8> {
    let url = format!("data:image/png;base64,{}", "iVBORw0KGgo".repeat(100_000));
    let body = json!({
        "messages": [{"role": "user", "content": [
            {"type": "text", "text": "What is this?"},
            {"type": "image_url", "image_url": {"url": url}},
        ]}],
        "model": "smart",
    });
    body.to_string().into_bytes()
}

/// What OpenAI answers.
pub(crate) fn openai_answer() -> Vec<u8> {
    let body = json!({
        "id": "chatcmpl-C0123456789abcdefghijklmnop",
        "object": "chat.completion",
        "created": 1_795_255_200,
        "model": "gpt-4o-mini-2024-07-18",
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": answer_text(), "refusal": null},
            "logprobs": null,
            "finish_reason": "stop",
        }],
        "usage": {
            "prompt_tokens": 98, "completion_tokens": 91, "total_tokens": 189,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        },
        "service_tier": "default",
        "system_fingerprint": "fp_0123456789",
    });
    body.to_string().into_bytes()
}

/// What Anthropic answers.
pub(crate) fn anthropic_answer() -> Vec<u8> {
    let body = json!({
        "model": "claude-sonnet-4-5-20250929",
        "id": "msg_01ABCDEFGHIJKLMNOPQRSTUV",
        "type": "message",
        "role": "assistant",
        "content": [{"type": "text", "text": answer_text()}],
        "stop_reason": "end_turn",
        "stop_sequence": null,
        "usage": {"input_tokens": 98, "output_tokens": 91},
    });
    body.to_string().into_bytes()
}

fn answer_text() -> String {
    "One place for keys means that a leaked key is revoked once. ".repeat(7)
}

/// The first chunk of OpenAI's stream, and one with text.
pub(crate) fn openai_chunks() -> [String; 2] {
    let chunk = |delta: Value| {
        let body = json!({
            "id": "chatcmpl-C0123456789abcdefghijklmnop",
            "object": "chat.completion.chunk",
            "created": 1_795_255_200,
            "model": "gpt-4o-mini-2024-07-18",
            "service_tier": "default",
            "system_fingerprint": "fp_0123456789",
            "choices": [{"index": 0, "delta": delta, "logprobs": null, "finish_reason": null}],
            "usage": null,
            "obfuscation": "Zw4xQ1",
        });
        format!("data: {body}\n\n")
    };
    [
        chunk(json!({"role": "assistant", "content": "", "refusal": null})),
        chunk(json!({"content": " gateway"})),
    ]
}

/// The beginning of Anthropic's stream, and an event with text.
pub(crate) fn anthropic_events() -> [String; 2] {
    let start = json!({"type": "message_start", "message": {
        "model": "claude-sonnet-4-5-20250929", "id": "msg_01ABCDEFGHIJKLMNOPQRSTUV",
        "type": "message", "role": "assistant", "content": [], "stop_reason": null,
        "stop_sequence": null, "usage": {"input_tokens": 98, "output_tokens": 1},
    }});
    let block = json!({"type": "content_block_start", "index": 0,
        "content_block": {"type": "text", "text": ""}});
    let delta = json!({"type": "content_block_delta", "index": 0,
        "delta": {"type": "text_delta", "text": " gateway"}});
    [
        format!(
            "event: message_start\ndata: {start}\n\nevent: content_block_start\ndata: {block}\n\n"
        ),
        format!("event: content_block_delta\ndata: {delta}\n\n"),
    ]
}
