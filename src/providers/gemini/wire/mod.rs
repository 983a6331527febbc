//! The JSON of the API.

pub(super) mod read;
pub(super) mod write;
