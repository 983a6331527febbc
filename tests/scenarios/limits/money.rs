//! What requests cost, and who is told.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::{Value, json};

use super::{Limited, counter, limited, price};
use crate::play::{Answer, chat, stream_request};

/// [`price`], with half of it for `flex` and twice as much for `priority`.
fn tiered() -> Value {
    let mut price = price();
    price["service_tiers"] = json!([["flex", 500], ["priority", 2000]]);
    price
}

fn budgeted(provider: &str, price: &Value) -> Limited {
    limited(
        &[provider],
        &[counter("cost", 1_000_000_000, "deny")],
        price,
    )
}

/// What a request has cost by its row, in pico-dollars.
fn cost(provider: &str, body: &[u8], answer: Answer) -> Option<u64> {
    let mut limited = budgeted(provider, &tiered());
    let outcome = limited.play.request(body, &[answer]);
    assert_eq!(outcome.status, 200, "{}", outcome.text());
    limited.play.rows().pop().unwrap().cost_pico_usd
}

fn events(chunks: &[Value]) -> String {
    let events = chunks.iter().map(|chunk| format!("data: {chunk}\n\n"));
    events.collect()
}

/// OpenAI's stream of three input and two output tokens.
fn openai_stream(tier: &Value) -> String {
    let chunk = |choices: Value, usage: Value| {
        json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1,
               "model": "gpt-4o", "service_tier": tier, "choices": choices, "usage": usage})
    };
    let choice = |delta: Value, finish: Value| json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}]);
    let counts = json!({"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5});
    events(&[
        chunk(
            choice(json!({"role": "assistant", "content": ""}), Value::Null),
            Value::Null,
        ),
        chunk(choice(json!({"content": "hi"}), Value::Null), Value::Null),
        chunk(choice(json!({}), json!("stop")), Value::Null),
        chunk(json!([]), counts),
    ]) + "data: [DONE]\n\n"
}

/// Anthropic's stream of as many.
fn claude_stream(tier: &str) -> String {
    let start = json!({"type": "message_start", "message": {"id": "msg_1", "type": "message",
        "role": "assistant", "model": "claude-sonnet-4-5", "content": [], "stop_reason": null,
        "usage": {"input_tokens": 3, "output_tokens": 1, "service_tier": tier}}});
    events(&[
        start,
        json!({"type": "content_block_start", "index": 0,
               "content_block": {"type": "text", "text": ""}}),
        json!({"type": "content_block_delta", "index": 0,
               "delta": {"type": "text_delta", "text": "hi"}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"},
               "usage": {"output_tokens": 2}}),
        json!({"type": "message_stop"}),
    ])
}

fn openai_answer_of(tier: &str) -> Answer {
    let mut answer = super::openai_answer("hi");
    let mut body: Value = serde_json::from_slice(&answer.body).unwrap();
    body["service_tier"] = tier.into();
    answer.body = body.to_string().into_bytes();
    answer
}

#[test]
fn the_service_tier_of_the_answer_sets_the_price() {
    for (tier, expected) in [
        ("default", 23_000_000),
        ("flex", 11_500_000),
        ("priority", 46_000_000),
        ("unheard-of", 23_000_000),
    ] {
        let whole = cost("openai", &chat("smart"), openai_answer_of(tier));
        assert_eq!(whole, Some(expected), "{tier}");
        let stream = Answer::events(&openai_stream(&tier.into()));
        let streamed = cost("openai", &stream_request("smart"), stream);
        assert_eq!(streamed, Some(expected), "{tier}");
    }
}

#[test]
fn the_service_tier_of_another_wire_format_sets_the_price_too() {
    for (tier, expected) in [("standard", 23_000_000), ("priority", 46_000_000)] {
        let stream = Answer::events(&claude_stream(tier));
        let streamed = cost("claude", &stream_request("smart"), stream);
        assert_eq!(streamed, Some(expected), "{tier}");
        let mut whole = super::claude_answer("hi");
        let mut body: Value = serde_json::from_slice(&whole.body).unwrap();
        body["usage"]["service_tier"] = tier.into();
        whole.body = body.to_string().into_bytes();
        assert_eq!(
            cost("claude", &chat("smart"), whole),
            Some(expected),
            "{tier}"
        );
    }
}

#[test]
fn a_stream_that_breaks_off_costs_what_its_tier_costs() {
    let whole = openai_stream(&json!("flex"));
    let cut = whole
        .split("\n\n")
        .take(2)
        .map(|event| format!("{event}\n\n"));
    let cut: String = cut.collect();
    let mut limited = budgeted("openai", &tiered());
    let outcome = limited
        .play
        .request(&stream_request("smart"), &[Answer::events(&cut)]);
    assert!(outcome.text().contains("error"));
    let row = limited.play.rows().pop().unwrap();
    let full = row.tokens.input * 1_000_000 + row.tokens.output * 10_000_000;
    assert_eq!(row.cost_pico_usd, Some(full / 2));
}

/// A streamed request whose client wants to know its token counts.
fn stream_with_usage() -> Vec<u8> {
    let mut request: Value = serde_json::from_slice(&stream_request("smart")).unwrap();
    request["stream_options"] = json!({"include_usage": true});
    request.to_string().into_bytes()
}

/// What a client gets of a stream.
fn streamed(provider: &str, price: &Value, request: &[u8], stream: &str) -> String {
    let counters = if price.is_null() {
        vec![]
    } else {
        vec![counter("cost", 1_000_000_000, "deny")]
    };
    let mut limited = limited(&[provider], &counters, price);
    let outcome = limited.play.request(request, &[Answer::events(stream)]);
    outcome.text().to_owned()
}

#[test]
fn a_stream_whose_client_wants_usage_tells_its_cost_in_dollars() {
    let normal = openai_stream(&json!("default"));
    let flex = openai_stream(&json!("flex"));
    for (provider, stream, cost) in [
        ("openai", &normal, "0.000023"),
        ("openai", &flex, "0.0000115"),
        ("claude", &claude_stream("standard"), "0.000023"),
        ("claude", &claude_stream("priority"), "0.000046"),
    ] {
        let client = streamed(provider, &tiered(), &stream_with_usage(), stream);
        let events: Vec<_> = client.split("\n\n").collect();
        let [.., usage, "data: [DONE]", ""] = events[..] else {
            panic!("{client}")
        };
        assert!(usage.ends_with(&format!(",\"cost\":{cost}}}}}")), "{usage}");
        assert_eq!(client.matches("\"cost\"").count(), 1);
    }
}

#[test]
fn without_a_price_or_a_wish_for_usage_a_stream_is_what_it_was() {
    for (provider, stream) in [
        ("openai", openai_stream(&Value::Null)),
        ("claude", claude_stream("standard")),
    ] {
        for (request, price) in [
            (stream_with_usage(), Value::Null),
            (stream_request("smart"), tiered()),
        ] {
            let client = streamed(provider, &price, &request, &stream);
            assert!(!client.contains("cost"), "{client}");
        }
    }
    let stream = openai_stream(&Value::Null);
    let passed = streamed("openai", &Value::Null, &stream_with_usage(), &stream);
    assert_eq!(passed, stream);
}
