//! Embeddings: `POST /api/embed` (docs/api.md of Ollama, checked 2026-11-25).

use serde::Serialize;

use crate::chat::{EmbeddingsRequest, EmbeddingsResponse, Error};
use crate::headers::Headers;
use crate::json::Kind;
use crate::providers::embeddings::{self, Embeddings};
use crate::providers::json::Fields;
use crate::providers::losses::Losses;
use crate::providers::{Outgoing, Recall, TargetOptions};

const KNOWN: &[&str] = &["keep_alive", "options", "truncate"];

/// The registry's embeddings.
pub(super) struct OllamaEmbeddings;

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    input: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dimensions: Option<u64>,
    #[serde(flatten)]
    extras: Fields<'a>,
}

impl Embeddings for OllamaEmbeddings {
    fn request(
        &self,
        request: &EmbeddingsRequest<'_>,
        target: &TargetOptions<'_>,
    ) -> Result<Outgoing, Error> {
        let mut losses = Losses::new(target.strict, "Ollama's API");
        embeddings::without_end_user(request, &mut losses)?;
        let extras = embeddings::extras(request, target, "ollama", KNOWN, &mut losses)?;
        let texts = embeddings::texts(request)?.iter();
        let body = embeddings::write(&Body {
            model: target.model,
            input: texts.map(|text| &**text).collect(),
            dimensions: request.dimensions,
            extras: Fields(extras),
        })?;
        Ok(Outgoing {
            path: "/api/embed".to_owned(),
            headers: Vec::new(),
            body,
            warnings: losses.into_warnings(),
            recall: Recall::default(),
        })
    }

    fn response(&self, _: &Headers, body: &[u8], _: &Recall) -> Result<EmbeddingsResponse, Error> {
        let (mut model, mut vectors, mut tokens) = (None, Vec::new(), None);
        embeddings::read(body, |reader, name| {
            match (&*name.text, reader.kind()?) {
                ("model", Kind::String) => model = Some(reader.string()?.into_owned()),
                ("embeddings", Kind::Array) => vectors = embeddings::vectors(reader)?,
                ("prompt_eval_count", Kind::Integer) => tokens = Some(reader.integer()?),
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        embeddings::answer(model, vectors, tokens)
    }
}
