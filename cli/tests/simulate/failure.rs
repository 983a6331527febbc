//! All the ways not to answer.

use std::io::Read as _;
use std::time::Duration;

use serde_json::json;

use crate::client::{End, Simulator, read};
use crate::{chat, message, streamed};

#[test]
fn a_connection_is_cut_before_a_byte_is_sent() {
    let simulator = Simulator::openai();
    let reset = simulator.ask(&["x-simulate-cut: before_headers"], &chat(&json!({})));
    assert_eq!((reset.bytes.len(), reset.end), (0, End::Reset));
    let closed = simulator.ask(
        &["x-simulate-cut: before_headers", "x-simulate-cut-with: fin"],
        &chat(&json!({})),
    );
    assert_eq!((closed.bytes.len(), closed.end), (0, End::Closed));
    let entry = simulator.last_request();
    assert_eq!(
        (&entry["cut"], &entry["disconnected"]),
        (&json!(true), &json!(false))
    );
}

#[test]
fn a_connection_is_cut_after_the_headers() {
    let answer = Simulator::openai().ask(&["x-simulate-cut: after_headers"], &streamed());
    assert_eq!((answer.status(), answer.end), (200, End::Reset));
    assert_eq!(answer.body(), b"");
}

#[test]
fn a_connection_is_cut_after_some_events() {
    let simulator = Simulator::openai();
    let cut = "x-simulate-cut: {\"after_events\": 2}";
    let answer = simulator.ask(&[cut], &streamed());
    assert_eq!((answer.chunks().len(), answer.end), (2, End::Reset));
    let answer = simulator.ask(&[cut, "x-simulate-cut-with: fin"], &streamed());
    assert_eq!((answer.chunks().len(), answer.end), (2, End::Closed));
    assert!(!answer.is_complete());
    assert_eq!(simulator.last_request()["events_sent"], 2);
}

#[test]
fn a_document_is_cut_in_its_middle() {
    let answer = Simulator::openai().ask(
        &["x-simulate-cut: {\"after_events\": 1}"],
        &chat(&json!({})),
    );
    let length: usize = answer.header("content-length").unwrap().parse().unwrap();
    assert_eq!(answer.body().len(), length / 2);
    assert_eq!(answer.end, End::Reset);
}

#[test]
fn a_stream_ends_politely_without_its_marker() {
    let answer = Simulator::openai().ask(&["x-simulate-end-after: 3"], &streamed());
    assert_eq!(answer.chunks().len(), 3);
    assert!(answer.is_complete());
    assert!(!answer.text().contains("[DONE]"));
}

#[test]
fn a_200_fails_in_its_first_event() {
    let answer = Simulator::anthropic().ask(&["x-simulate-error-first: true"], &message(true));
    assert_eq!(answer.status(), 200);
    let text = answer.text();
    let data = text.strip_prefix("event: error\ndata: ").unwrap();
    let error: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!(
        error["error"],
        json!({"type": "overloaded_error", "message": "Overloaded"})
    );
}

#[test]
fn a_stream_fails_in_its_middle() {
    let headers = [
        "x-simulate-error-after: 2",
        "x-simulate-error: {\"message\": \"Low tide.\"}",
    ];
    let answer = Simulator::openai().ask(&headers, &streamed());
    let chunks = answer.chunks();
    assert_eq!(chunks.len(), 3);
    assert!(String::from_utf8_lossy(&chunks[2]).contains("{\"error\":{\"message\":\"Low tide.\""));
    assert!(!answer.text().contains("[DONE]"));
}

#[test]
fn what_is_no_stream_fails_with_a_status() {
    let answer = Simulator::anthropic().ask(&["x-simulate-error-first: true"], &message(false));
    assert_eq!(answer.status(), 529);
    assert_eq!(answer.json()["error"]["type"], "overloaded_error");
}

#[test]
fn an_error_without_a_place_is_a_status_even_for_a_stream() {
    let error = "x-simulate-error: {\"message\": \"Low tide.\", \"code\": \"ebb\"}";
    let answer = Simulator::openai().ask(&[error], &streamed());
    assert_eq!(answer.status(), 500);
    let error = answer.json()["error"].clone();
    assert_eq!(
        (&error["message"], &error["code"]),
        (&json!("Low tide."), &json!("ebb"))
    );
}

#[test]
fn a_status_brings_its_usual_error_and_headers() {
    let script = r#"[
        {"status": 429, "headers": {"retry-after": 7, "openai-version": "1999-12-31"}},
        {"status": 503, "error": {"message": "Ebb."}},
        {"status": 400, "body": {"detail": "odd"}},
        {"status": 502, "body": "<html>", "content_type": "text/html"}]"#;
    let simulator = Simulator::with_script(script);
    let answer = simulator.ask(&[], &streamed());
    assert_eq!(
        (answer.status(), answer.header("retry-after")),
        (429, Some("7"))
    );
    assert_eq!(answer.header("openai-version"), Some("1999-12-31"));
    assert_eq!(answer.json()["error"]["code"], "rate_limit_exceeded");
    let answer = simulator.ask(&[], &chat(&json!({})));
    assert_eq!(answer.json()["error"]["message"], "Ebb.");
    assert_eq!(
        simulator.ask(&[], &chat(&json!({}))).json(),
        json!({"detail": "odd"})
    );
    let answer = simulator.ask(&[], &chat(&json!({})));
    assert_eq!(
        (answer.header("content-type"), answer.text()),
        (Some("text/html"), "<html>".to_owned())
    );
    assert_eq!(
        simulator.ask(&[], &chat(&json!({}))).status(),
        200,
        "the script is used up"
    );
}

#[test]
fn requests_are_judged_even_if_they_are_to_fail() {
    let simulator = Simulator::with_script(r#"[{"status": 529, "repeat": true}]"#);
    assert_eq!(
        simulator.ask(&[], &chat(&json!({"top_k": 1}))).status(),
        400
    );
    let unjudged = ["x-simulate-status: 503", "x-simulate-validate: false"];
    assert_eq!(
        simulator
            .ask(&unjudged, &chat(&json!({"top_k": 1})))
            .status(),
        503
    );
}

#[test]
fn a_client_that_leaves_is_noticed_at_every_stage() {
    let simulator = Simulator::openai();
    for (stage, events) in [("headers", 0), ("first_token", 0), ("mid_stream", 3)] {
        let mut connection = simulator.begin(&[&format!("x-simulate-hang: {stage}")], &streamed());
        connection
            .set_read_timeout(Some(Duration::from_millis(300)))
            .unwrap();
        let answer = read(&mut connection);
        assert_eq!(
            (answer.end, answer.bytes.is_empty()),
            (End::Open, stage == "headers"),
            "{stage}"
        );
        assert_eq!(simulator.control("stats")["in_flight"], 1);
        drop(connection);
        let entry = simulator.last_request();
        assert_eq!(entry["disconnected"], true, "{stage}: {entry}");
        assert!(
            entry["events_sent"].as_u64() >= Some(events),
            "{stage}: {entry}"
        );
    }
    let stats = simulator.control("stats");
    assert_eq!(
        (&stats["in_flight"], &stats["disconnects"]),
        (&json!(0), &json!(3))
    );
}

#[test]
fn a_client_that_waits_before_it_leaves_is_noticed_too() {
    let simulator = Simulator::openai();
    let pace = "x-simulate-pause-between-events-ms: 10000";
    let mut connection = simulator.begin(&[pace], &streamed());
    let mut some = [0; 64];
    assert!(connection.read(&mut some).unwrap() > 0);
    drop(connection);
    let entry = simulator.last_request();
    assert_eq!(entry["disconnected"], true);
    assert_eq!(entry["events_sent"], 1);
}
