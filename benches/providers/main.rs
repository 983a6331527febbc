//! What translation costs for each provider, beside what it costs for Anthropic.
//!
//! The same program natively and as wasm in Node, V8 being Envoy's engine too: natively it measures
//! itself (one line a provider and operation: kind, operation, nanoseconds, allocations); as wasm it
//! has no clock, and `wasm.mjs` measures it from outside. `scripts/bench-providers.sh` builds both,
//! lets several processes of each take turns, and prints the table; a new provider needs its words in
//! `texts.rs`.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "nobody's request depends on a benchmark"
)]

mod allocations;
mod texts;
mod wire;
mod work;

#[global_allocator]
static ALLOCATOR: allocations::Counted = allocations::Counted;

#[cfg(target_family = "wasm")]
mod exports;
#[cfg(not(target_family = "wasm"))]
mod native;

fn main() {
    #[cfg(not(target_family = "wasm"))]
    native::measure();
}
