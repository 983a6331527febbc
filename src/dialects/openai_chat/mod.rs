//! OpenAI's Chat Completions API.

mod fault;
pub mod fields;
mod request;
mod scan;

pub use request::parse;
pub use scan::{Edit, Field, Scan, StreamOptions, scan};
