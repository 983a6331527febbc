//! OpenAI's Chat Completions API.

pub mod call_id;
mod error;
pub(super) mod fault;
pub mod fields;
mod json;
mod request;
mod response;
mod scan;
mod stream;
mod vendor;
mod wire;

pub use error::{ErrorAnswer, answer as error_answer};
pub use request::parse;
pub use response::encode;
pub use scan::{Edit, Field, Scan, StreamOptions, scan, scan_embeddings};
pub use stream::StreamEncoder;
pub use wire::AnswerContext;
