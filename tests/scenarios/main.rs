//! Whole requests, played through both roles without an Envoy: what [`Play`] does in its place is
//! what was seen a real one do (docs/adr/0003, 0004).
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a scenario that cannot go on has failed"
)]

mod azure;
mod flaws;
mod limits;
mod play;

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use std::time::Duration;

use play::{Answer, Play, chat, stream_request};
use serde_json::{Value, json};
use tidegate::role::handoff;

fn openai_answer(text: &str) -> Answer {
    Answer::json(
        200,
        &json!({
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4o",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text, "refusal": null},
                         "finish_reason": "stop", "logprobs": null}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
        }),
    )
}

fn claude_answer(text: &str) -> Answer {
    Answer::json(
        200,
        &json!({
            "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5",
            "content": [{"type": "text", "text": text}], "stop_reason": "end_turn",
            "stop_sequence": null, "usage": {"input_tokens": 3, "output_tokens": 2}
        }),
    )
}

fn openai_error(status: u16, code: &str) -> Answer {
    Answer::json(
        status,
        &json!({"error": {"message": "no", "type": "invalid_request_error", "param": null,
                          "code": code}}),
    )
}

#[test]
fn an_answer_of_the_clients_own_dialect_passes_byte_for_byte() {
    let answer = openai_answer("hello");
    let mut play = Play::new(&["openai"]);
    let outcome = play.request(&chat("smart"), std::slice::from_ref(&answer));
    assert_eq!(outcome.status, 200);
    assert_eq!(outcome.body, answer.body);
    assert_eq!(outcome.header("x-tidegate-provider"), Some("openai"));
    assert_eq!(outcome.header("x-tidegate-attempts"), Some("1"));
}

#[test]
fn a_failure_without_a_body_is_told_in_words() {
    let silent = Answer {
        body: Vec::new(),
        ..openai_error(503, "overloaded")
    };
    let mut play = Play::new(&["openai", "claude"]);
    let outcome = play.request(&chat("smart"), &[silent.clone(), silent]);
    assert_eq!(outcome.status, 503);
    assert!(outcome.json()["error"]["message"].is_string());
    assert_eq!(outcome.header("x-tidegate-attempts"), Some("2"));
}

#[test]
fn envoys_own_answer_without_a_body_is_told_in_words() {
    let mut play = Play::new(&["openai"]);
    play.wordless = true;
    let outcome = play.request(&chat("smart"), &[Answer::reset()]);
    assert_eq!(outcome.status, 503);
    assert!(outcome.json()["error"]["message"].is_string());
    assert_eq!(outcome.header("x-tidegate-attempts"), Some("1"));
}

#[test]
fn a_rate_limited_provider_is_left_for_the_next_in_its_own_format() {
    let mut play = Play::new(&["openai", "claude"]);
    let outcome = play.request(
        &chat("smart"),
        &[
            openai_error(429, "rate_limit_exceeded"),
            claude_answer("from claude"),
        ],
    );
    assert_eq!(outcome.status, 200);
    assert_eq!(
        outcome.json()["choices"][0]["message"]["content"],
        "from claude"
    );
    assert_eq!(outcome.header("x-tidegate-attempts"), Some("2"));
    let sent: Value = serde_json::from_slice(&outcome.attempts[1].body).unwrap();
    assert_eq!(sent["model"], "model-of-claude");
    assert_eq!(outcome.attempts[1].header(":path"), Some("/v1/messages"));
}

#[test]
fn the_next_request_does_not_go_where_this_one_was_turned_away() {
    let mut play = Play::new(&["openai", "claude"]);
    let refused = openai_error(429, "rate_limit_exceeded");
    play.request(&chat("smart"), &[refused, claude_answer("one")]);
    let outcome = play.request(&chat("smart"), &[claude_answer("two")]);
    assert_eq!(outcome.header("x-tidegate-provider"), Some("claude"));
    assert_eq!(outcome.header("x-tidegate-attempts"), Some("1"));
}

/// Envoy's route retries as often as the longest plan needs; a header says that this one is shorter.
#[test]
fn a_plan_that_is_shorter_than_the_longest_is_not_retried_beyond_its_end() {
    let mut play = Play::new(&["openai", "claude", "openai-2"]);
    let outcome = play.request(&chat("alone"), &[Answer::reset(), openai_answer("late")]);
    assert_eq!(outcome.status, 503);
    assert_eq!(outcome.attempts.len(), 1);
}

#[test]
fn no_provider_sees_another_ones_key_nor_the_clients() {
    let mut play = Play::new(&["openai", "claude", "openai-2"]);
    let outcome = play.request(
        &chat("smart"),
        &[
            openai_error(500, "x"),
            Answer::json(500, &json!({})),
            openai_answer("third"),
        ],
    );
    assert_eq!(outcome.status, 200);
    for (index, key) in ["key-of-openai", "key-of-claude", "key-of-openai-2"]
        .iter()
        .enumerate()
    {
        let headers = format!("{:?}", outcome.attempts[index].values());
        assert!(headers.contains(key), "{index}: {headers}");
        assert_eq!(headers.matches("key-of-").count(), 1, "{index}: {headers}");
        assert!(!headers.contains(play::CLIENT_KEY));
        assert!(!headers.contains("smuggled"));
    }
}

#[test]
fn a_fault_of_the_clients_is_final_and_keeps_the_providers_words() {
    let mut play = Play::new(&["openai", "claude"]);
    let refused = openai_error(400, "invalid_value");
    let outcome = play.request(&chat("smart"), std::slice::from_ref(&refused));
    assert_eq!(outcome.status, 400);
    assert_eq!(outcome.body, refused.body);
}

#[test]
fn when_all_fail_the_last_failure_is_told() {
    let mut play = Play::new(&["openai", "claude"]);
    let mut overloaded = Answer::json(
        529,
        &json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
    );
    overloaded.headers.push(("retry-after".into(), "7".into()));
    let outcome = play.request(&chat("smart"), &[openai_error(500, "x"), overloaded]);
    assert_eq!(outcome.status, 529);
    assert_eq!(outcome.json()["error"]["message"], "Overloaded");
    assert_eq!(outcome.header("retry-after"), Some("7"));
    assert_eq!(outcome.header(handoff::ATTEMPT), None);
}

#[test]
fn a_header_for_one_provider_reaches_that_one_only_and_at_any_attempt() {
    let mut play = Play::new(&["openai", "claude"]);
    let said = "context-1m-2025-08-07, agent-memory-2026-07-22";
    play.extra_headers = vec![("anthropic-beta", said)];
    let answers = [openai_error(500, "x"), claude_answer("hi")];
    let outcome = play.request(&chat("smart"), &answers);
    assert_eq!(outcome.attempts[0].header("anthropic-beta"), None);
    let sent = outcome.attempts[1].header("anthropic-beta");
    assert_eq!(sent, Some("context-1m-2025-08-07"));
    let dropped = outcome.header("x-tidegate-dropped-params");
    assert_eq!(
        dropped,
        Some("anthropic-beta"),
        "what is not allowed is said"
    );
}

/// Two answers, which Anthropic's API has no way to give.
fn twice(model: &str) -> Vec<u8> {
    let mut body: Value = serde_json::from_slice(&chat(model)).unwrap();
    body["n"] = 2.into();
    body.to_string().into_bytes()
}

#[test]
fn what_one_provider_cannot_be_told_another_is() {
    for whatever in [Answer::json(404, &json!({})), Answer::json(200, &json!({}))] {
        let mut play = Play::new(&["claude", "openai"]);
        let answers = [whatever, openai_answer("from openai")];
        let outcome = play.request(&twice("smart"), &answers);
        assert_eq!(outcome.status, 200);
        assert_eq!(outcome.header("x-tidegate-provider"), Some("openai"));
        assert_eq!(outcome.header("x-tidegate-attempts"), Some("2"));
        let empty = &outcome.attempts[0];
        assert_eq!(empty.header(":method"), Some("HEAD"));
        assert!(empty.body.is_empty(), "the client's words stay here");
        let headers = format!("{:?}", empty.values());
        assert!(!headers.contains("key-of-"), "{headers}");
        assert_eq!(outcome.attempts[1].body, twice("model-of-openai"));
    }
}

#[test]
fn what_the_last_provider_cannot_be_told_is_refused_in_words() {
    let mut play = Play::new(&["openai", "claude"]);
    let outcome = play.request(&twice("smart"), &[openai_error(500, "x"), Answer::reset()]);
    assert_eq!(outcome.status, 400);
    assert_eq!(outcome.json()["error"]["param"], "n");
    assert_eq!(outcome.attempts.len(), 1, "nothing was sent to the second");
}

#[test]
fn a_mistake_of_the_clients_is_not_tried_elsewhere() {
    let mut body: Value = serde_json::from_slice(&chat("smart")).unwrap();
    body["tools"] = json!([]);
    body["tool_choice"] = json!("required");
    let mut play = Play::new(&["claude", "openai"]);
    let outcome = play.request(&body.to_string().into_bytes(), &[Answer::reset()]);
    assert_eq!(outcome.status, 400);
    assert!(outcome.attempts.is_empty());
}

#[test]
fn an_error_as_the_first_event_of_a_200_falls_back() {
    let mut play = Play::new(&["claude", "openai"]);
    let failed = Answer::events(
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n",
    );
    let stream = "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"hi\"},\"finish_reason\":null}]}\n\ndata: [DONE]\n\n";
    let outcome = play.request(&stream_request("smart"), &[failed, Answer::events(stream)]);
    assert_eq!(outcome.status, 200);
    assert_eq!(outcome.text(), stream);
}

#[test]
fn an_error_after_the_first_event_ends_the_stream_without_a_success_marker() {
    let mut play = Play::new(&["claude", "openai"]);
    let broken = concat!(
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}}\n\n",
        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"par\"}}\n\n",
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"boom\"}}\n\n",
    );
    let mut answer = Answer::events(broken);
    answer.chunk = 64;
    let outcome = play.request(&stream_request("smart"), &[answer]);
    assert_eq!(outcome.status, 200);
    assert!(outcome.text().contains("par"), "{}", outcome.text());
    assert!(outcome.text().contains("boom"), "{}", outcome.text());
    assert!(!outcome.text().contains("[DONE]"), "{}", outcome.text());
    assert_eq!(outcome.log()["outcome"], "truncated");
}

#[test]
fn a_stream_may_come_byte_by_byte() {
    let stream = "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"h\u{e9}\u{1F30A}\"},\"finish_reason\":null}]}\n\ndata: [DONE]\n\n";
    let mut answer = Answer::events(stream);
    answer.chunk = 1;
    let outcome = Play::new(&["openai"]).request(&stream_request("smart"), &[answer]);
    assert_eq!(outcome.text(), stream);
}

/// The lines of Ollama's own stream that says "hé", and the line that ends it well.
const LINES: [&str; 2] = [
    "{\"model\":\"m\",\"created_at\":\"2026-11-25T00:00:00Z\",\"message\":{\"role\":\"assistant\",\"content\":\"h\u{e9}\"},\"done\":false}\n",
    "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":3,\"eval_count\":2}\n",
];

#[test]
fn lines_of_json_become_the_clients_events_byte_by_byte() {
    let mut answer = Answer::lines(&LINES.concat());
    answer.chunk = 1;
    let outcome = Play::new(&["llama"]).request(&stream_request("smart"), &[answer]);
    assert_eq!(outcome.status, 200);
    let content_type = outcome.header("content-type").unwrap();
    assert!(content_type.starts_with("text/event-stream"));
    assert!(outcome.text().contains("\"content\":\"h\u{e9}\""));
    assert!(outcome.text().ends_with("data: [DONE]\n\n"));
    assert_eq!(outcome.log()["tokens"]["output"], 2);
    let sent: Value = serde_json::from_slice(&outcome.attempts[0].body).unwrap();
    assert_eq!(sent["stream"], true);
}

#[test]
fn a_line_with_an_error_falls_back_while_nothing_was_said_and_ends_the_stream_later() {
    let failed = "{\"error\":\"model runner has stopped\"}\n";
    let answers = [Answer::lines(failed), Answer::lines(&LINES.concat())];
    let outcome = Play::new(&["llama", "llama2"]).request(&stream_request("smart"), &answers);
    assert_eq!(outcome.header("x-tidegate-attempts"), Some("2"));
    assert!(outcome.text().ends_with("data: [DONE]\n\n"));

    let broken = Answer::lines(&[LINES[0], failed].concat());
    let outcome = Play::new(&["llama"]).request(&stream_request("smart"), &[broken]);
    assert!(outcome.text().contains("model runner has stopped"));
    assert!(!outcome.text().contains("[DONE]"));
}

#[test]
fn ids_that_come_again_become_those_of_their_requests() {
    let answer = json!({"id": "chatcmpl-7", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}});
    let answers = [Answer::json(200, &answer)];
    let whole = Play::new(&["ollama"]).request(&chat("smart"), &answers);
    let id = whole.json()["id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("chatcmpl-") && id.len() > 20, "{id}");
}

#[test]
fn an_answer_of_cohere_that_ran_out_of_time_is_left_for_the_next_target() {
    let late = json!({"id": "c", "finish_reason": "TIMEOUT",
        "message": {"role": "assistant", "content": [{"type": "text", "text": "Half an"}]}});
    let answers = [Answer::json(200, &late), claude_answer("whole")];
    let outcome = Play::new(&["cohere", "claude"]).request(&chat("smart"), &answers);
    let text = &outcome.json()["choices"][0]["message"]["content"];
    assert_eq!(text, "whole");
}

/// A stream that says "Hi there" and ends well.
fn streamed() -> String {
    let chunk = |delta: &str, finish: &str| {
        format!(
            r#"data: {{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{{"index":0,"delta":{delta},"finish_reason":{finish}}}]}}"#
        ) + "\n\n"
    };
    let usage = r#"data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}"#;
    chunk(r#"{"role":"assistant","content":"Hi"}"#, "null")
        + &chunk(r#"{"content":" there"}"#, r#""stop""#)
        + usage
        + "\n\ndata: [DONE]\n\n"
}

#[test]
fn a_model_that_only_streams_gives_a_whole_answer_to_those_who_want_one() {
    for chunk in [usize::MAX, 1] {
        let mut answer = Answer::events(&streamed());
        answer.chunk = chunk;
        let outcome = Play::new(&["qwen"]).request(&chat("smart"), &[answer]);
        assert_eq!(outcome.status, 200);
        assert_eq!(outcome.header("content-type"), Some("application/json"));
        let length = outcome.body.len().to_string();
        assert_eq!(outcome.header("content-length"), Some(length.as_str()));
        let json = outcome.json();
        assert_eq!(json["object"], "chat.completion");
        assert_eq!(json["choices"][0]["message"]["content"], "Hi there");
        assert_eq!(json["usage"]["total_tokens"], 5);
        assert_eq!(outcome.log()["tokens"]["output"], 2);
        let sent: Value = serde_json::from_slice(&outcome.attempts[0].body).unwrap();
        assert_eq!(sent["stream"], true);
        assert_eq!(sent["stream_options"]["include_usage"], true);
    }
}

#[test]
fn a_model_that_only_streams_still_streams_to_those_who_want_that() {
    let answer = Answer::events(&streamed());
    let outcome = Play::new(&["qwen"]).request(&stream_request("smart"), &[answer]);
    assert!(outcome.text().ends_with("data: [DONE]\n\n"));
}

#[test]
fn a_folded_stream_that_breaks_off_late_is_left_for_the_next_target() {
    let cut = streamed().replace("data: [DONE]\n\n", "");
    let cut = cut.split_inclusive("\n\n").next().unwrap();
    let answers = [Answer::events(cut), claude_answer("whole")];
    let outcome = Play::new(&["qwen", "claude"]).request(&chat("smart"), &answers);
    assert_eq!(outcome.status, 200);
    assert_eq!(outcome.json()["choices"][0]["message"]["content"], "whole");
    assert_eq!(outcome.header("x-tidegate-attempts"), Some("2"));
}

#[test]
fn a_folded_stream_has_the_bound_of_a_whole_answer() {
    let mut answer = Answer::events(&(": ping\n".repeat(200_000) + &streamed()));
    answer.chunk = 64 * 1024;
    let outcome = Play::new(&["qwen"]).request(&chat("smart"), &[answer]);
    assert_eq!(outcome.status, 502);
}

#[test]
fn a_stream_that_nobody_asked_for_is_folded() {
    let answer = Answer::events(&streamed());
    let outcome = Play::new(&["openai"]).request(&chat("smart"), &[answer]);
    assert_eq!(outcome.status, 200);
    assert_eq!(
        outcome.json()["choices"][0]["message"]["content"],
        "Hi there"
    );
}

#[test]
fn a_request_that_is_only_accepted_is_not_answered() {
    let accepted = Answer::json(202, &json!({"request_id": "r"}));
    let outcome = Play::new(&["openai"]).request(&chat("smart"), std::slice::from_ref(&accepted));
    assert_eq!(outcome.status, 502);
    let answers = [accepted, claude_answer("now")];
    let outcome = Play::new(&["openai", "claude"]).request(&chat("smart"), &answers);
    assert_eq!(outcome.status, 200);
}

#[test]
fn account_headers_of_the_provider_stay_here() {
    let mut answer = openai_answer("x");
    answer
        .headers
        .push(("openai-organization".into(), "acme".into()));
    answer
        .headers
        .push(("x-ratelimit-remaining-tokens".into(), "5".into()));
    answer
        .headers
        .push(("x-tidegate-model".into(), "forged".into()));
    answer
        .headers
        .push(("x-request-id".into(), "req-upstream".into()));
    let outcome = Play::new(&["openai"]).request(&chat("smart"), &[answer]);
    assert_eq!(outcome.header("openai-organization"), None);
    assert_eq!(outcome.header("x-ratelimit-remaining-tokens"), None);
    assert_eq!(outcome.header("x-tidegate-model"), Some("model-of-openai"));
    assert_eq!(outcome.header("x-request-id"), Some("req-upstream"));
}

#[test]
fn envoys_own_answer_is_put_into_the_clients_dialect() {
    let mut play = Play::new(&["openai"]);
    let outcome = play.request(&chat("smart"), &[Answer::reset()]);
    assert_eq!(outcome.status, 503);
    assert_eq!(outcome.json()["error"]["code"], "provider_unavailable");
    assert_eq!(outcome.log()["attempts"][0]["status"], "reset");
}

#[test]
fn the_log_tells_attempts_and_tokens_but_no_content() {
    let mut play = Play::new(&["openai", "claude"]);
    let outcome = play.request(
        &chat("smart"),
        &[openai_error(503, "x"), claude_answer("secret")],
    );
    let log = outcome.log();
    assert_eq!(log["key_id"], "dev");
    assert_eq!(log["model"], "smart");
    assert_eq!(log["attempts"][0]["status"], 503);
    assert_eq!(log["attempts"][1]["status"], 200);
    assert_eq!(log["tokens"], json!({"input": 3, "output": 2}));
    let line = log.to_string();
    assert!(!line.contains("secret") && !line.contains("hello there") && !line.contains("key-of"));
}

#[test]
fn requests_that_cannot_be_served_are_refused_before_any_provider() {
    let cases = [
        (r#"{"messages":[]}"#, 400, Value::Null),
        (r#"{"model":"smart","messages":["#, 400, Value::Null),
        (
            r#"{"model":"unknown","messages":[]}"#,
            404,
            json!("model_not_found"),
        ),
        (
            r#"{"model":"forbidden","messages":[]}"#,
            403,
            json!("model_not_allowed"),
        ),
    ];
    for (body, status, code) in cases {
        let outcome = Play::new(&["openai"]).request(body.as_bytes(), &[]);
        assert_eq!(outcome.status, status, "{body}");
        assert!(outcome.attempts.is_empty());
        assert_eq!(outcome.log()["outcome"], "refused", "{body}");
        if !code.is_null() {
            assert_eq!(outcome.json()["error"]["code"], code, "{body}");
        }
    }
}

#[test]
fn an_attempt_whose_vm_was_replaced_goes_by_the_plan_in_filter_state() {
    let mut play = Play::new(&["openai", "claude"]);
    play.forget_before_attempt = Some(2);
    let outcome = play.request(
        &chat("smart"),
        &[openai_error(500, "x"), claude_answer("still here")],
    );
    assert_eq!(outcome.status, 200);
    assert_eq!(
        outcome.json()["choices"][0]["message"]["content"],
        "still here"
    );
    assert_eq!(outcome.header("x-tidegate-attempts"), Some("2"));
}

#[test]
fn only_a_providers_stream_may_not_be_silent_for_long() {
    let stream = "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"hi\"},\"finish_reason\":null}]}\n\n";
    let mut play = Play::new(&["openai"]);
    play.silence = true;
    let cut = play.request(&stream_request("smart"), &[Answer::events(stream)]);
    assert_eq!(cut.patience, Some(Duration::from_millis(1500)));
    assert_eq!(cut.log()["error_code"], "provider_timeout");

    let mut play = Play::new(&["openai"]);
    let whole = play.request(&chat("smart"), &[openai_answer("hello")]);
    assert_eq!(whole.patience, None);
    let unreachable = play.request(&stream_request("smart"), &[Answer::reset()]);
    assert_eq!(unreachable.status, 503);
    let refused = play.request(&stream_request("forbidden"), &[]);
    assert_eq!(refused.patience, None);
}
