//! OpenAI's look-alikes, seen from outside: what a client of OpenAI's API gets of their answers.
//!
//! `golden` and `requests` compare what the client gets, and the
//! vendor, with files in
//! `tests/fixtures/openai_compatible` (`make bless` writes them anew); the fixtures are synthetic,
//! written after the vendors' documentation. `recorded` reads real traffic where it is at hand.
//! `properties` cuts streams anywhere. What is true of every stream is in `sdk`.

// Tells clippy that the helper functions are tests too, and may panic.
#![cfg(test)]
#![cfg_attr(
    target_family = "wasm",
    expect(
        dead_code,
        reason = "used by the modules that need a file system or proptest"
    )
)]

#[path = "../files/mod.rs"]
mod files;

mod bills;
mod folds;
mod golden;
mod ids;
#[cfg(not(target_family = "wasm"))]
mod properties;
#[cfg(not(target_family = "wasm"))]
mod recorded;
mod requests;
mod sdk;
mod stops;
mod upstream;

use tidegate::chat::{Error, Operation};
use tidegate::dialects::openai_chat::scan;
use tidegate::providers::openai_compatible::{
    self, AnswerOptions, ClientUsage, Fold, Preset, Whole,
};
use tidegate::providers::{Asked, Observed, Options, Passed, Wire, find};

/// The preset of a kind, for a model that nobody knows.
fn preset(kind: &str) -> &'static Preset {
    let scan = scan(br#"{"model":"m"}"#).expect("a request");
    let asked = Asked {
        operation: Operation::Chat,
        model: "m",
        options: Options::NONE,
        scan: &scan,
    };
    let provider = find(kind).unwrap_or_else(|| panic!("no kind {kind}"));
    match provider.wire.resolve(&asked) {
        Wire::OpenAi(preset) => preset,
        _ => panic!("{kind} has its own wire format"),
    }
}

/// What the client gets of a stream that comes in such chunks, and what was observed.
fn pass<'a>(
    kind: &str,
    usage: ClientUsage,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<u8>, Observed) {
    pass_with(kind, AnswerOptions::new(preset(kind), usage), chunks)
}

/// The same with other options.
fn pass_with<'a>(
    kind: &str,
    options: AnswerOptions,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<u8>, Observed) {
    let mut stream = openai_compatible::stream(preset(kind), options);
    let mut client = Vec::new();
    for chunk in chunks {
        let before = client.len();
        if stream.push(chunk, &mut client) == Passed::Unchanged {
            assert_eq!(client.len(), before, "an unchanged chunk adds nothing");
            client.extend_from_slice(chunk);
        }
    }
    stream.finish(&mut client);
    (client, stream.observed().clone())
}

/// What a client that wants the whole answer gets of a stream that comes in such chunks.
fn fold<'a>(kind: &str, chunks: impl IntoIterator<Item = &'a [u8]>) -> Result<Whole, Error> {
    let preset = preset(kind);
    let options = AnswerOptions::new(preset, ClientUsage::Hidden);
    let mut fold = Fold::new(preset, options, 1024 * 1024);
    for chunk in chunks {
        fold.push(chunk);
    }
    fold.finish()
}

/// What the client gets of a whole answer.
fn whole(kind: &str, body: &[u8]) -> (Vec<u8>, Whole) {
    let preset = preset(kind);
    let options = AnswerOptions::new(preset, ClientUsage::Hidden);
    let whole = openai_compatible::whole(preset, body, &options)
        .unwrap_or_else(|error| panic!("{kind}: {error:?}"));
    (whole.body.clone().unwrap_or_else(|| body.to_vec()), whole)
}
