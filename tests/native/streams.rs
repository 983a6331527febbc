//! What is read of streams, however they are cut.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use tidegate::providers::Provider;

use crate::decoded::decode;
use crate::golden::assert_golden;
use crate::{event_stream, files, names, natives};

/// A stream among the fixtures.
pub(crate) struct Stream {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// A provider's streams.
pub(crate) fn streams(provider: &Provider) -> Vec<Stream> {
    let files = names(provider, "streams", "");
    let streams = files.iter().filter(|file| !file.ends_with(".events"));
    streams
        .map(|file| Stream {
            name: file.split('.').next().unwrap_or(file).to_owned(),
            bytes: bytes_of(provider, file),
        })
        .collect()
}

fn bytes_of(provider: &Provider, file: &str) -> Vec<u8> {
    let bytes = fixture_of(provider, "streams", file);
    if file.ends_with(".jsonl") {
        return event_stream::encode(&String::from_utf8(bytes).expect("UTF-8"));
    }
    bytes
}

/// The bytes of a fixture.
pub(crate) fn fixture_of(provider: &Provider, folder: &str, file: &str) -> Vec<u8> {
    files::read(&format!("tests/fixtures/{}/{folder}/{file}", provider.kind))
}

#[test]
fn every_stream_is_reported_as_its_golden_file_says() {
    for (provider, native) in natives() {
        for Stream { name, bytes } in streams(provider) {
            let seen = decode(native, [bytes.as_slice()]);
            let golden = format!("{}/streams/{name}.events", provider.kind);
            assert_golden(&golden, &seen.transcript);
            let failed = seen.answer().is_err();
            let expected = name.starts_with("failed");
            assert_eq!(
                failed, expected,
                "{}: {name} ends as its name says",
                provider.kind
            );
        }
    }
}

#[test]
fn a_stream_is_read_the_same_however_it_is_cut() {
    for (provider, native) in natives() {
        for Stream { name, bytes } in streams(provider) {
            let whole = decode(native, [bytes.as_slice()]).transcript;
            for size in [1, 2, 3, 5, 7, 16, 61, 250] {
                let seen = decode(native, bytes.chunks(size)).transcript;
                assert_eq!(seen, whole, "{}: {name} in pieces of {size}", provider.kind);
            }
        }
    }
}

/// Cut off anywhere, a stream never ends well unless it has said all.
#[test]
fn a_stream_that_is_cut_off_has_an_honest_ending() {
    for (provider, native) in natives() {
        for Stream { name, bytes } in streams(provider) {
            let whole = decode(native, [bytes.as_slice()]);
            let Ok(whole) = whole.answer() else { continue };
            if name.starts_with("late") {
                continue;
            }
            for end in (0..bytes.len()).step_by(1 + bytes.len() / 200) {
                let cut = decode(native, [bytes.get(..end).unwrap_or_default()]);
                if let Ok(answer) = cut.answer() {
                    assert_eq!(answer, whole, "{}: {name} up to {end}", provider.kind);
                }
            }
        }
    }
}
