//! Streams that are of no use from their first event on.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::{Value, json};
use tidegate::telemetry::row::AttemptStatus;

use super::{ALL, ANY_CAUSE, openai_message, play};
use crate::play::{Answer, Outcome, Play, stream_request};

/// A stream of OpenAI's with these deltas behind the role; 3 tokens of input, 7 of output.
pub(super) fn openai_stream(deltas: &[(&str, &str)]) -> String {
    let chunk = |delta: &str, finish: &str| {
        format!(
            r#"data: {{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{{"index":0,"delta":{delta},"finish_reason":{finish}}}]}}"#
        ) + "\n\n"
    };
    let role = chunk(
        r#"{"role":"assistant","content":"","refusal":null}"#,
        "null",
    );
    let usage = r#"data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":7,"total_tokens":10}}"#;
    let deltas = deltas.iter().map(|(delta, finish)| chunk(delta, finish));
    role + &deltas.collect::<String>() + usage + "\n\ndata: [DONE]\n\n"
}

/// A stream of Anthropic's that says nothing and ends for this reason.
fn claude_stream(stop_reason: &str, explanation: Option<&str>) -> String {
    let details = explanation
        .map(|text| json!({"type": "refusal", "category": "cyber", "explanation": text}));
    let start = json!({"type": "message_start", "message": {"id": "msg_1", "type": "message",
        "role": "assistant", "model": "c", "content": [], "stop_reason": null,
        "stop_sequence": null, "usage": {"input_tokens": 3, "output_tokens": 1}}});
    let delta = json!({"type": "message_delta", "usage": {"output_tokens": 7},
        "delta": {"stop_reason": stop_reason, "stop_sequence": null, "stop_details": details}});
    let event = |name: &str, data: &Value| format!("event: {name}\ndata: {data}\n\n");
    event("message_start", &start)
        + &event("message_delta", &delta)
        + &event("message_stop", &json!({"type": "message_stop"}))
}

/// Streams that are flawed before their first content.
fn flawed_streams() -> Vec<(&'static str, &'static str, String)> {
    let refusal = [(r#"{"refusal":"No."}"#, "null"), ("{}", "\"stop\"")];
    vec![
        ("empty", "openai", openai_stream(&[("{}", "\"stop\"")])),
        ("empty", "claude", claude_stream("end_turn", None)),
        ("refusal", "openai", openai_stream(&refusal)),
        (
            "refusal",
            "openai",
            openai_stream(&[("{}", "\"content_filter\"")]),
        ),
        ("refusal", "claude", claude_stream("refusal", Some("No."))),
        ("refusal", "claude", claude_stream("refusal", None)),
    ]
}

fn good_stream() -> String {
    openai_stream(&[(r#"{"content":"good"}"#, "null"), ("{}", "\"stop\"")])
}

#[test]
fn a_flawed_stream_is_left_before_its_first_byte_and_billed() {
    for (flaw, provider, stream) in flawed_streams() {
        for chunk in [usize::MAX, 7] {
            let mut answer = Answer::events(&stream);
            answer.chunk = chunk;
            let mut play = play(&[flaw], &[provider, "openai-2"], ANY_CAUSE);
            let answers = [answer, Answer::events(&good_stream())];
            let outcome = play.request(&stream_request("smart"), &answers);
            assert!(outcome.text().contains("good"), "{flaw} {provider} {chunk}");
            assert_eq!(outcome.text().matches("[DONE]").count(), 1);
            assert_eq!(outcome.header("x-tidegate-attempts"), Some("2"));
            assert_eq!(outcome.log()["attempts"][0]["flaw"], flaw);
            let row = play.rows().pop().unwrap();
            assert_eq!(row.attempts[0].status, AttemptStatus::Code(502));
            let tokens = row.attempts[0].tokens;
            assert_eq!((tokens.input, tokens.output), (3, 7), "{flaw} {provider}");
            assert_eq!(row.tokens.output, 14);
        }
    }
}

/// The stream without the time at which it was made.
fn timeless(outcome: &Outcome) -> String {
    let mut parts = outcome.text().split("\"created\":");
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = parts.map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit()));
    first + &rest.collect::<String>()
}

#[test]
fn a_stream_whose_flaw_is_not_switched_on_passes_as_does_the_last_targets() {
    for (flaw, provider, stream) in flawed_streams() {
        let asked = stream_request("smart");
        let alone = Play::new(&[provider]).request(&asked, &[Answer::events(&stream)]);
        let others: Vec<&str> = ALL.iter().copied().filter(|other| *other != flaw).collect();
        let settings: [(&[&str], &[&str]); 2] =
            [(&others, &[provider, "openai-2"]), (ALL, &[provider])];
        for (flaws, providers) in settings {
            let mut play = play(flaws, providers, ANY_CAUSE);
            let answers = [Answer::events(&stream), Answer::events(&good_stream())];
            let outcome = play.request(&asked, &answers[..providers.len()]);
            assert_eq!(
                outcome.header("x-tidegate-attempts"),
                Some("1"),
                "{flaw} {provider}"
            );
            let id = |text: &str, outcome: &Outcome| {
                text.replace(outcome.header("x-tidegate-request-id").unwrap(), "")
            };
            let (passed, expected) = (timeless(&outcome), timeless(&alone));
            assert_eq!(id(&passed, &outcome), id(&expected, &alone));
            assert_eq!(outcome.log()["attempts"][0]["status"], 200);
        }
    }
}

#[test]
fn a_stream_that_thinks_or_calls_first_is_not_held() {
    for first in [
        r#"{"reasoning_content":"Hm"}"#,
        r#"{"tool_calls":[{"index":0,"id":"x","type":"function","function":{"name":"f","arguments":""}}]}"#,
    ] {
        let stream = openai_stream(&[(first, "null"), ("{}", "\"content_filter\"")]);
        let mut answer = Answer::events(&stream);
        answer.chunk = 16;
        let mut play = play(ALL, &["openai", "openai-2"], ANY_CAUSE);
        let outcome = play.request(&stream_request("smart"), &[answer]);
        assert_eq!(outcome.header("x-tidegate-attempts"), Some("1"));
        assert!(outcome.text().contains("content_filter"));
    }
}

/// What is held has a bound: a stream that says nothing for so long passes, whatever it comes to.
#[test]
fn a_stream_that_goes_on_without_content_is_let_go() {
    let blank = [(r#"{"content":" "}"#, "null")];
    let long = vec![blank[0]; 3000];
    let mut answer = Answer::events(&openai_stream(&long));
    assert!(answer.body.len() > 300 * 1024);
    answer.chunk = 4096;
    let mut play = play(ALL, &["openai", "openai-2"], ANY_CAUSE);
    let outcome = play.request(&stream_request("smart"), &[answer]);
    assert_eq!(outcome.header("x-tidegate-attempts"), Some("1"));
    assert!(outcome.text().ends_with("data: [DONE]\n\n"));
}

#[test]
fn a_client_that_leaves_while_a_stream_is_held_pays_for_what_has_come() {
    let refusing = openai_stream(&[(r#"{"refusal":"No."}"#, "null"); 4]);
    let held = refusing.len() - 300;
    let mut play = play(ALL, &["openai", "openai-2"], ANY_CAUSE);
    play.leaves_after = Some(held);
    play.request(&stream_request("smart"), &[Answer::events(&refusing)]);
    let row = play.rows().pop().unwrap();
    assert_eq!((row.status, row.outcome.as_str()), (499, "abandoned"));
    assert!(row.attempts[0].tokens.output > 0);
}

#[test]
fn a_whole_answer_to_who_wants_a_stream_is_judged_like_a_stream() {
    let empty = openai_message(&json!({"role": "assistant", "content": ""}), "stop");
    let mut play = play(ALL, &["openai", "openai-2"], ANY_CAUSE);
    let answers = [empty, Answer::events(&good_stream())];
    let outcome = play.request(&stream_request("smart"), &answers);
    assert!(outcome.text().contains("good"));
    assert_eq!(outcome.log()["attempts"][0]["flaw"], "empty");
}
