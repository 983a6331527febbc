//! OpenAI's Chat Completions API.

mod fault;
pub mod fields;
mod scan;

pub use scan::{Edit, Field, Scan, StreamOptions, scan};
