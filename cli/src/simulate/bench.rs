//! Canned answers for load tests: the model `bench`.
//!
//! When a gateway is measured, its provider must cost next to nothing. A request for
//! the model `bench`, `bench-N` or `bench-N-Pms` is neither parsed nor judged nor
//! written down: its answer of N tokens (200) is built once and sent again and
//! again, a stream's events one by one with P milliseconds between them (0).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hyper::HeaderMap;
use memchr::memmem;
use serde_json::{Value, json};

use super::answer::Tuning;
use super::delivery::Piece;
use super::serial::Serial;
use super::vendor::{Content, Inquiry, Models, Vendor};

const TOKENS: usize = 200;
/// Larger numbers in a model's name are not ours to build and keep.
const MOST_TOKENS: usize = 20_000;
/// Different answers that are kept; beyond it they are built anew.
const KEPT: usize = 64;
/// How much of a body's beginning and end is looked at.
const END: usize = 4096;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Spec {
    tokens: usize,
    pub(crate) pause_ms: u64,
    stream: bool,
    usage: bool,
}

#[derive(Debug)]
pub(crate) enum Canned {
    Whole(Bytes),
    Events(Vec<Bytes>),
}

/// Recognises a request for the model `bench` without parsing it.
pub(crate) fn spec(body: &[u8]) -> Option<Spec> {
    let name = value(body, b"\"model\"")?.strip_prefix(b"\"")?;
    let name = name.split(|&byte| byte == b'"').next()?;
    let (tokens, pause_ms) = numbers(std::str::from_utf8(name).ok()?)?;
    let flag = |key| value(body, key).is_some_and(|value| value.starts_with(b"true"));
    Some(Spec {
        tokens,
        pause_ms,
        stream: flag(b"\"stream\""),
        usage: flag(b"\"include_usage\""),
    })
}

/// Whether a model has such a name.
pub(crate) fn is_name(name: &str) -> bool {
    numbers(name).is_some()
}

/// What follows a key. It is looked for as bytes at both ends of the body: between them
/// is the prompt.
fn value<'a>(body: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let ends = [body.get(..END), body.get(body.len().saturating_sub(END)..)];
    let rest = ends.into_iter().flatten().find_map(|end| {
        let at = memmem::find(end, key)?;
        end.get(at + key.len()..)
    })?;
    let gap = rest.iter().take_while(|byte| b": \n\t".contains(byte));
    rest.get(gap.count()..)
}

/// `bench`, `bench-200`, `bench-200-5ms`.
fn numbers(name: &str) -> Option<(usize, u64)> {
    let name = name.strip_prefix("bench")?;
    if name.is_empty() {
        return Some((TOKENS, 0));
    }
    let name = name.strip_prefix('-')?;
    let (tokens, pause) = name.split_once('-').unwrap_or((name, "0ms"));
    let tokens = tokens
        .parse()
        .ok()
        .filter(|tokens| (1..=MOST_TOKENS).contains(tokens))?;
    Some((tokens, pause.strip_suffix("ms")?.parse().ok()?))
}

/// Answers that have been built.
#[derive(Debug, Default)]
pub(crate) struct Pantry(Mutex<HashMap<Spec, Arc<Canned>>>);

impl Pantry {
    pub(crate) fn answer(&self, vendor: &dyn Vendor, spec: Spec) -> Option<Arc<Canned>> {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(canned) = shelf.get(&spec) {
            return Some(Arc::clone(canned));
        }
        let canned = Arc::new(can(vendor, spec)?);
        if shelf.len() < KEPT {
            shelf.insert(spec, Arc::clone(&canned));
        }
        Some(canned)
    }
}

fn can(vendor: &dyn Vendor, spec: Spec) -> Option<Canned> {
    let mut request = json!({
        "model": "bench", "stream": spec.stream, "max_tokens": 100_000,
        "messages": [{"role": "user", "content": "Go."}],
    });
    if let (Value::Object(fields), true) = (&mut request, spec.usage) {
        let options = json!({"include_usage": true, "include_obfuscation": false});
        fields.insert("stream_options".to_owned(), options);
    }
    let mut headers = HeaderMap::new();
    headers.insert(
        "content-type",
        hyper::header::HeaderValue::from_static("application/json"),
    );
    headers.insert(
        "anthropic-version",
        hyper::header::HeaderValue::from_static("2023-06-01"),
    );
    let reply = vendor.answer(&Inquiry {
        headers: &headers,
        body: request.to_string().as_bytes(),
        tuning: &Tuning {
            tokens: Some(spec.tokens),
            ..Tuning::default()
        },
        serial: Serial(1),
        models: &Models::default(),
    });
    match reply.ok()?.content {
        Content::Whole(document) => Some(Canned::Whole(document)),
        Content::Events(events) => Some(Canned::Events(events)),
    }
}

/// The events of a canned stream as pieces to deliver.
pub(crate) fn pieces(events: &[Bytes], pause_ms: u64) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(events.len() * if pause_ms > 0 { 2 } else { 1 });
    for event in events {
        if pause_ms > 0 && !pieces.is_empty() {
            pieces.push(Piece::Pause(Duration::from_millis(pause_ms)));
        }
        pieces.push(Piece::Bytes {
            bytes: event.clone(),
            ends_event: true,
        });
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(body: &str) -> Option<(usize, u64, bool)> {
        spec(body.as_bytes()).map(|spec| (spec.tokens, spec.pause_ms, spec.stream))
    }

    #[test]
    fn the_models_name_says_how_long_and_how_slow() {
        assert_eq!(
            parsed(r#"{"model":"bench","messages":[]}"#),
            Some((200, 0, false))
        );
        assert_eq!(
            parsed(r#"{"stream": true, "model": "bench-50"}"#),
            Some((50, 0, true))
        );
        assert_eq!(
            parsed(r#"{"model":"bench-9-20ms","stream":true}"#),
            Some((9, 20, true))
        );
    }

    #[test]
    fn other_models_are_none_of_its_business() {
        for body in [
            "",
            r#"{"model":"benchmark"}"#,
            r#"{"model":"gpt"}"#,
            r#"{"model":"bench-x"}"#,
        ] {
            assert_eq!(parsed(body), None, "{body}");
        }
    }

    #[test]
    fn names_and_flags_are_found_on_either_side_of_a_long_prompt() {
        let long = "a".repeat(9_000);
        let body = format!(r#"{{"model":"bench","x":"{long}","stream":true}}"#);
        assert_eq!(parsed(&body), Some((200, 0, true)));
        let body = format!(r#"{{"stream":true,"x":"{long}","model":"bench"}}"#);
        assert_eq!(parsed(&body), Some((200, 0, true)));
    }
}
