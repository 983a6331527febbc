//! Ids of answers, where the vendor's own come again.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::Value;
use tidegate::providers::Passed;
use tidegate::providers::openai_compatible::{
    self, AnswerOptions, ClientUsage, Fold, one_shot, whole,
};

use crate::preset;
use crate::sdk::read_stream;

const WHOLE: &str = r#"{"id":"chatcmpl-887","object":"chat.completion","created":7,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}"#;

const STREAM: &str = r#"data: {"id":"chatcmpl-887","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"H"},"finish_reason":null}]}

data: {"id":"chatcmpl-887","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{"content":"i"},"finish_reason":null}]}

data: {"id":"chatcmpl-887","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"stop"}]}

data: {"id":"chatcmpl-887","object":"chat.completion.chunk","created":7,"model":"m","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}

data: [DONE]

"#;

fn options(kind: &str, request: &str) -> AnswerOptions {
    AnswerOptions::new(preset(kind), ClientUsage::AtEnd).for_request(preset(kind), request)
}

fn id_of(answer: &[u8]) -> String {
    let answer: Value = serde_json::from_slice(answer).unwrap();
    answer["id"].as_str().unwrap().to_owned()
}

/// The ids of a stream's chunks, each once.
fn ids_of(stream: &[u8]) -> Vec<String> {
    let stream = std::str::from_utf8(stream).unwrap();
    let data = stream
        .lines()
        .filter_map(|line| line.strip_prefix("data: "));
    let chunks = data.filter(|data| *data != "[DONE]");
    let mut ids: Vec<_> = chunks.map(|chunk| id_of(chunk.as_bytes())).collect();
    ids.dedup();
    ids
}

fn streamed(kind: &str, request: &str) -> Vec<u8> {
    let mut stream = openai_compatible::stream(preset(kind), options(kind, request));
    let mut client = Vec::new();
    let passed = stream.push(STREAM.as_bytes(), &mut client);
    if passed == Passed::Unchanged {
        client.extend_from_slice(STREAM.as_bytes());
    }
    stream.finish(&mut client);
    client
}

#[test]
fn an_answer_of_ollama_has_the_id_of_its_request_however_it_comes() {
    let preset = preset("ollama");
    let options = |request| options("ollama", request);
    let answer = whole(preset, WHOLE.as_bytes(), &options("a")).unwrap();
    let id = id_of(&answer.body.unwrap());
    assert!(id.starts_with("chatcmpl-") && id.len() == 41, "{id}");

    assert_eq!(ids_of(&streamed("ollama", "a")), [&*id]);
    let told = one_shot(preset, WHOLE.as_bytes(), &options("a")).unwrap();
    assert_eq!(ids_of(&told.body.unwrap()), [&*id]);
    let mut fold = Fold::new(preset, options("a"), 1000);
    fold.push(STREAM.as_bytes());
    assert_eq!(id_of(&fold.finish().unwrap().body.unwrap()), id);

    assert_ne!(ids_of(&streamed("ollama", "b")), [&*id], "another request");
}

#[test]
fn all_else_of_the_answer_stays() {
    let (answer, _) = read_stream(&streamed("ollama", "a"), true);
    assert_eq!(answer.usage.unwrap()["total_tokens"], 4);
    let body = whole(preset("ollama"), WHOLE.as_bytes(), &options("ollama", "a"));
    let body = String::from_utf8(body.unwrap().body.unwrap()).unwrap();
    assert_eq!(body.replace(&id_of(body.as_bytes()), "chatcmpl-887"), WHOLE);
}

#[test]
fn others_keep_their_ids() {
    let answer = whole(preset("vllm"), WHOLE.as_bytes(), &options("vllm", "a"));
    assert_eq!(answer.unwrap().body, None);
    assert_eq!(ids_of(&streamed("vllm", "a")), ["chatcmpl-887"]);
}
