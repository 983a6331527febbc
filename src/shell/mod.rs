//! The boundary to Envoy: callbacks become [`Input`](crate::role::Input)s, and
//! [`Effect`](crate::role::Effect)s become host calls. Nothing here knows what a model is.
//!
//! Built for `target_os = "wasi"` only. There is no SDK between Envoy and this module: [`exports`]
//! has the callbacks that are needed and [`abi`] the host calls, all of them fallible. The SDK's
//! host calls panic on statuses that they do not expect, and a panic here ends every stream of the
//! worker; its dispatcher makes Envoy call back for nothing (docs/adr/0010).

mod abi;
mod contexts;
mod exports;
mod host;
mod http;
mod lines;
mod logger;
mod memory;
mod metrics;
mod root;
mod senders;
mod sidecar;
mod silence;
mod targets;
