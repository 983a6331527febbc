//! `tidegate simulate` as programs see it: its output, its sockets, every byte.

// Tells clippy that the helper functions are tests too, and may panic.
#![cfg(test)]
#![expect(
    clippy::disallowed_methods,
    reason = "how long an answer took is what is tested"
)]

mod client;
mod control;
mod failure;
mod pace;

use std::process::Stdio;

use client::{Simulator, command};
use serde_json::{Value, json};

fn chat(changes: &Value) -> Value {
    let mut request =
        json!({"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi 👋"}]});
    for (name, value) in changes.as_object().unwrap() {
        request[name] = value.clone();
    }
    request
}

fn streamed() -> Value {
    chat(&json!({"stream": true}))
}

fn message(stream: bool) -> Value {
    json!({"model": "claude-sonnet-4-5", "max_tokens": 100, "stream": stream,
           "messages": [{"role": "user", "content": "Hi 👋"}]})
}

#[test]
fn the_first_line_says_who_listens_where() {
    let simulator = Simulator::anthropic();
    let port = simulator
        .announcement
        .strip_prefix("simulating anthropic on http://127.0.0.1:");
    assert!(port.unwrap().parse::<u16>().unwrap() > 0);
    assert_eq!(simulator.terminate(), Some(0));
}

#[test]
fn a_completion_comes_with_the_vendors_headers() {
    let answer = Simulator::openai().ask(&[], &chat(&json!({})));
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("openai-version"), Some("2020-10-01"));
    assert!(answer.header("x-request-id").unwrap().starts_with("req_"));
    assert!(answer.header("x-ratelimit-remaining-tokens").is_some());
    assert_eq!(
        answer.json()["choices"][0]["message"]["content"],
        "You said: Hi 👋"
    );
}

#[test]
fn a_completion_is_found_under_any_prefix() {
    let simulator = Simulator::openai();
    let body = chat(&json!({})).to_string();
    for path in ["/chat/completions", "/openai/v1/chat/completions?x=1"] {
        assert_eq!(
            simulator.send("POST", path, &[], body.as_bytes()).status(),
            200
        );
    }
}

#[test]
fn a_stream_ends_with_its_marker() {
    let answer = Simulator::openai().ask(&[], &streamed());
    assert!(
        answer
            .header("content-type")
            .unwrap()
            .starts_with("text/event-stream")
    );
    assert!(answer.text().ends_with("\n\ndata: [DONE]\n\n"));
    assert!(answer.is_complete());
    assert_eq!(
        answer.chunks().len(),
        answer.text().matches("\n\n").count(),
        "one chunk an event"
    );
}

#[test]
fn a_message_comes_with_the_vendors_headers() {
    let simulator = Simulator::anthropic();
    let answer = simulator.ask(&[], &message(false));
    assert_eq!(answer.json()["content"][0]["text"], "You said: Hi 👋");
    assert!(answer.header("request-id").unwrap().starts_with("req_"));
    assert!(
        answer
            .header("anthropic-ratelimit-tokens-reset")
            .unwrap()
            .ends_with('Z')
    );
    assert!(
        simulator
            .ask(&[], &message(true))
            .text()
            .starts_with("event: message_start\ndata: {")
    );
}

#[test]
fn errors_have_the_vendors_shape() {
    let answer = Simulator::openai().ask(&[], &chat(&json!({"top_k": 1})));
    assert_eq!(answer.status(), 400);
    assert_eq!(
        answer.json(),
        json!({"error": {"message": "Unrecognized request argument supplied: top_k",
                         "type": "invalid_request_error", "param": null, "code": null}})
    );
    let simulator = Simulator::anthropic();
    let mut request = message(false);
    request["seed"] = json!(1);
    let answer = simulator.ask(&[], &request);
    let error = answer.json();
    assert_eq!(error["type"], "error");
    assert_eq!(error["error"]["type"], "invalid_request_error");
    assert_eq!(
        error["error"]["message"],
        "seed: Extra inputs are not permitted"
    );
    assert_eq!(error["request_id"].as_str(), answer.header("request-id"));
}

#[test]
fn bodies_that_are_no_json_are_refused() {
    let simulator = Simulator::openai();
    let answer = simulator.send("POST", "/v1/chat/completions", &[], b"{\"model\": ");
    assert_eq!(answer.status(), 400);
    assert!(answer.text().contains("could not parse the JSON body"));
    let nested = "[".repeat(100_000);
    assert_eq!(
        simulator
            .send("POST", "/v1/chat/completions", &[], nested.as_bytes())
            .status(),
        400
    );
}

#[test]
fn other_paths_and_methods_are_refused() {
    let openai = Simulator::openai();
    assert_eq!(
        openai
            .send("GET", "/v1/chat/completions", &[], b"")
            .status(),
        405
    );
    assert_eq!(openai.send("POST", "/v1/nowhere", &[], b"").status(), 404);
    let anthropic = Simulator::anthropic();
    let answer = anthropic.send("POST", "/v1/chat/completions", &[], b"");
    assert_eq!(answer.json()["error"]["type"], "not_found_error");
}

#[test]
fn models_are_listed_and_more_can_be_known() {
    let simulator = Simulator::start(&["--model", "llama"]);
    let list = simulator.send("GET", "/v1/models", &[], b"").json();
    let names: Vec<&str> = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|model| model["id"].as_str())
        .collect();
    assert!(names.contains(&"gpt-4o") && names.contains(&"llama"));
    assert_eq!(
        simulator.send("GET", "/v1/models/llama", &[], b"").status(),
        200
    );
    assert_eq!(
        simulator
            .send("GET", "/v1/models/alpaca", &[], b"")
            .status(),
        404
    );
    assert_eq!(
        simulator
            .ask(&[], &chat(&json!({"model": "llama", "max_tokens": 9})))
            .status(),
        200
    );
    assert_eq!(
        simulator
            .ask(&[], &chat(&json!({"model": "alpaca"})))
            .status(),
        404
    );
    let anything = Simulator::start(&["--model", "*"]);
    assert_eq!(
        anything
            .ask(&[], &chat(&json!({"model": "alpaca"})))
            .status(),
        200
    );
}

#[test]
fn only_the_right_key_is_let_in() {
    let openai = Simulator::start(&["--api-key", "sk-right"]);
    assert_eq!(
        openai
            .ask(&["authorization: Bearer sk-right"], &chat(&json!({})))
            .status(),
        200
    );
    let wrong = openai.ask(
        &["authorization: Bearer sk-wrong-0123456789"],
        &chat(&json!({})),
    );
    assert_eq!(wrong.status(), 401);
    assert_eq!(wrong.json()["error"]["code"], "invalid_api_key");
    assert!(
        !wrong.text().contains("sk-wrong-0123456789"),
        "keys are masked"
    );
    assert_eq!(openai.ask(&[], &chat(&json!({}))).status(), 401);

    let anthropic = Simulator::start(&["--dialect", "anthropic", "--api-key", "sk-right"]);
    for header in ["x-api-key: sk-right", "authorization: Bearer sk-right"] {
        assert_eq!(anthropic.ask(&[header], &message(false)).status(), 200);
    }
    for headers in [
        &["x-api-key: sk-wrong"][..],
        &["authorization: Bearer sk-wrong"],
        &[],
    ] {
        let answer = anthropic.ask(headers, &message(false));
        assert_eq!(answer.status(), 401);
        assert_eq!(answer.json()["error"]["type"], "authentication_error");
    }
}

#[test]
fn a_long_prompt_is_read() {
    let prompt = "a tide ".repeat(1 << 18);
    let messages = json!([{"role": "user", "content": prompt}]);
    let answer =
        Simulator::openai().ask(&[], &chat(&json!({"messages": messages, "max_tokens": 3})));
    assert_eq!(answer.json()["usage"]["prompt_tokens"], 5 * (1 << 18) / 4);
}

#[test]
fn load_tests_get_canned_answers_that_nobody_writes_down() {
    let simulator = Simulator::openai();
    let answer = simulator.ask(&[], &chat(&json!({"model": "bench"})));
    assert_eq!(answer.json()["usage"]["completion_tokens"], 200);
    let answer = simulator.ask(&[], &chat(&json!({"model": "bench-50", "stream": true})));
    // A role, 50 tokens, a finish reason, the end.
    assert_eq!(answer.chunks().len(), 53);
    let options = json!({"include_usage": true});
    let request = chat(&json!({"model": "bench-50", "stream": true, "stream_options": options}));
    assert_eq!(
        simulator.ask(&[], &request).chunks().len(),
        54,
        "and the usage"
    );
    assert_eq!(simulator.control("requests"), json!([]));
    assert_eq!(simulator.control("stats")["total"], 3);
    let scripted = simulator.ask(
        &["x-simulate-status: 503"],
        &chat(&json!({"model": "bench"})),
    );
    assert_eq!(scripted.status(), 503);

    let mut request = message(true);
    request["model"] = json!("bench-50");
    let answer = Simulator::anthropic().ask(&[], &request);
    // Two starts, a ping, 50 tokens, three ends.
    assert_eq!(answer.chunks().len(), 56);
}

#[test]
fn a_script_that_is_wrong_stops_the_program() {
    let path = std::env::temp_dir().join(format!("tidegate-script-{}.yaml", std::process::id()));
    std::fs::write(&path, "- delay: 5\n").unwrap();
    let output = command(&["--script", path.to_str().unwrap()])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("steps[0]: unknown field `delay`")
    );
}
