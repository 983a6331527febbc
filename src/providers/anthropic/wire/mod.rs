//! The JSON of the Messages API: what we write and what we read.

pub(super) mod read;
pub(in super::super) mod write;
