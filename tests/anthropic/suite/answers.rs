//! Whole answers beside those of the fixtures, which `tests/native` reads.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use tidegate::chat::ErrorKind;
use tidegate::providers::Recall;

use super::anthropic;

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
