//! Anthropic's Messages API, seen from outside.
//!
//! `suite` compares with golden files, and runs as wasm too; `recorded` reads real traffic where
//! it is at hand, and `taken` writes the requests that were recorded; `properties` throws anything
//! at both directions.

// Tells clippy that the helper functions are tests too, and may panic.
#![cfg(test)]

#[path = "../files/mod.rs"]
mod files;
#[cfg(not(target_family = "wasm"))]
mod properties;
#[cfg(not(target_family = "wasm"))]
mod recorded;
mod suite;
#[cfg(not(target_family = "wasm"))]
mod taken;
