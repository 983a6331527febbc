//! From bytes to frames, whatever the chunks.
//!
//! A framer consumes what is complete, keeps the rest, never blocks, and bounds what it keeps.
//! It knows nothing of JSON or of providers.

pub mod sse;
