//! Streams, whole answers and errors of the fixtures.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use tidegate::chat::ErrorKind;
use tidegate::providers::Recall;

use super::anthropic;
use super::{decode, decode_chunks};
use crate::decoded::Answer;
use crate::golden::{assert_golden, fixture, fixtures};
use crate::transcript::error_line;

#[test]
fn every_stream_is_reported_as_its_golden_file_says() {
    let names = fixtures("anthropic/streams", ".sse");
    assert!(names.len() > 30);
    for name in names {
        let seen = decode(&fixture(&format!("anthropic/streams/{name}.sse")));
        assert_golden(
            &format!("anthropic/streams/{name}.events"),
            &seen.transcript,
        );
        let failed = seen.answer().is_err();
        assert_eq!(
            failed,
            name.starts_with("failed"),
            "{name} ends as its name says"
        );
    }
}

#[test]
fn a_stream_of_single_bytes_is_read_the_same() {
    for name in fixtures("anthropic/streams", ".sse") {
        let body = fixture(&format!("anthropic/streams/{name}.sse"));
        let seen = decode_chunks(body.as_bytes().chunks(1)).transcript;
        assert_eq!(seen, decode(&body).transcript, "{name}");
    }
}

#[test]
fn a_streamed_answer_equals_the_whole_one() {
    let names = fixtures("anthropic/answers", ".json");
    assert!(names.len() > 15);
    for name in names {
        let streamed = decode(&fixture(&format!("anthropic/streams/{name}.sse"))).answer();
        let whole = anthropic().response(
            fixture(&format!("anthropic/answers/{name}.json")).as_bytes(),
            &Recall::default(),
        );
        assert_eq!(streamed.unwrap(), Answer::from(whole.unwrap()), "{name}");
    }
}

#[test]
fn every_error_answer_is_told_as_its_golden_file_says() {
    let mut seen = String::new();
    let names = fixtures("anthropic/errors", "");
    for name in names.iter().filter(|name| *name != "expected.txt") {
        let status = name
            .get(..3)
            .and_then(|digits| digits.parse().ok())
            .unwrap();
        let error = anthropic().error(
            status,
            fixture(&format!("anthropic/errors/{name}")).as_bytes(),
        );
        assert_eq!(error.status, status, "{name}");
        seen.push_str(&format!("{name}: {}\n", error_line(&error)));
    }
    assert_golden("anthropic/errors/expected.txt", &seen);
}

#[test]
fn an_answer_may_lack_what_it_can_be_read_without() {
    for body in [
        r#"{"type":"message"}"#,
        r#"{"content":[]}"#,
        r#"{"type":"message","content":null,"usage":null,"stop_reason":null,"id":null}"#,
        r#"{"type":"message","role":"assistant","content":[{"type":"text"}],"usage":{}}"#,
    ] {
        let response = anthropic()
            .response(body.as_bytes(), &Recall::default())
            .expect(body);
        assert_eq!(response.choices.len(), 1);
        assert_eq!(response.choices[0].text, None);
    }
}

#[test]
fn what_is_no_answer_is_an_error_of_the_upstream() {
    for (body, status) in [
        ("", 502),
        ("<html>", 502),
        ("[]", 502),
        ("{}", 502),
        (r#"{"type":"message","content":[7]}"#, 502),
        (
            r#"{"type":"message","content":[{"type":"tool_use","id":"a"}]}"#,
            502,
        ),
        (
            r#"{"type":"error","error":{"type":"overloaded_error","message":"busy"}}"#,
            529,
        ),
        (r#"{"type":"error","error":"busy"}"#, 502),
    ] {
        let error = anthropic()
            .response(body.as_bytes(), &Recall::default())
            .expect_err(body);
        assert_eq!(error.status, status, "{body}");
        assert_ne!(error.kind, ErrorKind::InvalidRequest);
    }
}

#[test]
fn the_tier_that_served_is_told_in_openais_words() {
    for (tier, expected) in [
        ("standard", Some("default")),
        ("priority", Some("priority")),
        ("batch", None),
    ] {
        let body = format!(r#"{{"type":"message","usage":{{"service_tier":"{tier}"}}}}"#);
        let response = anthropic()
            .response(body.as_bytes(), &Recall::default())
            .unwrap();
        assert_eq!(response.service_tier.as_deref(), expected);
    }
}
