//! Anthropic's Messages API, at version 2023-06-01.
//!
//! `request`, `messages`, `media`, `tools`, `thinking` and `output_format` write a request;
//! `response`, `stream`, `usage`, `finish_reason` and `error` read what comes back; `wire` holds
//! the types of the JSON itself. What differs from model to model is data in `model_profile`, and
//! what the API has no place for is data in `parameters`: code branches on the tables only. Bedrock
//! serves these models too, and shares what is said of them.
//!
//! Nothing here buffers a stream, and nothing fails on an answer that merely holds more than we
//! know: unknown events, blocks and fields are skipped. What cannot be understood becomes an
//! [`Error`], never a panic.

mod error;
mod extras;
mod finish_reason;
mod media;
mod messages;
pub(super) mod model_profile;
mod output_format;
mod parameters;
mod request;
mod response;
pub(super) mod schema;
mod stream;
pub(super) mod thinking;
mod tools;
mod usage;
pub(super) mod wire;

use super::{
    BaseUrl, Credential, Decoder, Native, Outgoing, Provider, Recall, TargetOptions, Wire,
};
use crate::chat::{Error, Request, Response};

/// The registry's line.
pub const PROVIDER: Provider = Provider {
    kind: "anthropic",
    base_url: BaseUrl::Fixed("https://api.anthropic.com"),
    credential: Credential::Header("x-api-key"),
    options: &[],
    wire: Wire::Native(&Anthropic),
};

struct Anthropic;

impl Native for Anthropic {
    fn request(
        &self,
        request: &Request<'_>,
        target: &TargetOptions<'_>,
    ) -> Result<Outgoing, Error> {
        request::translate(request, target)
    }

    fn response(&self, body: &[u8], _: &Recall) -> Result<Response, Error> {
        response::translate(body)
    }

    fn error(&self, status: u16, body: &[u8]) -> Error {
        error::from_answer(status, body)
    }

    fn decoder(&self, _: Recall) -> Box<dyn Decoder> {
        Box::new(stream::StreamDecoder::default())
    }
}
