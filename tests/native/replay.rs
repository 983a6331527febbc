//! What a client replays: an answer goes back to its provider as it came.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::{Value, json};
use tidegate::dialects::openai_chat::{AnswerContext, encode};
use tidegate::providers::{Native, Recall, Wire, find};

use crate::golden::fixture;
use crate::requests::sent_body;

fn native(kind: &str) -> &'static dyn Native {
    match find(kind).expect("a registered kind").wire {
        Wire::Native(native) => native,
        _ => panic!("{kind} has no wire format of its own"),
    }
}

/// The turn that the provider is sent after a client has got the fixture's answer and replayed it.
fn replayed(kind: &str, answer: &str) -> Value {
    let body = fixture(&format!("{kind}/answers/{answer}.json"));
    let response = native(kind).response(body.as_bytes(), &Recall::default());
    let context = AnswerContext {
        id: "chatcmpl-test".to_owned(),
        created: 0,
        model: "m".to_owned(),
        include_usage: false,
        legacy_functions: false,
    };
    let client = encode(&response.expect("an answer"), &context);
    let client: Value = serde_json::from_slice(&client).expect("JSON");
    let said = client["choices"][0]["message"].clone();
    let body = json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}, said]});
    sent_body(native(kind), &body)["messages"][1].clone()
}

#[test]
fn cohere_gets_its_plan_back_as_a_plan_and_its_thoughts_as_thoughts() {
    let plan = replayed("cohere", "tool_call");
    assert_eq!(plan["tool_plan"], "I will look up the weather.");
    assert_eq!(plan["tool_calls"][0]["id"], "weather_e8");
    assert_eq!(plan.get("content"), None);

    let thoughts = replayed("cohere", "reasoning");
    let expected = json!([
        {"type": "thinking", "thinking": "17 × 3 is 51."},
        {"type": "text", "text": "51"},
    ]);
    assert_eq!(thoughts["content"], expected);
    assert_eq!(thoughts.get("tool_plan"), None);
}

#[test]
fn cohere_gets_thoughts_and_plan_of_one_turn_back_in_one_piece() {
    let turn = replayed("cohere", "reasoning_and_plan");
    let said = "They want the time. I will ask the clock.";
    assert_eq!(turn["tool_plan"], said);
}
