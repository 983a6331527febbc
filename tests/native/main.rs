//! Providers with a wire format of their own, all of them alike: what they are sent, and what is
//! read of their answers.
//!
//! A provider's cases are the files in `tests/fixtures/KIND`; a new provider needs no code here:
//!
//! - `requests/NAME.json`: a client's body. Golden `NAME.sent.json`: path, headers, body and
//!   warnings, or the refusal. `options.json` has the provider's options, where it needs some.
//! - `answers/NAME.json`: a whole answer. Golden `NAME.client.json`: the client's body. Where there
//!   is a stream of the same name, it adds up to the same answer.
//! - `streams/NAME.*`: a stream, in the provider's framing. Golden `NAME.events`. It is also cut
//!   into single bytes, and anywhere. One whose name begins with `failed` fails; one that begins with
//!   `late` tells something after it is complete, which a cut can lose. `.jsonl` holds the messages
//!   of a binary framing as text, one a line, see `event_stream`.
//! - `errors/STATUS-NAME`: an error's body. Golden `expected.txt`.
//! - `embeddings/…`: see [`embeddings`].
//!
//! `make bless` writes the golden files anew. They run natively and as wasm in Node.

// Tells clippy that the helper functions are tests too, and may panic.
#![cfg(test)]

mod answers;
mod bedrock;
mod conformance;
mod decoded;
mod embeddings;
mod event_stream;
#[path = "../files/mod.rs"]
mod files;
mod golden;
#[cfg(not(target_family = "wasm"))]
mod properties;
#[cfg(not(target_family = "wasm"))]
mod recorded;
mod replay;
mod requests;
mod signatures;
mod stops;
mod streams;
mod transcript;

use tidegate::providers::{Native, Provider, REGISTRY};

/// All providers with a wire format of their own that have a folder of fixtures.
fn natives() -> impl Iterator<Item = (&'static Provider, &'static dyn Native)> {
    let providers = REGISTRY.iter().filter(|provider| has_fixtures(provider));
    providers.filter_map(|provider| Some((provider, provider.native()?)))
}

fn has_fixtures(provider: &Provider) -> bool {
    files::exists(&format!("tests/fixtures/{}", provider.kind))
}

/// The names of a provider's fixtures in a folder, without the ending; none where it has no such
/// folder.
fn names(provider: &Provider, folder: &str, ending: &str) -> Vec<String> {
    let folder = format!("{}/{folder}", provider.kind);
    if files::exists(&format!("tests/fixtures/{folder}")) {
        golden::fixtures(&folder, ending)
    } else {
        Vec::new()
    }
}
