//! Embeddings: `batchEmbedContents` of AI Studio, `predict` and `embedContent` of Vertex.
//!
//! Field names are those of google-genai 3.4.0, `types.py` and `models.py`; a batch is recorded
//! (checked 2026-11-25). Older models of AI Studio count no tokens.

use serde::Serialize;
use serde_json::value::RawValue;

use super::endpoint::{self, Host};
use crate::chat::{EmbeddingsRequest, EmbeddingsResponse, Error};
use crate::headers::Headers;
use crate::json::{Fault, Kind, Reader};
use crate::providers::embeddings::{self, Embeddings};
use crate::providers::losses::Losses;
use crate::providers::{Outgoing, Recall, TargetOptions};

/// What an embedding is for, a document's title, and whether a text that is too long is cut.
const KNOWN: &[&str] = &[
    "task_type",
    "taskType",
    "title",
    "auto_truncate",
    "autoTruncate",
];

/// The embeddings of either host.
pub(super) struct GeminiEmbeddings(pub(super) Host);

impl Embeddings for GeminiEmbeddings {
    fn request(
        &self,
        request: &EmbeddingsRequest<'_>,
        target: &TargetOptions<'_>,
    ) -> Result<Outgoing, Error> {
        let mut losses = Losses::new(target.strict, self.0.name());
        embeddings::without_end_user(request, &mut losses)?;
        let wishes = Wishes::sort(request, target, &mut losses)?;
        let (method, body) = match self.0 {
            Host::AiStudio => (
                "batchEmbedContents",
                batch(request, target, &wishes, &mut losses)?,
            ),
            Host::Vertex => match method_of(target.model) {
                Method::Predict => ("predict", predict(request, &wishes)?),
                Method::Contents if embeddings::texts(request)?.len() > 1 => {
                    ("batchEmbedContents", vertex_batch(request, &wishes)?)
                }
                Method::Contents | Method::OneContent => {
                    let text = embeddings::only_text(request)?;
                    (
                        "embedContent",
                        embeddings::write(&nested(text, request, &wishes))?,
                    )
                }
            },
        };
        Ok(Outgoing {
            path: endpoint::path(self.0, target.model, method, target.options)?,
            headers: Vec::new(),
            body,
            warnings: losses.into_warnings(),
            recall: Recall::default(),
        })
    }

    fn response(&self, _: &Headers, body: &[u8], _: &Recall) -> Result<EmbeddingsResponse, Error> {
        let mut answer = Answer::default();
        embeddings::read(body, |reader, name| answer.member(reader, &name.text))?;
        embeddings::answer(None, answer.vectors, answer.tokens)
    }
}

/// How Vertex serves a model (google-genai 3.4.0, `t_is_vertex_embed_content_model`).
enum Method {
    /// `embedContent`, and `batchEmbedContents` for several texts.
    Contents,
    /// `embedContent` alone: models of others.
    OneContent,
    /// `predict`: models that are older than Gemini.
    Predict,
}

fn method_of(model: &str) -> Method {
    let name = model.rsplit('/').next().unwrap_or(model);
    match name {
        _ if name.contains("maas") => Method::OneContent,
        _ if name.contains("gemini") => Method::Contents,
        _ => Method::Predict,
    }
}

/// What the client has asked for beyond OpenAI's fields.
#[derive(Default)]
struct Wishes<'a> {
    task_type: Option<&'a RawValue>,
    title: Option<&'a RawValue>,
    auto_truncate: Option<&'a RawValue>,
}

impl<'a> Wishes<'a> {
    fn sort(
        request: &'a EmbeddingsRequest<'_>,
        target: &TargetOptions<'_>,
        losses: &mut Losses,
    ) -> Result<Self, Error> {
        let mut wishes = Self::default();
        for (name, json) in embeddings::extras(request, target, super::VENDOR, KNOWN, losses)? {
            match &*name {
                "task_type" | "taskType" => wishes.task_type = Some(json),
                "title" => wishes.title = Some(json),
                "auto_truncate" | "autoTruncate" => wishes.auto_truncate = Some(json),
                other => {
                    let name = format!("google.{other}");
                    let message = format!("'{name}' is not known for embeddings.");
                    return Err(Error::invalid(message).with_param(name));
                }
            }
        }
        Ok(wishes)
    }
}

#[derive(Serialize)]
struct Content<'a> {
    parts: [Part<'a>; 1],
}

#[derive(Serialize)]
struct Part<'a> {
    text: &'a str,
}

fn content(text: &str) -> Content<'_> {
    Content {
        parts: [Part { text }],
    }
}

/// What an embedding should be like.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Config<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    task_type: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_dimensionality: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auto_truncate: Option<&'a RawValue>,
}

fn config<'a>(request: &EmbeddingsRequest<'_>, wishes: &Wishes<'a>) -> Config<'a> {
    Config {
        task_type: wishes.task_type,
        title: wishes.title,
        output_dimensionality: request.dimensions,
        auto_truncate: wishes.auto_truncate,
    }
}

#[derive(Serialize)]
struct Batch<T> {
    requests: Vec<T>,
}

/// A text of AI Studio's batch.
#[derive(Serialize)]
struct Flat<'a> {
    model: String,
    content: Content<'a>,
    #[serde(flatten)]
    config: Config<'a>,
}

fn batch(
    request: &EmbeddingsRequest<'_>,
    target: &TargetOptions<'_>,
    wishes: &Wishes<'_>,
    losses: &mut Losses,
) -> Result<Vec<u8>, Error> {
    if wishes.auto_truncate.is_some() {
        losses.dropped("auto_truncate")?;
    }
    let flat = |text| Flat {
        model: format!("models/{}", bare(target.model)),
        content: content(text),
        config: Config {
            auto_truncate: None,
            ..config(request, wishes)
        },
    };
    let texts = embeddings::texts(request)?.iter();
    let requests = texts.map(|text| flat(&**text)).collect();
    embeddings::write(&Batch { requests })
}

fn bare(model: &str) -> &str {
    model.strip_prefix("models/").unwrap_or(model)
}

/// A text as Vertex wants it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Nested<'a> {
    content: Content<'a>,
    #[serde(skip_serializing_if = "Config::is_empty")]
    embed_content_config: Config<'a>,
}

impl Config<'_> {
    fn is_empty(&self) -> bool {
        let says_something = [self.task_type, self.title, self.auto_truncate];
        says_something.iter().all(Option::is_none) && self.output_dimensionality.is_none()
    }
}

fn nested<'a>(text: &'a str, request: &EmbeddingsRequest<'_>, wishes: &Wishes<'a>) -> Nested<'a> {
    Nested {
        content: content(text),
        embed_content_config: config(request, wishes),
    }
}

fn vertex_batch(request: &EmbeddingsRequest<'_>, wishes: &Wishes<'_>) -> Result<Vec<u8>, Error> {
    let texts = embeddings::texts(request)?.iter();
    let requests = texts.map(|text| nested(text, request, wishes)).collect();
    embeddings::write(&Batch { requests })
}

#[derive(Serialize)]
struct Predict<'a> {
    instances: Vec<Instance<'a>>,
    #[serde(skip_serializing_if = "Config::is_empty")]
    parameters: Config<'a>,
}

#[derive(Serialize)]
struct Instance<'a> {
    content: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    task_type: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a RawValue>,
}

fn predict(request: &EmbeddingsRequest<'_>, wishes: &Wishes<'_>) -> Result<Vec<u8>, Error> {
    let instance = |content| Instance {
        content,
        task_type: wishes.task_type,
        title: wishes.title,
    };
    let texts = embeddings::texts(request)?.iter();
    embeddings::write(&Predict {
        instances: texts.map(|text| instance(&**text)).collect(),
        parameters: Config {
            task_type: None,
            title: None,
            ..config(request, wishes)
        },
    })
}

/// What the three methods answer, each with names of its own.
#[derive(Default)]
struct Answer {
    vectors: Vec<Vec<f64>>,
    tokens: Option<u64>,
}

impl Answer {
    fn member(&mut self, reader: &mut Reader<'_>, name: &str) -> Result<(), Fault> {
        match (name, reader.kind()?) {
            ("embeddings", Kind::Array) => reader.array(|reader| self.embedding(reader)),
            ("embedding", Kind::Object) => self.embedding(reader),
            ("predictions", Kind::Array) => reader.array(|reader| {
                reader.object(|reader, name| match (&*name.text, reader.kind()?) {
                    ("embeddings", Kind::Object) => self.embedding(reader),
                    _ => reader.skip(),
                })
            }),
            ("usageMetadata", Kind::Object) => {
                reader.object(|reader, name| self.count(reader, &name.text, "promptTokenCount"))
            }
            _ => reader.skip(),
        }
    }

    fn embedding(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        reader.object(|reader, name| match (&*name.text, reader.kind()?) {
            ("values", Kind::Array) => {
                self.vectors.push(embeddings::vector(reader)?);
                Ok(())
            }
            ("statistics", Kind::Object) => {
                reader.object(|reader, name| self.count(reader, &name.text, "token_count"))
            }
            _ => reader.skip(),
        })
    }

    /// Vertex counts each text on its own, and writes `3` as `3.0`.
    fn count(&mut self, reader: &mut Reader<'_>, name: &str, wanted: &str) -> Result<(), Fault> {
        match reader.kind()? {
            Kind::Integer | Kind::Decimal if name == wanted => {
                let more = embeddings::whole_number(reader.number()?);
                self.tokens = Some(self.tokens.unwrap_or_default().saturating_add(more));
                Ok(())
            }
            _ => reader.skip(),
        }
    }
}
