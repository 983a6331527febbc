//! What is sent: the client's bytes, but for what must differ.
//!
//! A fixture is a client's body, `requests/KIND-NAME.json`; the model is the one that it names. Its
//! golden file has what the client is told, and the body that the provider gets, as it gets it.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::Value;
use tidegate::dialects::openai_chat::scan;
use tidegate::providers::openai_compatible::{Edit, prepare};
use tidegate::providers::{Options, TargetOptions, UnknownFields};

use crate::golden::{assert_golden, fixture, fixtures, kind};
use crate::preset;

#[test]
fn every_request_is_written_as_its_golden_file_says() {
    let names = fixtures("requests", ".json");
    assert!(names.len() > 60);
    for name in names {
        let body = fixture(&format!("requests/{name}.json"));
        let strict = name.ends_with(".strict");
        assert_golden(
            &format!("requests/{name}.sent"),
            &sent(kind(&name), &body, strict),
        );
    }
}

fn sent(kind: &str, body: &[u8], strict: bool) -> String {
    let scan = scan(body).expect("a fixture is a request");
    let target = TargetOptions {
        model: &scan.model,
        unknown_fields: UnknownFields::Pass,
        strict,
        default_max_tokens: None,
        options: Options::NONE,
    };
    let prepared = match prepare(preset(kind), body, &scan, &target) {
        Ok(prepared) => prepared,
        Err(error) => {
            let (code, param) = (error.code.unwrap(), error.param.unwrap());
            return format!(
                "refused: {} {code} at {param}: {}\n",
                error.status, error.message
            );
        }
    };
    let mut seen = String::new();
    for warning in &prepared.warnings {
        seen.push_str(&format!("told: {warning}\n"));
    }
    match prepared.edit {
        Edit::Unchanged => seen.push_str("unchanged\n"),
        Edit::Prefix { replaced, bytes } => seen.push_str(&json([&bytes, &body[replaced..]])),
        Edit::Whole(bytes) => seen.push_str(&json([&bytes, &[]])),
    }
    seen
}

fn json(parts: [&[u8]; 2]) -> String {
    let body = parts.concat();
    serde_json::from_slice::<Value>(&body).expect("a request stays JSON");
    String::from_utf8(body).expect("and UTF-8")
}
