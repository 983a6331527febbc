//! Answers with status 200 that the operator counts as failures.

mod streams;

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::{Value, json};
use tidegate::telemetry::row::AttemptStatus;

use crate::play::{Answer, Outcome, Play, chat};
use crate::{claude_answer, openai_answer};
use streams::openai_stream;

const ALL: &[&str] = &["empty", "refusal", "malformed_tool_calls", "invalid_json"];
/// For which failures the second provider is, where moderation is one of them.
const ANY_CAUSE: &[&str] = &["error", "content_policy"];

/// One micro-dollar for a token of input, ten for one of output.
fn priced(retries: u32) -> Value {
    let tier = json!({"input": 1_000_000, "cache_read": 0, "cache_write_5m": 0, "cache_write_1h": 0,
                      "audio_input": 0, "output": 10_000_000, "audio_output": 0});
    json!({"price": {"tiers": [tier]}, "retries": retries})
}

fn play(flaws: &[&str], providers: &[&str], causes: &[&str]) -> Play {
    Play::falling_back_on(flaws, providers, causes, &priced(0))
}

/// A request that wants JSON.
fn json_request() -> Vec<u8> {
    let mut body: Value = serde_json::from_slice(&chat("smart")).unwrap();
    body["response_format"] = json!({"type": "json_object"});
    body.to_string().into_bytes()
}

/// OpenAI's answer with this message; 3 tokens of input, 7 of output.
fn openai_message(message: &Value, finish: &str) -> Answer {
    let choice = json!({"index": 0, "message": message, "finish_reason": finish, "logprobs": null});
    Answer::json(
        200,
        &json!({
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4o",
            "choices": [choice],
            "usage": {"prompt_tokens": 3, "completion_tokens": 7, "total_tokens": 10}
        }),
    )
}

/// Anthropic's answer with this content; 3 tokens of input, 7 of output.
fn claude_message(content: &Value, stop_reason: &str, explanation: Option<&str>) -> Answer {
    let details = explanation
        .map(|text| json!({"type": "refusal", "category": "cyber", "explanation": text}));
    Answer::json(
        200,
        &json!({
            "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5",
            "content": content, "stop_reason": stop_reason, "stop_details": details,
            "stop_sequence": null, "usage": {"input_tokens": 3, "output_tokens": 7}
        }),
    )
}

fn openai_call(arguments: &str) -> Value {
    let call = json!({"id": "x", "type": "function",
                      "function": {"name": "f", "arguments": arguments}});
    json!({"role": "assistant", "content": null, "tool_calls": [call]})
}

/// Flaws of whole answers: the switch, and an answer of each dialect that has it.
fn flawed() -> Vec<(&'static str, &'static str, Answer)> {
    let said = |text: &str| json!({"role": "assistant", "content": text, "refusal": null});
    let refused = json!({"role": "assistant", "content": null, "refusal": "No."});
    vec![
        ("empty", "openai", openai_message(&said(""), "stop")),
        (
            "empty",
            "claude",
            claude_message(&json!([]), "end_turn", None),
        ),
        ("refusal", "openai", openai_message(&refused, "stop")),
        (
            "refusal",
            "openai",
            openai_message(&said("Wel"), "content_filter"),
        ),
        (
            "refusal",
            "claude",
            claude_message(&json!([]), "refusal", Some("No.")),
        ),
        (
            "refusal",
            "claude",
            claude_message(&json!([]), "refusal", None),
        ),
        (
            "malformed_tool_calls",
            "openai",
            openai_message(&openai_call("{\"a\":"), "tool_calls"),
        ),
        (
            "invalid_json",
            "openai",
            openai_message(&said("Sure! {}"), "stop"),
        ),
        (
            "invalid_json",
            "claude",
            claude_message(
                &json!([{"type": "text", "text": "Sure!"}]),
                "end_turn",
                None,
            ),
        ),
    ]
}

fn other(provider: &str) -> (&'static str, Answer) {
    match provider {
        "openai" => ("claude", claude_answer("{\"good\":1}")),
        _ => ("openai", openai_answer("{\"good\":1}")),
    }
}

fn text(outcome: &Outcome) -> Value {
    outcome.json()["choices"][0]["message"]["content"].clone()
}

#[test]
fn a_flawed_answer_is_left_for_the_next_target_and_billed() {
    for (flaw, provider, answer) in flawed() {
        let (next, good) = other(provider);
        let mut play = play(&[flaw], &[provider, next], ANY_CAUSE);
        let outcome = play.request(&json_request(), &[answer, good]);
        assert_eq!(text(&outcome), "{\"good\":1}", "{flaw} {provider}");
        assert_eq!(outcome.status, 200);
        assert_eq!(outcome.header("x-tidegate-attempts"), Some("2"));
        // 3 + 3 tokens of input, 7 + 2 of output.
        assert_eq!(outcome.header("x-tidegate-cost-usd"), Some("0.000096"));
        let log = outcome.log();
        assert_eq!(log["attempts"][0]["status"], 502, "{flaw} {provider}");
        assert_eq!(log["attempts"][0]["flaw"], flaw);
        assert_eq!(log["attempts"][1]["status"], 200);
        assert_eq!(log["attempts"][1].get("flaw"), None);
        assert_eq!(log["outcome"], "answered");
        assert_eq!(log["tokens"], json!({"input": 6, "output": 9}));
        check_row(&play);
    }
}

fn check_row(play: &Play) {
    let row = play.rows().pop().unwrap();
    assert_eq!((row.status, row.outcome.as_str()), (200, "answered"));
    assert_eq!(row.cost_pico_usd, Some(96_000_000));
    let [flawed, good] = &row.attempts[..] else {
        panic!("{:?}", row.attempts)
    };
    assert_eq!(flawed.status, AttemptStatus::Code(502));
    assert_eq!(good.status, AttemptStatus::Code(200));
    assert_eq!((flawed.tokens.output, good.tokens.output), (7, 2));
    assert_eq!(flawed.cost_pico_usd, Some(73_000_000));
}

#[test]
fn a_flaw_that_is_not_switched_on_is_an_answer() {
    for (flaw, provider, answer) in flawed() {
        let (next, good) = other(provider);
        let others: Vec<&str> = ALL.iter().copied().filter(|other| *other != flaw).collect();
        let alone = Play::new(&[provider]).request(&json_request(), std::slice::from_ref(&answer));
        for flaws in [&[][..], &others] {
            let mut play = play(flaws, &[provider, next], ANY_CAUSE);
            let outcome = play.request(&json_request(), &[answer.clone(), good.clone()]);
            // Two answers of an empty text are not JSON either.
            if flaw == "empty" && flaws.contains(&"invalid_json") {
                assert_eq!(outcome.log()["attempts"][0]["flaw"], "invalid_json");
                continue;
            }
            assert_eq!(text(&outcome), text(&alone), "{flaw} {provider} {flaws:?}");
            assert_eq!(outcome.header("x-tidegate-attempts"), Some("1"));
        }
    }
}

#[test]
fn the_last_targets_flawed_answer_is_the_clients_as_it_was() {
    for (flaw, provider, answer) in flawed() {
        let alone = Play::new(&[provider]).request(&json_request(), std::slice::from_ref(&answer));
        let mut play = play(ALL, &[provider], ANY_CAUSE);
        let outcome = play.request(&json_request(), std::slice::from_ref(&answer));
        assert_eq!(outcome.status, 200, "{flaw} {provider}");
        if provider == "openai" {
            assert_eq!(outcome.body, answer.body, "{flaw}");
        }
        assert_eq!(outcome.json()["choices"], alone.json()["choices"]);
        assert_eq!(outcome.log()["attempts"][0]["status"], 200);
        assert_eq!(outcome.log()["tokens"], json!({"input": 3, "output": 7}));
    }
}

#[test]
fn a_refusal_goes_to_another_model_only_where_the_operator_allows_that() {
    for (flaw, provider, answer) in flawed() {
        let (next, good) = other(provider);
        let mut play = play(ALL, &[provider, next], &["error", "rate_limit", "timeout"]);
        let outcome = play.request(&json_request(), &[answer, good]);
        let attempts = if flaw == "refusal" { "1" } else { "2" };
        assert_eq!(
            outcome.header("x-tidegate-attempts"),
            Some(attempts),
            "{flaw}"
        );
        assert_eq!(outcome.status, 200);
    }
}

#[test]
fn who_has_not_asked_for_json_may_get_text() {
    let mut play = play(ALL, &["openai", "claude"], ANY_CAUSE);
    let outcome = play.request(&chat("smart"), &[openai_answer("Sure!")]);
    assert_eq!(text(&outcome), "Sure!");
}

#[test]
fn flawed_answers_do_not_make_a_target_cool_down() {
    let mut play = play(ALL, &["openai", "claude"], ANY_CAUSE);
    let empty = || openai_message(&json!({"role": "assistant", "content": ""}), "stop");
    for _ in 0..10 {
        let outcome = play.request(&chat("smart"), &[empty(), claude_answer("hi")]);
        assert_eq!(outcome.header("x-tidegate-attempts"), Some("2"));
    }
}

#[test]
fn a_folded_stream_is_judged_as_a_whole_answer() {
    let mut empty = Answer::events(&openai_stream(&[(r#"{"content":""}"#, "\"stop\"")]));
    empty.chunk = 16;
    let mut play = play(ALL, &["qwen", "claude"], ANY_CAUSE);
    let outcome = play.request(&chat("smart"), &[empty, claude_answer("hi")]);
    assert_eq!(text(&outcome), "hi");
    assert_eq!(outcome.log()["attempts"][0]["flaw"], "empty");
    assert_eq!(outcome.log()["tokens"], json!({"input": 6, "output": 9}));
}

#[test]
fn a_target_that_is_tried_again_may_do_better_the_second_time() {
    let empty = openai_message(&json!({"role": "assistant", "content": ""}), "stop");
    let mut play = Play::falling_back_on(&["empty"], &["openai"], &[], &priced(1));
    let outcome = play.request(&chat("smart"), &[empty.clone(), openai_answer("hi")]);
    assert_eq!(text(&outcome), "hi");
    let outcome = play.request(&chat("smart"), &[empty.clone(), empty.clone()]);
    assert_eq!(outcome.body, empty.body, "the last one is the client's");
    assert_eq!(outcome.header("x-tidegate-attempts"), Some("2"));
}
