//! `cargo bench`: what the core costs natively, without Envoy and without V8.
//!
//! In Envoy the same code takes one and a half to two times as long, and the calls between Envoy
//! and the module come on top: what a request really costs is what `make bench` measures. These
//! tell where the core's share goes.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "nobody's request depends on a benchmark"
)]

mod plans;
mod requests;
mod roles;
mod streams;
mod texts;

fn main() {
    divan::main();
}
