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
//!   [`one_shot`] for JSON where the client waits for a stream, and [`Fold`] for a stream where it
//!   waits for JSON;
//! - [`error()`] for any other status.
//!
//! A provider knows nothing of dialects, with this exception: these providers *are* the dialect
//! [`openai_chat`]. They take the places that its scan has found in the body, and tell failures in
//! its words.
//!
//! [`openai_chat`]: crate::dialects::openai_chat

mod edit;
mod embeddings;
mod error;
mod finish;
mod marks;
mod options;
mod pattern;
mod preset;
mod presets;
mod repair;
mod request;
mod response;
mod stream;
mod think;
mod usage;
mod wire;

use super::{ResponseStream, TargetOptions};
use crate::chat::Error;
use crate::dialects::openai_chat::Scan;
use crate::dialects::openai_embeddings::Encoding;

pub use embeddings::{PreparedEmbeddings, WholeEmbeddings};
pub use preset::{Preset, ThinkTags};
pub(super) use presets::BEDROCK;
pub use presets::PROVIDERS;
pub(super) use presets::azure_responses_path;
pub use request::{Edit, Prepared};
pub use response::Whole;
pub use stream::{AnswerOptions, ClientUsage, Fold};

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
pub fn whole(preset: &Preset, body: &[u8], options: &AnswerOptions) -> Result<Whole, Error> {
    let renamed = options.with_id(body);
    let whole = response::whole(preset, renamed.as_deref().unwrap_or(body))?;
    let read = whole.body.as_deref().or(renamed.as_deref()).unwrap_or(body);
    let split = think::split_whole(options.think_tags, read);
    Ok(Whole {
        body: split.or(whole.body).or(renamed),
        ..whole
    })
}

/// Reads a whole answer and tells it as a stream: for an upstream that answers a stream request
/// with `application/json`.
///
/// # Errors
/// As [`whole`].
pub fn one_shot(preset: &Preset, body: &[u8], options: &AnswerOptions) -> Result<Whole, Error> {
    let renamed = options.with_id(body);
    stream::one_shot(preset, renamed.as_deref().unwrap_or(body), options)
}

/// Starts to pass on a streamed answer with a successful status.
pub fn stream(preset: &'static Preset, options: AnswerOptions) -> Box<dyn ResponseStream> {
    stream::start(preset, options)
}

/// Prepares a request for embeddings.
///
/// # Errors
/// As [`prepare`].
pub fn prepare_embeddings(
    preset: &Preset,
    body: &[u8],
    scan: &Scan<'_>,
    target: &TargetOptions<'_>,
) -> Result<PreparedEmbeddings, Error> {
    embeddings::prepare(preset, body, scan, target)
}

/// Reads an answer to a request for embeddings, for a client that wants its vectors like this.
///
/// # Errors
/// As [`whole`].
pub fn whole_embeddings(body: &[u8], encoding: Encoding) -> Result<WholeEmbeddings, Error> {
    embeddings::whole(body, encoding)
}

/// Reads an answer with another status; never fails, whatever the body. The bytes are what the
/// client gets instead; `None` where it gets the body as it is.
pub fn error(status: u16, body: &[u8]) -> (Error, Option<Vec<u8>>) {
    error::read(status, body)
}
