//! Google's Gemini models: `generateContent` of AI Studio (kind `gemini`) and of Vertex (kind
//! `vertex`).
//!
//! Both hosts speak one format and differ in the little that `Host` tells: where a model is
//! found, who fetches what an address points to, whether calls have ids, labels. `request`,
//! `conversation`, `media`, `tools`, `generation` and `thinking` write a request; `answer` reads
//! what comes back, whole or streamed, because a whole answer is a stream of one chunk; `wire`
//! holds the types of the JSON itself. What differs from model to model is data in
//! `model_profile`, and what the API has no place for is data in `parameters`.
//!
//! A model's thoughts are sealed in signatures that must come back with the turn they belong to;
//! `signature` says how they travel. What is not given back to the client: the calls and results
//! of tools that Google runs itself (`executableCode`, `toolCall` …), and thoughts in pictures.
//!
//! Sources: the SDK google-genai 3.4.0 and pydantic-ai 2.68.0, which has tried much of it out
//! (checked 2026-11-25). Nothing here buffers a stream; unknown parts and fields are skipped.

mod answer;
mod conversation;
mod embeddings;
mod endpoint;
mod error;
mod extras;
mod finish_reason;
mod generation;
mod media;
mod model_profile;
mod names;
mod parameters;
mod request;
mod response;
mod signature;
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
use endpoint::Host;

/// The field of a request that holds what only Gemini understands, whichever the host.
pub const VENDOR: &str = "google";

/// The registry's line for AI Studio.
pub const AI_STUDIO: Provider = Provider {
    kind: Host::AiStudio.kind(),
    base_url: BaseUrl::Fixed("https://generativelanguage.googleapis.com"),
    credential: Credential::Header("x-goog-api-key"),
    options: &[],
    wire: Wire::Native(&Gemini(Host::AiStudio)),
};

/// The registry's line for Vertex.
pub const VERTEX: Provider = Provider {
    kind: Host::Vertex.kind(),
    base_url: BaseUrl::Made(endpoint::vertex_base_url),
    credential: Credential::Header("x-goog-api-key"),
    options: endpoint::VERTEX_OPTIONS,
    wire: Wire::Native(&Gemini(Host::Vertex)),
};

struct Gemini(Host);

impl Native for Gemini {
    fn request(
        &self,
        request: &Request<'_>,
        target: &TargetOptions<'_>,
    ) -> Result<Outgoing, Error> {
        request::translate(self.0, request, target)
    }

    fn response(&self, body: &[u8], recall: &Recall) -> Result<Response, Error> {
        response::translate(self.0, body, recall)
    }

    fn error(&self, status: u16, body: &[u8]) -> Error {
        error::from_answer(status, body)
    }

    fn decoder(&self, recall: Recall) -> Box<dyn Decoder> {
        Box::new(stream::StreamDecoder::new(self.0, recall))
    }

    fn embeddings(&self) -> Option<&'static dyn Embeddings> {
        Some(match self.0 {
            Host::AiStudio => &embeddings::GeminiEmbeddings(Host::AiStudio),
            Host::Vertex => &embeddings::GeminiEmbeddings(Host::Vertex),
        })
    }
}
