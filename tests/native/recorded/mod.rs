//! Real traffic, recorded by other projects' tests.
//!
//! It lies beside the repository, or where `TIDEGATE_RECORDED` says; the tests skip without it.
//! Cassettes (`.yaml`) hold requests and answers, `.chunks.txt` the events of a stream, one a line.

mod bedrock;
mod cohere;
mod gemini;
mod openai_responses;

use std::path::PathBuf;

use serde_json::Value;
use tidegate::providers::{Native, find};

/// The provider of this kind.
fn native(kind: &str) -> &'static dyn Native {
    let provider = find(kind).expect("a registered kind");
    let own = provider.native();
    own.unwrap_or_else(|| panic!("{kind} has no wire format of its own"))
}

fn folder(kind: &str) -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/recorded");
    let folder = std::env::var_os("TIDEGATE_RECORDED").map_or(beside, PathBuf::from);
    Some(folder.join(kind)).filter(|folder| folder.is_dir())
}

/// The bytes of the file of this kind whose name begins like this; `None` where nothing is recorded.
fn file(kind: &str, name: &str) -> Option<Vec<u8>> {
    let mut entries = std::fs::read_dir(folder(kind)?).unwrap();
    let path = entries.find_map(|entry| {
        let path = entry.unwrap().path();
        let file = path.file_name()?.to_str()?;
        file.starts_with(name).then(|| path.clone())
    });
    let path = path.unwrap_or_else(|| panic!("no recorded file {name} of {kind}"));
    Some(std::fs::read(path).unwrap())
}

/// The same as text.
fn text(kind: &str, name: &str) -> Option<String> {
    Some(String::from_utf8(file(kind, name)?).expect("text"))
}

/// The exchanges of a cassette: `request` and `response` of each.
fn exchanges(kind: &str, name: &str) -> Option<Vec<Value>> {
    // Binary streams stay what they are in the file: base64.
    let options = serde_saphyr::options! { ignore_binary_tag_for_string: true };
    let cassette = serde_saphyr::from_str_with_options(&text(kind, name)?, options);
    let cassette: Value = cassette.expect("a cassette is YAML");
    Some(
        cassette["interactions"]
            .as_array()
            .expect("interactions")
            .clone(),
    )
}

/// Events, one a line, as server-sent events.
fn sent_events(events: &str) -> Vec<u8> {
    let events = events.lines().map(|event| format!("data: {event}\n\n"));
    events.collect::<String>().into_bytes()
}
