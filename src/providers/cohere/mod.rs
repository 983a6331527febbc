//! Cohere's chat API, version 2: `POST /v2/chat`.
//!
//! `request`, `messages`, `tools`, `thinking` and `response_format` write a request; `response`,
//! `stream`, `citations`, `logprobs`, `usage`, `finish_reason` and `error` read what comes back;
//! `wire` holds the types of the JSON itself. What differs from model to model is data in `model_profile`, and
//! what the API has no place for is data in `parameters`.
//!
//! The API refuses fields that it does not know (422), so nothing of OpenAI's passes unread.
//!
//! Nothing here buffers a stream, and nothing fails on an answer that merely holds more than we
//! know: unknown events, items and fields are skipped. What cannot be understood becomes an
//! [`Error`], never a panic.
//!
//! Types and ranges are those of Cohere's SDK 7.3.1 (checked 2026-11-25), unless a source is named.

mod citations;
mod embeddings;
mod error;
mod finish_reason;
mod logprobs;
mod messages;
mod model_profile;
mod parameters;
mod request;
mod response;
mod response_format;
mod stream;
mod thinking;
mod tools;
mod usage;
mod wire;

use super::{
    BaseUrl, Credential, Decoder, Embeddings, Native, Outgoing, Provider, Recall, TargetOptions,
    Wire,
};
use crate::chat::{Error, Request, Response};

/// The registry's line.
pub const PROVIDER: Provider = Provider {
    kind: "cohere",
    base_url: BaseUrl::Fixed("https://api.cohere.com"),
    credential: Credential::Bearer,
    options: &[],
    wire: Wire::Native(&Cohere),
};

struct Cohere;

impl Native for Cohere {
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

    fn embeddings(&self) -> Option<&'static dyn Embeddings> {
        Some(&embeddings::CohereEmbeddings)
    }
}
