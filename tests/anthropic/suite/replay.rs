//! What a client gets and gives back is what the model had said: Anthropic's content, through a whole
//! message and through a stream put together as OpenAI's SDK does it, and back.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::{Map, Value, json};
use tidegate::dialects::openai_chat::{AnswerContext, encode, parse};
use tidegate::providers::{Recall, ResponseStream};
use tidegate::transcode::Transcode;

use super::anthropic;
use super::requests::build::target;
use crate::files;
use crate::golden::{fixture, fixtures};

#[test]
fn a_message_that_comes_back_is_the_answer_again() {
    let names = fixtures("anthropic/answers", ".json");
    let answers = names.iter().filter(|name| !name.ends_with(".client"));
    let mut replayed = 0;
    for name in answers {
        let body = fixture(&format!("anthropic/answers/{name}.json"));
        let response = anthropic().response(body.as_bytes(), &Recall::default());
        let client = encode(&response.unwrap(), &AnswerContext::default());
        let client: Value = serde_json::from_slice(&client).unwrap();
        let original: Value = serde_json::from_str(&body).unwrap();
        let original = normal(&original["content"]);
        let message = &client["choices"][0]["message"];
        if message["refusal"].is_string() {
            continue; // The explanation is a text of its own by now.
        }
        assert_eq!(sent_back(message), original, "{name}");
        let stream = format!("tests/fixtures/anthropic/streams/{name}.sse");
        if files::exists(&stream) {
            let message = accumulated(&files::read(&stream));
            assert_eq!(sent_back(&message), original, "{name}, streamed");
        }
        replayed += 1;
    }
    assert!(replayed > 20, "only {replayed}");
}

/// The assistant's turn as Anthropic gets it, where this message stands in the history.
fn sent_back(message: &Value) -> Value {
    let asked = json!({"role": "user", "content": "Hi"});
    let body = json!({"model": "claude-opus-4-8", "messages": [asked, message, asked]});
    let body = body.to_string();
    let request = parse(body.as_bytes()).unwrap();
    let outgoing = anthropic().request(&request, &target("claude-opus-4-8"));
    let sent: Value = serde_json::from_slice(&outgoing.unwrap().body).unwrap();
    let turns = sent["messages"].as_array().unwrap();
    let said = turns.iter().find(|turn| turn["role"] == "assistant");
    said.map_or(json!([]), |turn| normal(&turn["content"]))
}

/// Content without what makes no difference to the model: where one text ends and the next begins,
/// its citations, thoughts without a proof, and that the model itself calls a tool.
fn normal(content: &Value) -> Value {
    let mut blocks: Vec<Value> = Vec::new();
    for block in content.as_array().into_iter().flatten() {
        let mut block = block.clone();
        match block["type"].as_str().unwrap() {
            "text" => {
                let text = block["text"].as_str().unwrap_or_default().to_owned();
                match blocks.last_mut().filter(|last| last["type"] == "text") {
                    Some(last) => {
                        last["text"] = (last["text"].as_str().unwrap().to_owned() + &text).into();
                    }
                    None => blocks.push(json!({"type": "text", "text": text})),
                }
                continue;
            }
            "thinking" if block["signature"].as_str().unwrap_or_default().is_empty() => continue,
            "tool_use" => {
                let members = block.as_object_mut().unwrap();
                if members.get("caller") == Some(&json!({"type": "direct"})) {
                    members.remove("caller");
                }
                members.retain(|_, value| !value.is_null());
                members.entry("input").or_insert(json!({}));
            }
            _ => {}
        }
        blocks.push(block);
    }
    blocks.retain(|block| {
        block["text"]
            .as_str()
            .is_none_or(|text| !text.trim().is_empty())
    });
    Value::Array(blocks)
}

/// The message that a client's SDK puts together from a stream.
fn accumulated(stream: &[u8]) -> Value {
    let decoder = anthropic().decoder(Recall::default());
    let context = AnswerContext::default();
    let mut transcode = Transcode::new(anthropic().framing(), decoder, context);
    let mut out = Vec::new();
    transcode.push(stream, &mut out);
    transcode.finish(&mut out);
    let mut message = Value::Object(Map::new());
    for line in String::from_utf8(out).unwrap().lines() {
        let Some(data) = line.strip_prefix("data: {") else {
            continue;
        };
        let chunk: Value = serde_json::from_str(&format!("{{{data}")).unwrap();
        add(&mut message, &chunk["choices"][0]["delta"]);
    }
    message
}

/// As openai-python 3.52.0 does it (`lib/streaming/_deltas.py`): texts are appended, lists are
/// joined by the `index` of their elements.
fn add(whole: &mut Value, delta: &Value) {
    for (name, more) in delta.as_object().into_iter().flatten() {
        let slot = &mut whole[name.as_str()];
        match (&mut *slot, more) {
            (Value::Null, more) => *slot = more.clone(),
            (_, Value::Null) => {}
            (slot, _) if name == "index" || name == "type" => *slot = more.clone(),
            (Value::String(text), Value::String(more)) => text.push_str(more),
            (Value::Object(_), Value::Object(_)) => add(slot, more),
            (Value::Array(list), Value::Array(more)) => {
                for element in more {
                    let at = element["index"].as_u64().expect("an element has its index");
                    match list.get_mut(usize::try_from(at).unwrap()) {
                        Some(slot) => add(slot, element),
                        None => list.push(element.clone()),
                    }
                }
            }
            (slot, more) => panic!("{name}: {slot} and {more}"),
        }
    }
}
