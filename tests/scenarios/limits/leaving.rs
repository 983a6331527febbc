//! Clients that leave while an answer is on its way.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::{Value, json};
use tidegate::telemetry::row::Row;

use super::{Limited, counter, limited, price};
use crate::play::{Answer, chat, stream_request};
use crate::{openai_answer, openai_error};

/// The most that a body is estimated at, in tokens, is half of its bytes; a text comes to half of that.
fn estimate(body: &[u8]) -> u64 {
    u64::try_from(body.len().div_ceil(2) / 2).unwrap()
}

fn chunk(delta: &Value) -> String {
    let choice = json!({"index": 0, "delta": delta, "finish_reason": null});
    let chunk = json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
                       "choices": [choice]});
    format!("data: {chunk}\n\n")
}

/// A stream of a role and so many tokens.
fn begun(tokens: usize) -> String {
    let role = chunk(&json!({"role": "assistant", "content": ""}));
    role + &chunk(&json!({"content": "word"})).repeat(tokens)
}

/// The row of a request whose client leaves after so many bytes of the answer, and the tokens that were
/// settled.
fn left(provider: &str, body: &[u8], answer: Answer, bytes: usize) -> (Row, u64) {
    let counters = [
        counter("tokens", 1_000_000, "deny"),
        counter("parallel_requests", 1, "deny"),
        counter("cost", 1_000_000_000, "deny"),
    ];
    let mut limited: Limited = limited(&[provider], &counters, &price());
    limited.play.leaves_after = Some(bytes);
    limited.play.request(body, &[answer]);
    limited.settle();
    let settled = limited.settled("tokens");
    let mut rows = limited.play.rows();
    assert_eq!(rows.len(), 1, "one request, one row");
    let row = rows.remove(0);
    let cost = 1_000_000 * row.tokens.input + 10_000_000 * row.tokens.output;
    assert_eq!(row.cost_pico_usd, Some(cost));
    assert_eq!(limited.settled("cost") * 1_000, cost);

    limited.play.leaves_after = None;
    let next = limited.play.request(&chat("smart"), &[openai_answer("hi")]);
    assert_eq!(next.status, 200, "the slot is free: {}", next.text());
    (row, settled)
}

#[test]
fn what_has_come_of_a_stream_is_billed_and_its_input_from_the_headers_on() {
    let body = stream_request("smart");
    for tokens in [0, 1, 40] {
        let stream = begun(tokens);
        for bytes in [0, stream.len()] {
            let answer = Answer::events(&(stream.clone() + "data: [DONE]\n\n"));
            let (row, settled) = left("openai", &body, answer, bytes);
            assert_eq!((row.status, &*row.outcome), (499, "abandoned"));
            let came = if bytes == 0 { 0 } else { tokens as u64 };
            assert_eq!(
                (row.tokens.input, row.tokens.output),
                (estimate(&body), came)
            );
            assert_eq!(settled, estimate(&body) + came);
        }
    }
}

#[test]
fn what_has_come_of_a_whole_answer_is_billed_by_its_bytes_up_to_what_was_allowed() {
    let body = chat("smart");
    // `default_max_tokens` is 100.
    for (bytes, tokens) in [(0, 0), (4, 0), (250, 50), (5_000, 100)] {
        let answer = openai_answer(&"word ".repeat(2_000));
        let (row, settled) = left("openai", &body, answer, bytes);
        assert_eq!((row.status, &*row.outcome), (499, "abandoned"));
        assert_eq!(
            (row.tokens.input, row.tokens.output),
            (estimate(&body), tokens)
        );
        assert_eq!(settled, estimate(&body) + tokens);
    }
}

#[test]
fn what_has_come_of_a_folded_stream_is_billed() {
    let body = chat("smart");
    let stream = begun(40);
    let answer = Answer::events(&(stream.clone() + "data: [DONE]\n\n"));
    let (row, _) = left("qwen", &body, answer, stream.len());
    assert_eq!((row.status, row.tokens.output), (499, 40));
    assert_eq!(row.tokens.input, estimate(&body));
}

#[test]
fn an_error_that_is_left_costs_nothing() {
    let (row, settled) = left("openai", &chat("smart"), openai_error(500, "no"), 20);
    assert_eq!(
        (row.status, row.tokens.input, row.tokens.output),
        (499, 0, 0)
    );
    assert_eq!(settled, 0);
}
