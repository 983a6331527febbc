//! What clients speak.
//!
//! A dialect has the same four parts wherever it can: `request` (bytes → [`chat::Request`]),
//! `response` ([`chat::Response`] → bytes), `stream` ([`chat::Event`]s → bytes) and `error`
//! ([`chat::Error`] → bytes).
//!
//! [`chat::Request`]: crate::chat::Request
//! [`chat::Response`]: crate::chat::Response
//! [`chat::Event`]: crate::chat::Event
//! [`chat::Error`]: crate::chat::Error

pub mod openai_chat;
pub mod openai_embeddings;
