//! The JSON of Converse: what we write and what we read.

pub(super) mod read;
pub(super) mod write;
