//! Amazon's event stream from text that a person can review: one message a line.
//!
//! - `{"contentBlockDelta": {…}}`: an event of that type, with that payload.
//! - `{"throttlingException": {…}}`: an exception.
//! - `{":error": ["Code", "words"]}`: an error that the service has no exception for.
//!
//! Empty lines are passed over.

use serde_json::Value;

/// The stream's bytes.
pub(crate) fn encode(lines: &str) -> Vec<u8> {
    let lines = lines.lines().filter(|line| !line.trim().is_empty());
    lines.flat_map(|line| message(&object(line))).collect()
}

/// The one field of the line's object.
fn object(line: &str) -> (String, Value) {
    let Ok(Value::Object(fields)) = serde_json::from_str(line) else {
        panic!("a line is an object: {line}")
    };
    assert_eq!(fields.len(), 1, "with one field: {line}");
    fields.into_iter().next().expect("one field")
}

fn message((name, value): &(String, Value)) -> Vec<u8> {
    let json = text(":content-type", "application/json");
    match name.as_str() {
        ":error" => {
            let said = |at: usize| value[at].as_str().expect("two texts");
            let headers = [
                text(":error-code", said(0)),
                text(":error-message", said(1)),
                text(":message-type", "error"),
            ];
            framed(&headers.concat(), b"")
        }
        exception if exception.ends_with("Exception") => {
            let kind = text(":exception-type", exception);
            let headers = [kind, json, text(":message-type", "exception")];
            framed(&headers.concat(), value.to_string().as_bytes())
        }
        event => {
            let headers = [
                text(":event-type", event),
                json,
                text(":message-type", "event"),
            ];
            framed(&headers.concat(), value.to_string().as_bytes())
        }
    }
}

fn text(name: &str, value: &str) -> Vec<u8> {
    let mut header = vec![u8::try_from(name.len()).expect("a short name")];
    header.extend(name.bytes());
    header.push(7);
    header.extend(
        u16::try_from(value.len())
            .expect("a short value")
            .to_be_bytes(),
    );
    header.extend(value.bytes());
    header
}

fn framed(headers: &[u8], payload: &[u8]) -> Vec<u8> {
    let length = |bytes: usize| u32::try_from(bytes).expect("a small message").to_be_bytes();
    let mut bytes = length(16 + headers.len() + payload.len()).to_vec();
    bytes.extend(length(headers.len()));
    bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
    bytes.extend(headers);
    bytes.extend(payload);
    bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
    bytes
}
