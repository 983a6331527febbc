//! The JSON of the API: what we write and what we read.

pub(super) mod read;
pub(super) mod write;
