use serde_json::{Value, json};

use super::*;
use crate::chat::ErrorKind;
use crate::providers::openai_compatible::preset::{AnswerQuirk, ThinkTags};

static PLAIN: Preset = Preset::PLAIN;
static MENDED: Preset = Preset {
    answer: &[AnswerQuirk::ReasoningField, AnswerQuirk::ToolDeltas],
    think_tags: ThinkTags::Split,
    ..Preset::PLAIN
};

const LIMIT: usize = 1024 * 1024;

fn fold_with(preset: &'static Preset, events: &[&str], limit: usize) -> Result<Whole, Error> {
    let options = AnswerOptions::new(preset, ClientUsage::Hidden);
    let mut fold = Fold::new(preset, options, limit);
    for event in events {
        fold.push(format!("data: {event}\n\n").as_bytes());
    }
    fold.finish()
}

fn folded(preset: &'static Preset, events: &[&str]) -> Value {
    let events = [events, &["[DONE]"]].concat();
    let whole = fold_with(preset, &events, LIMIT).unwrap();
    serde_json::from_slice(&whole.body.unwrap()).unwrap()
}

fn message(deltas: &[Value]) -> Value {
    let chunk = |delta: &Value| json!({"choices":[{"index":0,"delta":delta}]}).to_string();
    let chunks: Vec<String> = deltas.iter().map(chunk).collect();
    let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
    folded(&PLAIN, &chunks)["choices"][0]["message"].clone()
}

#[test]
fn a_stream_becomes_the_answer_that_openai_would_have_sent() {
    let whole = folded(
        &PLAIN,
        &[
            r#"{"id":"a","object":"chat.completion.chunk","created":1,"model":"m","system_fingerprint":"f","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#,
            r#"{"id":"a","object":"chat.completion.chunk","created":1,"model":"m","system_fingerprint":"f","choices":[{"index":0,"delta":{"content":"Hé"},"finish_reason":null}],"obfuscation":"xx"}"#,
            r#"{"id":"a","object":"chat.completion.chunk","created":1,"model":"m","system_fingerprint":"f","choices":[{"index":0,"delta":{"content":"llo"},"finish_reason":null}]}"#,
            r#"{"id":"a","object":"chat.completion.chunk","created":1,"model":"m","system_fingerprint":"f","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}"#,
            r#"{"id":"a","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}"#,
        ],
    );
    assert_eq!(
        whole.to_string(),
        r#"{"id":"a","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Héllo"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5},"system_fingerprint":"f"}"#
    );
}

#[test]
fn calls_are_joined_by_their_index_and_lose_it() {
    let call = |index: u64, call: Value| {
        let mut call = call;
        call["index"] = json!(index);
        json!({"tool_calls":[call]})
    };
    let message = message(&[
        json!({"role":"assistant","content":null}),
        call(
            0,
            json!({"id":"x","type":"function","function":{"name":"get_","arguments":""}}),
        ),
        call(0, json!({"function":{"name":"time"}})),
        call(
            1,
            json!({"id":"y","type":"function","function":{"name":"g","arguments":"{}"}}),
        ),
        call(0, json!({"function":{"arguments":"{\"a\""}})),
        call(0, json!({"function":{"arguments":":1}"}})),
    ]);
    assert_eq!(
        message,
        json!({"role":"assistant","content":null,"tool_calls":[
            {"id":"x","type":"function","function":{"name":"get_time","arguments":"{\"a\":1}"}},
            {"id":"y","type":"function","function":{"name":"g","arguments":"{}"}}]})
    );
}

#[test]
fn what_a_vendor_adds_is_kept_and_not_repeated() {
    let detail = |index: u64, kind: &str, text: &str| json!({"type":kind,"index":index,"text":text,"format":"f"});
    let message = message(&[
        json!({"role":"assistant","channel":"analysis","reasoning_details":[detail(0,"reasoning.text","a")]}),
        json!({"channel":"analysis","reasoning_details":[detail(0,"reasoning.text","b")]}),
        json!({"reasoning_details":[detail(0,"reasoning.encrypted","c"), detail(1,"reasoning.text","d")]}),
        json!({"annotations":[{"type":"url_citation"}]}),
        json!({"annotations":[{"type":"url_citation"}]}),
        json!({"audio":{"id":"u","data":"AA"}}),
        json!({"audio":{"data":"BB","transcript":"hi","expires_at":7}}),
    ]);
    assert_eq!(
        message,
        json!({"role":"assistant","content":null,"channel":"analysis",
            "reasoning_details":[detail(0,"reasoning.text","ab"), detail(0,"reasoning.encrypted","c"), detail(1,"reasoning.text","d")],
            "annotations":[{"type":"url_citation"},{"type":"url_citation"}],
            "audio":{"id":"u","data":"AABB","transcript":"hi","expires_at":7}})
    );
}

#[test]
fn choices_and_their_log_probabilities_keep_to_themselves() {
    let chunk = |index: u64, text: &str| {
        json!({"choices":[{"index":index,"delta":{"content":text},
            "logprobs":{"content":[{"token":text}],"refusal":null},"native_finish_reason":null}]})
        .to_string()
    };
    let end = r#"{"choices":[{"index":1,"delta":{},"logprobs":null,"finish_reason":"length","native_finish_reason":"MAX"},{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    let chunks = [chunk(1, "b"), chunk(0, "a"), chunk(1, "c")];
    let whole = folded(&PLAIN, &[&chunks[0], &chunks[1], &chunks[2], end]);
    assert_eq!(whole["choices"][0]["message"]["content"], "a");
    assert_eq!(whole["choices"][1]["message"]["content"], "bc");
    assert_eq!(
        whole["choices"][1]["logprobs"],
        json!({"content":[{"token":"b"},{"token":"c"}],"refusal":null})
    );
    assert_eq!(whole["choices"][1]["finish_reason"], "length");
    assert_eq!(whole["choices"][1]["native_finish_reason"], "MAX");
}

#[test]
fn what_is_mended_in_a_stream_is_mended_here() {
    let whole = folded(
        &MENDED,
        &[
            r#"{"choices":[{"delta":{"reasoning":"a"}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"id":"x","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}],"usage":{"total_tokens":1}}"#,
        ],
    );
    let choice = &whole["choices"][0];
    assert_eq!(choice["message"]["reasoning_content"], "a");
    assert_eq!(choice["message"]["tool_calls"][0]["type"], "function");
    assert_eq!(whole["usage"]["total_tokens"], 1);
    let whole = folded(
        &MENDED,
        &[
            r#"{"choices":[{"delta":{"content":"<th"}}]}"#,
            r#"{"choices":[{"delta":{"content":"ink>a</think>b"},"finish_reason":"stop"}]}"#,
        ],
    );
    let message = &whole["choices"][0]["message"];
    assert_eq!(message["content"], "b");
    assert_eq!(message["reasoning_content"], "a");
}

#[test]
fn a_stream_that_fails_or_stops_has_no_answer() {
    let begin = r#"{"choices":[{"delta":{"content":"a"}}]}"#;
    let error = r#"{"error":{"code":429,"message":"busy"}}"#;
    for events in [&[begin][..], &[], &["[DONE]"], &[begin, "{"]] {
        let failed = fold_with(&PLAIN, events, LIMIT).unwrap_err();
        assert_eq!((failed.status, failed.kind), (502, ErrorKind::Upstream));
    }
    let failed = fold_with(&PLAIN, &[begin, error, "[DONE]"], LIMIT).unwrap_err();
    assert_eq!(failed.status, 429);
}

#[test]
fn an_answer_has_a_bound_and_its_stream_none() {
    let piece = format!(
        r#"{{"id":"{}","choices":[{{"delta":{{"content":"0123456789"}}}}]}}"#,
        "i".repeat(100)
    );
    let mut events = vec![piece.as_str(); 50];
    events.push("[DONE]");
    let end = r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#;
    events.insert(50, end);
    let whole = fold_with(&PLAIN, &events, 1000).unwrap();
    assert!(whole.body.unwrap().len() > 500);
    let failed = fold_with(&PLAIN, &events, 500).unwrap_err();
    assert_eq!(failed.status, 502);
}
