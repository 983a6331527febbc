//! What is read of whole answers and errors.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::Value;
use tidegate::dialects::openai_chat::{AnswerContext, encode};
use tidegate::providers::Recall;

use crate::decoded::{Answer, decode};
use crate::golden::{assert_golden, fixture};
use crate::streams::{fixture_of, streams};
use crate::transcript::error_line;
use crate::{names, natives};

/// What the client is told where the upstream says nothing.
fn context() -> AnswerContext {
    AnswerContext {
        id: "chatcmpl-test".to_owned(),
        created: 1_795_255_200,
        model: "asked-for".to_owned(),
        include_usage: true,
        bill: None,
        legacy_functions: false,
        custom_tools: ["run_sql".to_owned()].into(),
    }
}

#[test]
fn every_answer_reaches_the_client_as_its_golden_file_says() {
    for (provider, native) in natives() {
        for name in names(provider, "answers", ".json") {
            if name.ends_with(".client") {
                continue;
            }
            let path = format!("{}/answers/{name}", provider.kind);
            let body = fixture(&format!("{path}.json"));
            let seen = match native.response(body.as_bytes(), &Recall::default()) {
                Ok(response) => {
                    let client = encode(&response, &context());
                    let client: Value = serde_json::from_slice(&client).expect("JSON");
                    format!("{client:#}\n")
                }
                Err(error) => format!("{}\n", error_line(&error)),
            };
            assert_golden(&format!("{path}.client.json"), &seen);
        }
    }
}

#[test]
fn a_streamed_answer_equals_the_whole_one() {
    for (provider, native) in natives() {
        let streams = streams(provider);
        for name in names(provider, "answers", ".json") {
            let Some(stream) = streams.iter().find(|stream| stream.name == name) else {
                continue;
            };
            let streamed = decode(native, [stream.bytes.as_slice()]).answer();
            let body = fixture_of(provider, "answers", &format!("{name}.json"));
            let whole = native.response(&body, &Recall::default());
            let mut streamed = streamed.expect(&name);
            let whole = Answer::from(whole.expect(&name));
            if streamed.id.is_none() || whole.id.is_none() {
                streamed.id.clone_from(&whole.id);
            }
            if streamed.model.is_none() || whole.model.is_none() {
                streamed.model.clone_from(&whole.model);
            }
            if whole.service_tier.is_none() {
                streamed.service_tier = None;
            }
            assert_eq!(streamed, whole, "{}: {name}", provider.kind);
        }
    }
}

#[test]
fn every_error_is_told_as_its_golden_file_says() {
    for (provider, native) in natives() {
        let names = names(provider, "errors", "");
        let mut seen = String::new();
        for name in names.iter().filter(|name| *name != "expected.txt") {
            let status = name.get(..3).and_then(|digits| digits.parse().ok());
            let status = status.expect("an error's file begins with its status");
            let body = fixture_of(provider, "errors", name);
            let error = native.error(status, &body);
            seen.push_str(&format!("{name}: {}\n", error_line(&error)));
        }
        if !seen.is_empty() {
            assert_golden(&format!("{}/errors/expected.txt", provider.kind), &seen);
        }
    }
}

#[test]
fn what_is_no_answer_is_an_error_of_the_upstream() {
    for (provider, native) in natives() {
        for body in ["", "<html>", "[]", "7", "null", "{", "\u{feff}{}"] {
            let read = native.response(body.as_bytes(), &Recall::default());
            let error = read
                .err()
                .unwrap_or_else(|| panic!("{}: {body}", provider.kind));
            assert!(error.status >= 500, "{}: {body}: {error:?}", provider.kind);
        }
        for status in [400, 401, 404, 429, 500, 503] {
            for body in ["", "<html>", "[]", "7", "null", "{", "{\"error\":7}"] {
                let error = native.error(status, body.as_bytes());
                assert!(!error.message.is_empty(), "{}: {body}", provider.kind);
                assert!((400..600).contains(&error.status));
            }
        }
    }
}
