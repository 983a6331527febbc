//! Anything at all from upstream, and fixtures with a wrong byte: read by the grammar, never a panic.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use tidegate::providers::{Native, Provider, Recall};

use crate::decoded::decode;
use crate::natives;
use crate::streams::{fixture_of, streams};

fn kind() -> impl Strategy<Value = &'static str> {
    select(
        natives()
            .map(|(provider, _)| provider.kind)
            .collect::<Vec<_>>(),
    )
}

fn of(kind: &str) -> (&'static Provider, &'static dyn Native) {
    let found = natives().find(|(provider, _)| provider.kind == kind);
    found.expect("a provider")
}

/// The bytes with one of them changed.
fn damaged(mut bytes: Vec<u8>, at: Index, byte: u8) -> Vec<u8> {
    if !bytes.is_empty() {
        let place = at.index(bytes.len());
        bytes[place] = byte;
    }
    bytes
}

fn any_fixture(provider: &Provider, folder: &str, at: Index) -> Vec<u8> {
    let names = crate::names(provider, folder, ".json");
    let names: Vec<_> = names
        .iter()
        .filter(|name| !name.ends_with(".client"))
        .collect();
    if names.is_empty() {
        return Vec::new();
    }
    fixture_of(provider, folder, &format!("{}.json", at.get(&names)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn any_bytes_are_read_as_a_stream(
        kind in kind(),
        bytes in vec(any::<u8>(), 0..200),
    ) {
        decode(of(kind).1, [bytes.as_slice()]);
    }

    #[test]
    fn damaged_streams_are_read_by_the_grammar(
        kind in kind(),
        which in any::<Index>(),
        at in any::<Index>(),
        byte in prop_oneof![any::<u8>(), select(br#"{}[]":,0\ntfn"#.to_vec())],
        size in 1..64_usize,
    ) {
        let (provider, native) = of(kind);
        let streams = streams(provider);
        let stream = damaged(which.get(&streams).bytes.clone(), at, byte);
        let whole = decode(native, [stream.as_slice()]).transcript;
        prop_assert_eq!(decode(native, stream.chunks(size)).transcript, whole);
    }

    #[test]
    fn a_damaged_body_is_an_answer_or_an_error(
        kind in kind(),
        which in any::<Index>(),
        at in any::<Index>(),
        byte in any::<u8>(),
        status in any::<u16>(),
    ) {
        let (provider, native) = of(kind);
        let body = damaged(any_fixture(provider, "answers", which), at, byte);
        if let Err(error) = native.response(&body, &Recall::default()) {
            prop_assert!((400..600).contains(&error.status));
        }
        let body = damaged(any_fixture(provider, "errors", which), at, byte);
        let error = native.error(status, &body);
        prop_assert!((400..600).contains(&error.status));
        prop_assert!(!error.message.is_empty());
    }
}
