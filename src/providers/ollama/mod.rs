//! Ollama's own API: `POST /api/chat`, answered by one JSON text or by lines of JSON.
//!
//! It can what Ollama's imitation of OpenAI's API (kind `ollama`) cannot: the size of the context,
//! how long a model stays loaded, the sampler's options, log probabilities, JSON schemas by grammar.
//!
//! `request`, `messages` and `think` write a request; `response`, `stream`, `calls`, `logprobs` and
//! `error` read what comes back; `wire` holds the types of the JSON itself. What the API has no
//! place for is data in `parameters`.
//!
//! A prompt that is longer than the context is cut at its beginning by the server, which says
//! nothing of it: whoever sends long ones sets `ollama: {"num_ctx": …}`. The first request to a
//! model waits until it is loaded.
//!
//! Nothing here buffers a stream. What cannot be understood becomes an [`Error`], never a panic.
//!
//! Types are those of Ollama's Python client 0.6.3 (checked 2026-11-25), unless a source is named.

mod calls;
mod embeddings;
mod error;
mod finish_reason;
mod logprobs;
mod messages;
mod parameters;
mod request;
mod response;
mod stream;
mod think;
mod wire;

use super::{
    BaseUrl, Credential, Decoder, Embeddings, Native, Outgoing, Provider, Recall, TargetOptions,
    Wire,
};
use crate::chat::{Error, Request, Response};
use crate::framing::Framing;

/// The registry's line.
pub const PROVIDER: Provider = Provider {
    kind: "ollama_native",
    base_url: BaseUrl::Fixed("http://127.0.0.1:11434"),
    credential: Credential::Bearer,
    options: &[],
    wire: Wire::Native(&Ollama),
};

struct Ollama;

impl Native for Ollama {
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

    fn framing(&self) -> Framing {
        Framing::JsonLines
    }

    fn decoder(&self, _: Recall) -> Box<dyn Decoder> {
        Box::new(stream::StreamDecoder::default())
    }

    fn embeddings(&self) -> Option<&'static dyn Embeddings> {
        Some(&embeddings::OllamaEmbeddings)
    }

    fn takes_image_bytes_only(&self) -> bool {
        true
    }
}
