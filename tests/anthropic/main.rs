//! Anthropic's Messages API, seen from outside.
//!
//! `suite` compares with golden files, also as wasm. Natively, `recorded` reads real traffic where
//! it is at hand, `taken` writes the requests that were recorded, and `properties` throws anything
//! at both directions.

// Tells clippy that the helper functions are tests too, and may panic.
#![cfg(test)]

#[path = "../native/decoded.rs"]
mod decoded;
#[path = "../files/mod.rs"]
mod files;
#[path = "../native/golden.rs"]
mod golden;
#[cfg(not(target_family = "wasm"))]
mod properties;
#[cfg(not(target_family = "wasm"))]
mod recorded;
mod suite;
#[cfg(not(target_family = "wasm"))]
mod taken;
#[path = "../native/transcript.rs"]
mod transcript;
