//! What a `usize` of 32 bits could break, and whether files can be read where there is no file
//! system. `make test-wasm` runs this and the golden tests as wasm in Node, the engine family that
//! Envoy runs the filter in; `cargo test` runs them natively.

// Tells clippy that the helper functions are tests too, and may panic.
#![cfg(test)]

mod files;

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use tidegate::chat::Usage;

#[test]
fn token_counts_beyond_32_bits_add_up() {
    let usage = Usage {
        input: 3_000_000_000,
        cache_read: 3_000_000_000,
        output: 1,
        ..Usage::default()
    };
    assert_eq!(usage.total_input(), 6_000_000_000);
    assert_eq!(usage.total(), 6_000_000_001);
}

#[test]
fn token_counts_never_wrap_around() {
    let usage = Usage {
        input: u64::MAX,
        output: u64::MAX,
        ..Usage::default()
    };
    assert_eq!(usage.total(), u64::MAX);
}

#[test]
fn files_of_the_repository_can_be_read_and_listed() {
    assert!(files::read("LICENSE").len() > 10_000);
    assert!(files::list("tests/files").contains(&"mod.rs".to_owned()));
    assert!(!files::exists("tests/files/none"));
}
