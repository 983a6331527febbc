//! Embeddings: `POST /v2/embed`.
//!
//! Names are those of the SDK cohere 7.3.1, `client_v2.py`; an answer is recorded (checked
//! 2026-11-25). The API demands to know what an embedding is for, which OpenAI's does not say: a
//! document to be searched, unless the client sends `input_type`.

use serde::Serialize;

use crate::chat::{EmbeddingsRequest, EmbeddingsResponse, Error};
use crate::headers::Headers;
use crate::json::{Fault, Kind, Reader};
use crate::providers::embeddings::{self, Embeddings};
use crate::providers::json::Fields;
use crate::providers::losses::Losses;
use crate::providers::{Outgoing, Recall, TargetOptions};

const KNOWN: &[&str] = &["input_type", "max_tokens", "priority", "truncate"];

/// The registry's embeddings.
pub(super) struct CohereEmbeddings;

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    texts: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_type: Option<&'static str>,
    embedding_types: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    output_dimension: Option<u64>,
    #[serde(flatten)]
    extras: Fields<'a>,
}

impl Embeddings for CohereEmbeddings {
    fn request(
        &self,
        request: &EmbeddingsRequest<'_>,
        target: &TargetOptions<'_>,
    ) -> Result<Outgoing, Error> {
        let mut losses = Losses::new(target.strict, "Cohere's API");
        embeddings::without_end_user(request, &mut losses)?;
        let extras = embeddings::extras(request, target, "cohere", KNOWN, &mut losses)?;
        let texts = embeddings::texts(request)?.iter();
        let is_said = extras.iter().any(|(name, _)| name == "input_type");
        let body = embeddings::write(&Body {
            model: target.model,
            texts: texts.map(|text| &**text).collect(),
            input_type: (!is_said).then_some("search_document"),
            embedding_types: ["float"],
            output_dimension: request.dimensions,
            extras: Fields(extras),
        })?;
        Ok(Outgoing {
            path: "/v2/embed".to_owned(),
            headers: Vec::new(),
            body,
            warnings: losses.into_warnings(),
            recall: Recall::default(),
        })
    }

    fn response(&self, _: &Headers, body: &[u8], _: &Recall) -> Result<EmbeddingsResponse, Error> {
        let (mut vectors, mut tokens) = (Vec::new(), None);
        embeddings::read(body, |reader, name| {
            match (&*name.text, reader.kind()?) {
                ("embeddings", Kind::Object) => vectors = floats(reader)?,
                ("meta", Kind::Object) => tokens = billed(reader)?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        embeddings::answer(None, vectors, tokens)
    }
}

fn floats(reader: &mut Reader<'_>) -> Result<Vec<Vec<f64>>, Fault> {
    let mut vectors = Vec::new();
    reader.object(|reader, name| {
        match (&*name.text, reader.kind()?) {
            ("float", Kind::Array) => vectors = embeddings::vectors(reader)?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(vectors)
}

/// `meta.billed_units.input_tokens`, a number that may be written with a point.
fn billed(reader: &mut Reader<'_>) -> Result<Option<u64>, Fault> {
    let mut tokens = None;
    reader.object(|reader, name| match (&*name.text, reader.kind()?) {
        ("billed_units", Kind::Object) => reader.object(|reader, name| {
            match (&*name.text, reader.kind()?) {
                ("input_tokens", Kind::Integer | Kind::Decimal) => {
                    tokens = Some(embeddings::whole_number(reader.number()?));
                }
                _ => reader.skip()?,
            }
            Ok(())
        }),
        _ => reader.skip(),
    })?;
    Ok(tokens)
}
