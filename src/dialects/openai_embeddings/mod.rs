//! OpenAI's Embeddings API.
//!
//! Official clients ask for base64, which is how they save half of the transfer, and get it
//! whatever the upstream can do: the vectors are written here in the encoding that was asked for.

mod request;
mod response;
mod vector;

pub use request::{Asked, parse};
pub use response::encode;
pub use vector::{from_base64, to_base64};

/// Fields of a request that OpenAI's API knows, sorted.
///
/// openai-python 3.52.0, `embedding_create_params.py`, 2026-11-25.
pub const KNOWN: &[&str] = &["dimensions", "encoding_format", "input", "model", "user"];

/// How a vector is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// A JSON array of numbers.
    #[default]
    Float,
    /// Base64 of 32-bit floats, the lowest byte first.
    Base64,
}
