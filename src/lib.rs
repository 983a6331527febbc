//! Tidegate: an AI gateway that lives inside Envoy.
//!
//! Envoy loads this crate once, as a proxy-wasm module, and runs it in two roles:
//!
//! * **gateway**, a downstream HTTP filter: authenticate, resolve the model, plan the attempts,
//!   account for the request ([`role::gateway`]);
//! * **provider**, an upstream HTTP filter of each provider's cluster, made afresh for every
//!   attempt: translate the client's original request for that provider, and its answer back
//!   ([`role::provider`]).
//!
//! Everything but `shell` is sans-IO and builds natively: bytes, headers and the clock come in,
//! effects go out. `shell` is the only code that sees Envoy, and it holds no business facts.
//!
//! Dependencies point one way: `shell → role → {telemetry, routing, policies, limiter, config} →
//! transcode → providers → dialects → {framing, pricing, chat, headers, clock, decimal,
//! json}`; `tests/layers.rs` keeps it so.
//!
//! What this crate refuses to do: panic on any input, buffer without a bound, trust a header that
//! a client sent, or report a success marker after a failure.

pub mod chat;
pub mod clock;
pub mod config;
pub mod decimal;
pub mod dialects;
pub mod framing;
pub mod headers;
pub mod json;
pub mod limiter;
pub mod policies;
pub mod pricing;
pub mod providers;
pub mod role;
pub mod routing;
#[cfg(target_os = "wasi")]
mod shell;
pub mod telemetry;
pub mod transcode;
