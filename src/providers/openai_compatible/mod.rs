//! OpenAI itself and its look-alikes: the client's bytes pass.
//!
//! A look-alike is one row of a table ([`PROVIDERS`]): an address, and the quirks in which it
//! differs from OpenAI. Where nothing differs nothing is touched, neither white space nor the order
//! of keys, because the provider's prompt cache compares bytes.
//!
//! The provider role calls, for each attempt:
//!
//! - [`prepare`] with the client's own bytes, never with those of an attempt before;
//! - [`whole`] or [`stream()`] for an answer with a successful status, after its content type;
//!   [`one_shot`] for JSON where the client waits for a stream;
//! - [`error()`] for any other status.
//!
//! A provider knows nothing of dialects, with this exception: these providers *are* the dialect
//! [`openai_chat`]. They take the places that its scan has found in the body, and tell failures in
//! its words.
//!
//! [`openai_chat`]: crate::dialects::openai_chat

mod edit;
mod error;
mod finish;
mod marks;
mod preset;
pub(super) mod presets;
mod repair;
mod request;
mod response;
mod stream;
mod usage;
mod wire;

use super::{ResponseStream, TargetOptions};
use crate::chat::Error;
use crate::dialects::openai_chat::Scan;

pub use preset::Preset;
pub use presets::PROVIDERS;
pub use request::{Edit, Prepared};
pub use response::Whole;
pub use stream::{ClientUsage, StreamOptions};

/// Prepares the client's request for a provider: `body` is what the client sent and `scan` what was
/// found in it.
///
/// # Errors
/// 400 naming the field, where the provider cannot do what the client asks, or the target says to
/// refuse it.
pub fn prepare(
    preset: &Preset,
    body: &[u8],
    scan: &Scan<'_>,
    target: &TargetOptions<'_>,
) -> Result<Prepared, Error> {
    request::prepare(preset, body, scan, target)
}

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
