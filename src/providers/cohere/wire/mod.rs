//! The JSON of the chat API: what we write and what we read.

pub(super) mod read;
pub(super) mod write;
