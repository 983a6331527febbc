//! What a client replays: an answer goes back to its provider as it came.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::{Value, json};
use tidegate::dialects::openai_chat::{AnswerContext, encode};
use tidegate::providers::{Native, Recall, find};

use crate::golden::fixture;
use crate::requests::sent_body;

fn native(kind: &str) -> &'static dyn Native {
    let provider = find(kind).expect("a registered kind");
    let own = provider.native();
    own.unwrap_or_else(|| panic!("{kind} has no wire format of its own"))
}

/// What a client has said and heard after the fixture's answer.
fn conversation(kind: &str, answer: &str) -> Vec<Value> {
    let body = fixture(&format!("{kind}/answers/{answer}.json"));
    let response = native(kind).response(body.as_bytes(), &Recall::default());
    let context = AnswerContext {
        id: "chatcmpl-test".to_owned(),
        created: 0,
        model: "m".to_owned(),
        include_usage: false,
        legacy_functions: false,
        ..AnswerContext::default()
    };
    let client = encode(&response.expect("an answer"), &context);
    let client: Value = serde_json::from_slice(&client).expect("JSON");
    let heard = client["choices"][0]["message"].clone();
    vec![json!({"role": "user", "content": "Hi"}), heard]
}

/// The messages that the provider is sent for these.
fn sent(kind: &str, messages: &[Value]) -> Value {
    let body = json!({"model": "m", "messages": messages});
    sent_body(native(kind), &body)["messages"].clone()
}

/// The turn that the provider is sent after a client has got the fixture's answer and replayed it.
fn replayed(kind: &str, answer: &str) -> Value {
    sent(kind, &conversation(kind, answer))[1].clone()
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

#[test]
fn ollama_gets_its_thoughts_back() {
    let turn = replayed("ollama_native", "reasoning");
    assert_eq!(turn["thinking"], "17 × 3 is 51.");
    assert_eq!(turn["content"], "51");
}

#[test]
fn ollama_gets_results_by_the_names_of_its_tools() {
    let mut messages = conversation("ollama_native", "parallel_tools");
    let calls = messages[1]["tool_calls"].as_array().unwrap().clone();
    for call in calls.iter().rev() {
        messages.push(json!({"role": "tool", "tool_call_id": call["id"], "content": "ok"}));
    }
    let sent = sent("ollama_native", &messages);
    let arguments = &sent[1]["tool_calls"][0]["function"]["arguments"];
    assert_eq!(*arguments, json!({"city": "Paris"}));
    let names = sent.as_array().unwrap()[2..].iter();
    let names: Vec<_> = names.map(|result| result["tool_name"].clone()).collect();
    assert_eq!(names, ["now", "now", "weather", "weather"]);
}

/// What the API is sent after a client has got the fixture's answer and replayed it.
fn items_sent(answer: &str) -> Vec<Value> {
    let mut messages = conversation("openai_responses", answer);
    for call in messages[1]["tool_calls"]
        .as_array()
        .cloned()
        .unwrap_or_default()
    {
        messages.push(json!({"role": "tool", "tool_call_id": call["id"], "content": "ok"}));
    }
    let body = json!({"model": "gpt-5.6", "messages": messages});
    let body = sent_body(native("openai_responses"), &body);
    body["input"].as_array().expect("items").clone()
}

#[test]
fn openai_gets_each_thought_back_before_what_it_led_to() {
    let kinds: Vec<_> = items_sent("reasoning")
        .iter()
        .map(|item| {
            let detail = ["encrypted_content", "content", "call_id"];
            let detail = detail.iter().find_map(|name| item[*name].as_str());
            let kind = item["type"].as_str().expect("a type");
            format!("{kind} {}", detail.unwrap_or("?"))
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "message Hi",
            "reasoning gAAAAAB-one",
            "message Let me check.",
            "reasoning gAAAAAB-two",
            "function_call call_Paris",
            "function_call_output call_Paris",
        ]
    );
}

#[test]
fn openai_does_not_get_back_what_led_to_a_search_of_its_own() {
    let sent = items_sent("web_search");
    assert!(sent.iter().all(|item| item["type"] == "message"));
}
