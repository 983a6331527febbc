//! The judges and the answers, asked directly; `cli/tests/simulate.rs` asks over TCP.

mod agreement;
mod judge_anthropic;
mod judge_openai;
mod recorded;

use hyper::HeaderMap;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use serde_json::{Value, json};

use super::answer::Tuning;
use super::serial::Serial;
use super::vendor::{Content, Dialect, Inquiry, Models, Refusal};

/// A transparent PNG of one pixel.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// What a vendor says to a request: a document, or the events of a stream.
fn ask(dialect: Dialect, request: &Value) -> Result<Content, Refusal> {
    ask_version(dialect, request, "2023-06-01")
}

fn ask_version(
    dialect: Dialect,
    request: &Value,
    version: &'static str,
) -> Result<Content, Refusal> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("anthropic-version", HeaderValue::from_static(version));
    let body = request.to_string();
    let inquiry = Inquiry {
        headers: &headers,
        body: body.as_bytes(),
        tuning: &Tuning::default(),
        serial: Serial(1),
        models: &Models::default(),
    };
    dialect.vendor().answer(&inquiry).map(|reply| reply.content)
}

/// The document that a good request gets.
fn document(dialect: Dialect, request: &Value) -> Value {
    match ask(dialect, request) {
        Ok(Content::Whole(bytes)) => serde_json::from_slice(&bytes).unwrap(),
        other => panic!("no document: {other:?}"),
    }
}

/// The events that a good request gets when it asks for a stream: name and data.
fn events(dialect: Dialect, request: &Value) -> Vec<(String, Value)> {
    let request = with(request, json!({"stream": true}));
    let Ok(Content::Events(events)) = ask(dialect, &request) else {
        panic!("no stream for {request}");
    };
    let events = events.iter().map(|event| {
        let text = std::str::from_utf8(event).unwrap();
        let text = text
            .strip_suffix("\n\n")
            .expect("a blank line ends an event");
        let (name, data) = match text.split_once('\n') {
            Some((name, data)) => (name.strip_prefix("event: ").unwrap(), data),
            None => ("", text),
        };
        let data = data.strip_prefix("data: ").unwrap();
        let data = match data {
            "[DONE]" => json!("[DONE]"),
            data => serde_json::from_str(data).unwrap(),
        };
        (name.to_owned(), data)
    });
    events.collect()
}

/// The same request with some fields replaced; `null` removes a field.
fn with(request: &Value, changes: Value) -> Value {
    let mut request = request.as_object().unwrap().clone();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => request.remove(name),
            value => request.insert(name.clone(), value.clone()),
        };
    }
    Value::Object(request)
}
