//! What is sent.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::{Value, json};
use tidegate::chat::Error;
use tidegate::dialects::openai_chat::parse;
use tidegate::providers::{Native, Options, Outgoing, Provider, TargetOptions, UnknownFields};

use crate::golden::{assert_golden, fixture};
use crate::transcript::error_line;
use crate::{files, names, natives};

#[test]
fn every_request_is_written_as_its_golden_file_says() {
    for (provider, native) in natives() {
        let options = options(provider);
        for name in names(provider, "requests", ".json") {
            if name.ends_with(".sent") {
                continue;
            }
            let path = format!("{}/requests/{name}", provider.kind);
            let body = fixture(&format!("{path}.json"));
            let sent = sent(native, &body, &options, name.ends_with(".strict"));
            assert_golden(&format!("{path}.sent.json"), &sent);
        }
    }
}

/// The provider's options: those of its fixtures.
pub(crate) fn options(provider: &Provider) -> Options {
    let path = format!("{}/options.json", provider.kind);
    if !files::exists(&format!("tests/fixtures/{path}")) {
        return Options::default();
    }
    serde_json::from_str(&fixture(&path)).expect("options are names and texts")
}

fn sent(native: &dyn Native, body: &str, options: &Options, strict: bool) -> String {
    let seen = match outgoing(native, body, options, strict) {
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

/// The body that a provider is sent for a client's.
pub(crate) fn sent_body(native: &dyn Native, client: &Value) -> Value {
    let outgoing = outgoing(native, &client.to_string(), &Options::default(), false);
    serde_json::from_slice(&outgoing.expect("the request is taken").body).expect("JSON")
}

/// The model is the one that the body names.
fn outgoing(
    native: &dyn Native,
    body: &str,
    options: &Options,
    strict: bool,
) -> Result<Outgoing, Error> {
    let request = parse(body.as_bytes())?;
    let target = TargetOptions {
        model: &request.model,
        unknown_fields: UnknownFields::Pass,
        strict,
        default_max_tokens: None,
        options,
    };
    native.request(&request, &target)
}
