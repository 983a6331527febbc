//! Signatures of tool calls, through a client that keeps of a call what OpenAI's API has: id, name
//! and arguments.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::{Value, json};
use tidegate::dialects::openai_chat::{AnswerContext, encode};
use tidegate::framing::Framing;
use tidegate::providers::{Native, Recall, ResponseStream, Wire, find};
use tidegate::transcode::Transcode;

use crate::golden::fixture;
use crate::requests::sent_body;

const STAND_IN: &str = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=";

fn native(kind: &str) -> &'static dyn Native {
    match find(kind).expect("a registered kind").wire {
        Wire::Native(native) => native,
        _ => panic!("{kind} has no wire format of its own"),
    }
}

fn context() -> AnswerContext {
    AnswerContext {
        id: "chatcmpl-test".to_owned(),
        model: "m".to_owned(),
        ..AnswerContext::default()
    }
}

/// The id of the first call that the client is told of in a whole answer.
fn id_in_answer(kind: &str, answer: &str) -> String {
    let body = fixture(&format!("{kind}/answers/{answer}.json"));
    let response = native(kind).response(body.as_bytes(), &Recall::default());
    let client = encode(&response.expect("an answer"), &context());
    let client: Value = serde_json::from_slice(&client).expect("JSON");
    let id = &client["choices"][0]["message"]["tool_calls"][0]["id"];
    id.as_str().expect("an id").to_owned()
}

/// The same in a stream.
fn id_in_stream(kind: &str, stream: &str) -> String {
    let body = fixture(&format!("{kind}/streams/{stream}.sse"));
    let decoder = native(kind).decoder(Recall::default());
    let mut transcode = Transcode::new(Framing::ServerSentEvents, decoder, context());
    let mut out = Vec::new();
    transcode.push(body.as_bytes(), &mut out);
    transcode.finish(&mut out);
    let out = String::from_utf8(out).expect("text");
    let events = out.lines().filter_map(|line| line.strip_prefix("data: "));
    let chunks = events.filter_map(|data| serde_json::from_str::<Value>(data).ok());
    let ids = chunks.filter_map(|chunk| {
        let call = &chunk["choices"][0]["delta"]["tool_calls"][0];
        call["id"].as_str().map(str::to_owned)
    });
    ids.into_iter().next().expect("an id")
}

/// What a provider is sent by a client that goes on from such a call.
fn sent(kind: &str, model: &str, id: &str) -> Value {
    let function = json!({"name": "get_weather", "arguments": "{\"city\":\"Rome\"}"});
    let body = json!({"model": model, "messages": [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": null,
         "tool_calls": [{"id": id, "type": "function", "function": function}]},
        {"role": "tool", "tool_call_id": id, "content": "20"},
    ]});
    sent_body(native(kind), &body)
}

fn signature(body: &Value) -> &str {
    let part = &body["contents"][1]["parts"][0];
    part["thoughtSignature"].as_str().unwrap_or_default()
}

#[test]
fn a_signature_comes_back_to_the_host_that_made_it() {
    for (kind, proof) in [("gemini", "T3du"), ("vertex", "VmVy")] {
        let ids = [
            id_in_answer(kind, "tool_call"),
            id_in_stream(kind, "tool_call"),
        ];
        assert_eq!(ids[0], ids[1], "{kind}");
        for id in ids {
            let body = sent(kind, "gemini-3-pro-preview", &id);
            assert_eq!(signature(&body), proof, "{kind}");
        }
    }
    let long = id_in_stream("gemini", "long_signature");
    let body = sent("gemini", "gemini-3-pro-preview", &long);
    assert_eq!(signature(&body), "QUJD".repeat(20_000));
}

#[test]
fn the_other_host_gets_the_stand_in() {
    let id = id_in_answer("gemini", "tool_call");
    let body = sent("vertex", "gemini-3-pro-preview", &id);
    assert_eq!(signature(&body), STAND_IN);
    let earlier = sent("vertex", "gemini-2.5-pro", &id);
    assert_eq!(signature(&earlier), "");
}

#[test]
fn other_providers_get_the_id_as_the_host_made_it() {
    let id = id_in_answer("gemini", "tool_call");
    assert!(id.len() > "a1b2c3d4".len());
    for (kind, call, result) in [
        (
            "anthropic",
            "/messages/1/content/0/id",
            "/messages/2/content/0/tool_use_id",
        ),
        (
            "cohere",
            "/messages/1/tool_calls/0/id",
            "/messages/2/tool_call_id",
        ),
    ] {
        let body = sent(kind, "m", &id);
        for place in [call, result] {
            let seen = body.pointer(place).and_then(Value::as_str);
            assert_eq!(seen, Some("a1b2c3d4"), "{kind}: {body}");
        }
        assert!(!body.to_string().contains("T3du"), "{kind}");
    }
}

#[test]
fn thoughts_that_another_vendor_has_signed_are_not_replayed() {
    let thinking = |signature: &str| {
        let block = json!({"type": "thinking", "thinking": "Hm.", "signature": signature});
        json!({"model": "claude-sonnet-4-6", "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Yes.", "thinking_blocks": [block]},
            {"role": "user", "content": "Go on"},
        ]})
    };
    let thoughts = |kind: &str, signature: &str| {
        let body = sent_body(native(kind), &thinking(signature)).to_string();
        body.contains("Hm.")
    };
    assert!(thoughts("gemini", "gemini:SG0u"));
    assert!(!thoughts("gemini", "vertex:SG0u") && !thoughts("gemini", "SG0u"));
    let redacted = json!({"model": "claude-sonnet-4-6", "messages": [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Yes.",
         "thinking_blocks": [{"type": "redacted_thinking", "data": "openai:SG0u"}]},
        {"role": "user", "content": "Go on"},
    ]});
    let body = sent_body(native("anthropic"), &redacted).to_string();
    assert!(!body.contains("SG0u"), "{body}");
    assert!(thoughts("anthropic", "SG0u"));
    assert!(!thoughts("anthropic", "gemini:SG0u"));
}
