//! Embeddings of providers with an API of their own.
//!
//! - `embeddings/NAME.json`: a client's body. Golden `NAME.sent.json`.
//! - `embeddings/NAME.answer.json`: `{"headers": {…}, "body": …}`, what the provider answers. Golden
//!   `NAME.client.json`: the client's body, its vectors as numbers.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::{Value, json};
use tidegate::chat::Error;
use tidegate::dialects::openai_embeddings::{Encoding, encode, parse};
use tidegate::headers::Headers;
use tidegate::providers::{
    Embeddings, Options, Outgoing, Provider, Recall, TargetOptions, UnknownFields,
};

use crate::golden::{assert_golden, fixture};
use crate::requests::options;
use crate::transcript::error_line;
use crate::{names, natives};

/// All providers that have embeddings of their own, each of which must have fixtures.
fn providers() -> impl Iterator<Item = (&'static Provider, &'static dyn Embeddings)> {
    natives().filter_map(|(provider, native)| Some((provider, native.embeddings()?)))
}

#[test]
fn every_request_is_written_as_its_golden_file_says() {
    for (provider, embeddings) in providers() {
        let names = names(provider, "embeddings", ".json");
        let bodies = names.iter().filter(|name| !name.contains('.'));
        let mut seen = 0;
        for name in bodies {
            seen += 1;
            let path = format!("{}/embeddings/{name}", provider.kind);
            let sent = sent(
                embeddings,
                &fixture(&format!("{path}.json")),
                &options(provider),
            );
            assert_golden(&format!("{path}.sent.json"), &sent);
        }
        assert!(seen > 1, "{} has no requests for embeddings", provider.kind);
    }
}

fn sent(embeddings: &dyn Embeddings, body: &str, options: &Options) -> String {
    let seen = match outgoing(embeddings, body, options) {
        Ok(outgoing) => json!({
            "path": outgoing.path,
            "headers": outgoing.headers,
            "warnings": outgoing.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "body": serde_json::from_slice::<Value>(&outgoing.body).expect("a body is JSON"),
        }),
        Err(error) => json!({"refused": error_line(&error)}),
    };
    format!("{seen:#}\n")
}

fn outgoing(embeddings: &dyn Embeddings, body: &str, options: &Options) -> Result<Outgoing, Error> {
    let request = parse(body.as_bytes())?.request;
    let target = TargetOptions {
        model: &request.model,
        unknown_fields: UnknownFields::Pass,
        strict: false,
        default_max_tokens: None,
        options,
    };
    embeddings.request(&request, &target)
}

#[test]
fn every_answer_reaches_the_client_as_its_golden_file_says() {
    for (provider, embeddings) in providers() {
        let names = names(provider, "embeddings", ".answer.json");
        assert!(!names.is_empty(), "{} has no answers", provider.kind);
        for name in names {
            let path = format!("{}/embeddings/{name}", provider.kind);
            let answer: Value = serde_json::from_str(&fixture(&format!("{path}.answer.json")))
                .expect("an answer is JSON");
            let mut headers = Headers::default();
            for (name, value) in answer["headers"].as_object().into_iter().flatten() {
                headers.push(name, value.as_str().expect("a header is text"));
            }
            let body = answer["body"].to_string();
            let response = embeddings
                .response(&headers, body.as_bytes(), &Recall::default())
                .unwrap_or_else(|error| panic!("{path}: {error:?}"));
            let client = encode(&response, Encoding::Float, "asked-for");
            let client: Value = serde_json::from_slice(&client).expect("JSON");
            assert_golden(&format!("{path}.client.json"), &format!("{client:#}\n"));
        }
    }
}

#[test]
fn what_is_no_answer_is_an_error_of_the_upstream() {
    for (provider, embeddings) in providers() {
        for body in [
            "",
            "<html>",
            "[]",
            "{}",
            "7",
            "null",
            "{",
            r#"{"embeddings":7}"#,
        ] {
            let read =
                embeddings.response(&Headers::default(), body.as_bytes(), &Recall::default());
            let error = read.expect_err(&format!("{}: {body}", provider.kind));
            assert_eq!(error.status, 502, "{}: {body}", provider.kind);
        }
    }
}
