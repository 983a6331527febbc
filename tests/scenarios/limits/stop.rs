//! Streams that are ended because a budget is used up.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Limited, counter, limited_by, price};
use crate::play::{Answer, Outcome, stream_request};

/// What is set aside for a stream of 100 tokens, at the least; the rest is its input.
const RESERVED: u64 = 1_000_000;
/// What the budget holds beside one such stream.
const SPARE: u64 = 300_000;

fn request(members: &Value) -> Vec<u8> {
    let mut request: Value = serde_json::from_slice(&stream_request("smart")).unwrap();
    for (name, value) in members.as_object().unwrap() {
        request[name] = value.clone();
    }
    request.to_string().into_bytes()
}

fn with_usage() -> Vec<u8> {
    request(&json!({"stream_options": {"include_usage": true}}))
}

fn openai_chunk(delta: &Value, finish: &Value) -> String {
    let choice = json!({"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish});
    let chunk = json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1,
                       "model": "gpt-4o", "choices": [choice]});
    format!("data: {chunk}\n\n")
}

/// A stream of so many tokens, a chunk for each.
fn openai(tokens: usize) -> String {
    let mut stream = openai_chunk(
        &json!({"role": "assistant", "content": "one"}),
        &Value::Null,
    );
    let more = openai_chunk(&json!({"content": " more"}), &Value::Null);
    stream += &more.repeat(tokens - 1);
    stream += &openai_chunk(&json!({}), &json!("stop"));
    stream + "data: [DONE]\n\n"
}

fn claude(tokens: usize) -> String {
    let mut stream = String::new();
    let mut event = |event: Value| write!(stream, "data: {event}\n\n").unwrap();
    event(
        json!({"type": "message_start", "message": {"id": "msg_1", "type": "message",
        "role": "assistant", "model": "claude-sonnet-4-5", "content": [], "stop_reason": null,
        "usage": {"input_tokens": 3, "output_tokens": 1}}}),
    );
    event(json!({"type": "content_block_start", "index": 0,
        "content_block": {"type": "text", "text": ""}}));
    for _ in 0..tokens {
        event(json!({"type": "content_block_delta", "index": 0,
            "delta": {"type": "text_delta", "text": " more"}}));
    }
    event(json!({"type": "content_block_stop", "index": 0}));
    event(
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"},
        "usage": {"output_tokens": tokens}}),
    );
    event(json!({"type": "message_stop"}));
    stream
}

fn stream(provider: &str, tokens: usize) -> Answer {
    let text = match provider {
        "claude" => claude(tokens),
        _ => openai(tokens),
    };
    Answer {
        chunk: 120,
        ..Answer::events(&text)
    }
}

fn budgeted(provider: &str, limit: u64, stop_streams: bool) -> Limited {
    let counters = [
        counter("cost", limit, "deny"),
        counter("tokens", 10_000_000, "deny"),
    ];
    let mut limited = limited_by(&[provider], &counters, &price(), stop_streams);
    limited.play.syncs_while_it_streams = true;
    limited
}

/// The events' data; the last one is `[DONE]`.
fn events(outcome: &Outcome) -> Vec<String> {
    let events = outcome.text().split_terminator("\n\n");
    let data: Vec<_> = events
        .map(|event| event.strip_prefix("data: ").unwrap().to_owned())
        .collect();
    assert_eq!(data.last().unwrap(), "[DONE]");
    data
}

fn reason(event: &str) -> Value {
    let chunk: Value = serde_json::from_str(event).unwrap();
    chunk["choices"][0]["finish_reason"].clone()
}

#[test]
fn a_stream_ends_in_order_when_its_budget_is_used_up() {
    for provider in ["openai", "claude"] {
        let mut limited = budgeted(provider, RESERVED + SPARE, true);
        let answer = stream(provider, 1_000);
        let outcome = limited.play.request(&with_usage(), &[answer]);
        assert_eq!(outcome.status, 200);
        let events = events(&outcome);
        let [.., text, end, usage, _] = &events[..] else {
            panic!("{events:?}")
        };
        assert_eq!((reason(text), reason(end)), (Value::Null, "length".into()));
        let usage: Value = serde_json::from_str(usage).unwrap();
        assert_eq!(
            (&usage["choices"], &usage["id"]),
            (
                &json!([]),
                &serde_json::from_str::<Value>(text).unwrap()["id"]
            )
        );

        let log = outcome.log();
        assert_eq!(
            (&log["outcome"], &log["error_code"]),
            (&json!("stopped"), &json!("insufficient_quota"))
        );
        let row = limited.play.rows().pop().unwrap();
        assert_eq!((row.status, &*row.outcome), (200, "stopped"));
        assert_eq!(row.error_code.as_deref(), Some("insufficient_quota"));
        assert_eq!(usage["usage"]["completion_tokens"], row.tokens.output);
        assert_eq!(usage["usage"]["cost"], log["cost_usd"]);

        limited.settle();
        let spent = limited.settled("cost");
        assert_eq!(row.cost_pico_usd, Some(spent * 1_000));
        // A token, and those that come until a sync is answered.
        let left = (RESERVED + SPARE).checked_sub(spent);
        let over = spent.saturating_sub(RESERVED + SPARE);
        assert!(over <= 30_000, "{provider}: {over} too much");
        assert!(left.unwrap_or(0) <= 160_000, "{provider}: {left:?} unused");
        let tokens = row.tokens.input + row.tokens.output;
        assert_eq!(limited.settled("tokens"), tokens, "{provider}");
    }
}

#[test]
fn usage_is_told_only_to_those_who_want_it() {
    let mut limited = budgeted("openai", RESERVED + SPARE, true);
    let answer = stream("openai", 1_000);
    let outcome = limited.play.request(&request(&json!({})), &[answer]);
    let events = events(&outcome);
    assert_eq!(reason(&events[events.len() - 2]), "length");
    assert!(!outcome.text().contains("usage"));
}

#[test]
fn a_stream_goes_on_as_long_as_its_budget_has_something() {
    for (provider, tokens) in [("openai", 1_000), ("claude", 1_000)] {
        let mut limited = budgeted(provider, 20_000_000, true);
        let answer = stream(provider, tokens);
        let expected = answer.body.clone();
        let outcome = limited.play.request(&request(&json!({})), &[answer]);
        assert_eq!(outcome.log()["outcome"], "answered");
        assert_eq!(
            outcome.text().matches("more").count() + usize::from(provider == "openai"),
            tokens
        );
        if provider == "openai" {
            assert_eq!(outcome.body, expected);
        }
        limited.settle();
        let row = limited.play.rows().pop().unwrap();
        assert_eq!(row.cost_pico_usd, Some(limited.settled("cost") * 1_000));
    }
}

#[test]
fn a_stream_goes_on_where_the_operator_wants_it_so() {
    let mut limited = budgeted("openai", RESERVED + SPARE, false);
    let answer = stream("openai", 1_000);
    let expected = answer.body.clone();
    let outcome = limited.play.request(&request(&json!({})), &[answer]);
    assert_eq!(outcome.body, expected);
    assert_eq!(outcome.log()["outcome"], "answered");
}

#[test]
fn a_stream_within_its_own_limit_asks_for_nothing_more() {
    let mut limited = budgeted("openai", 4 * RESERVED, true);
    let answer = stream("openai", 100);
    let body = request(&json!({"max_tokens": 100}));
    limited.play.request(&body, &[answer]);
    let store = limited.store.borrow();
    let granted = store.granted["cost"] - store.returned["cost"];
    assert!(granted < RESERVED + RESERVED / 10, "{granted}");
}

#[test]
fn a_client_that_stays_after_the_end_has_a_second_to_leave() {
    let mut limited = budgeted("openai", RESERVED + SPARE, true);
    limited.play.silence = true;
    let answer = stream("openai", 1_000);
    let outcome = limited.play.request(&with_usage(), &[answer]);
    assert_eq!(outcome.patience, Some(Duration::from_secs(1)));
    let row = limited.play.rows().pop().unwrap();
    assert_eq!((row.status, &*row.outcome), (200, "stopped"));
    assert_eq!(row.error_code.as_deref(), Some("insufficient_quota"));
}
