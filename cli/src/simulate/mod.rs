//! A provider on this machine: `tidegate simulate`.
//!
//! Demos need a provider that costs nothing, tests need one that can be told to
//! fail. Both need one that is *strict*: a simulator that takes what the vendor
//! would refuse hides exactly the mistakes that a gateway makes when it translates.
//! So each dialect checks requests against its own tables of what the vendor takes
//! (`shapes.rs`: fields and types; `rules.rs`: what holds between fields) and
//! refuses in the vendor's own words. It shares no code with the gateway: it is an
//! independent judge.
//!
//! What it answers follows from the request alone (`answer/`), and is the same in
//! every dialect, so that a test can compare one path with another.
//!
//! How it answers is scripted (`script.rs`): by `x-simulate-*` request headers, by a
//! file, or over `/_simulate/script` while it runs. Without a script every request
//! gets a good answer at once.
//!
//! Limits: HTTP/1.1 without TLS; nothing is remembered between requests but the
//! script and a bounded journal. A connection that fails ends alone, the server goes
//! on.

mod answer;
mod anthropic;
mod args;
mod bench;
mod clock;
mod control;
mod delivery;
mod draft;
mod journal;
mod json;
mod openai;
mod respond;
mod script;
mod serial;
mod server;
mod shape;
mod vendor;
mod wire;

#[cfg(test)]
mod tests;

pub(crate) use args::{Args, run};
pub(crate) use {server::Options, server::serve, vendor::Dialect, vendor::Models};
