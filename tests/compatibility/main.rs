//! What every provider can do, found out by asking: `docs/compatibility.md`.
//!
//! Each provider is asked for each feature through both roles, and its cell is what came of it. A
//! feature that goes neither upstream nor into `x-tidegate-dropped-params` is lost silently, which
//! fails. `make docs` writes the page anew; where it is not what the code does, a test fails.

// Tells clippy that the helper functions are tests too, and may panic.
#![cfg(test)]

mod answers;
mod cell;
#[path = "../native/event_stream.rs"]
mod event_stream;
mod exchange;
#[path = "../files/mod.rs"]
mod files;
mod page;
mod probes;

use tidegate::providers::{Provider, REGISTRY, openai_compatible};

const PAGE: &str = "docs/compatibility.md";
const KINDS: &str = "tests/fixtures/kinds.txt";

/// All kinds, in the order of the registry.
fn kinds() -> impl Iterator<Item = &'static Provider> {
    REGISTRY.iter().chain(openai_compatible::PROVIDERS)
}

/// The model that is asked for: one that can reason, where the kind has profiles of models.
fn model(kind: &str) -> &'static str {
    match kind {
        "anthropic" => "claude-sonnet-4-6",
        "bedrock" => "anthropic.claude-sonnet-4-6",
        "gemini" | "vertex" => "gemini-3.5-flash",
        "openai_responses" => "gpt-5.4",
        _ => "some-model",
    }
}

#[test]
fn the_page_says_what_the_code_does() {
    assert_written(PAGE, &page::write());
}

/// The end-to-end tests ask all of these.
#[test]
fn the_list_of_kinds_is_complete() {
    let kinds: String = kinds().map(|p| format!("{}\n", p.kind)).collect();
    assert_written(KINDS, &kinds);
}

fn assert_written(file: &str, seen: &str) {
    let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, seen).expect("it can be written");
        return;
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == seen, "{file} is out of date: run `make docs`");
}

#[test]
fn nothing_is_lost_silently() {
    let mut lost = Vec::new();
    for provider in kinds() {
        for probe in probes::groups().into_iter().flat_map(|(_, probes)| probes) {
            if cell::of(provider, &probe) == cell::Cell::Lost {
                lost.push(format!("{}: {}", provider.kind, probe.name));
            }
        }
    }
    assert!(lost.is_empty(), "lost silently: {lost:#?}");
}
