//! OpenAI itself and its look-alikes: the client's bytes pass.
//!
//! A look-alike is one row of a table ([`PROVIDERS`]): an address, and the quirks in which it
//! differs from OpenAI. Where nothing differs nothing is touched, neither white space nor the order
//! of keys, because the provider's prompt cache compares bytes.
//!
//! The provider role calls, for each attempt:
//!
//! - [`whole`] or [`stream`] for an answer with a successful status, after its content type;
//!   [`one_shot`] for JSON where the client waits for a stream;
//! - [`error`] for any other status.

mod error;
mod finish;
mod markers;
mod preset;
mod repair;
mod response;
mod stream;
mod usage;
mod wire;

use super::{Credential, Provider, ResponseStream, Wire};
use crate::chat::Error;

pub use preset::Preset;
pub use response::Whole;
pub use stream::{ClientUsage, StreamOptions};

/// The registry's lines.
pub static PROVIDERS: &[Provider] = &[Provider {
    kind: "openai",
    base_url: Some("https://api.openai.com/v1"),
    credential: Credential::Bearer,
    wire: Wire::OpenAi(&Preset::OPENAI),
}];

/// Reads a whole answer with a successful status.
///
/// # Errors
/// The provider's own error where the body is one in spite of the status; an error of kind
/// `Upstream` where it is no answer.
pub fn whole(preset: &Preset, body: &[u8]) -> Result<Whole, Error> {
    response::whole(preset, body)
}

/// Reads a whole answer and tells it as a stream: for an upstream that answers a stream request
/// with `application/json`.
///
/// # Errors
/// As [`whole`].
pub fn one_shot(preset: &Preset, body: &[u8], options: StreamOptions) -> Result<Whole, Error> {
    stream::one_shot(preset, body, options.usage)
}

/// Starts to pass on a streamed answer with a successful status.
pub fn stream(preset: &'static Preset, options: StreamOptions) -> Box<dyn ResponseStream> {
    Box::new(stream::Passthrough::new(preset, options))
}

/// Reads an answer with another status; never fails, whatever the body. The bytes are what the
/// client gets instead; `None` where it gets the body as it is.
pub fn error(status: u16, body: &[u8]) -> (Error, Option<Vec<u8>>) {
    error::read(status, body)
}
