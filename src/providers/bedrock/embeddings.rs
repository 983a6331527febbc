//! Embeddings by `InvokeModel`, whose body is each model family's own.
//!
//! Titan's is recorded; Cohere's and Nova's are those of the Bedrock user guide, "Inference request
//! parameters and response fields" (checked 2026-11-21). Tokens are counted in a header.

use serde::Serialize;
use serde_json::value::RawValue;

use super::path;
use crate::chat::{EmbeddingsRequest, EmbeddingsResponse, Error};
use crate::headers::Headers;
use crate::json::{Fault, Kind, Reader};
use crate::providers::embeddings::{self, Embeddings, Field};
use crate::providers::json::Fields;
use crate::providers::losses::Losses;
use crate::providers::{Outgoing, Recall, TargetOptions};

/// Names that the families have beyond OpenAI's.
const KNOWN: &[&str] = &["embeddingPurpose", "input_type", "normalize", "truncate"];

/// The registry's embeddings.
pub(super) struct BedrockEmbeddings;

impl Embeddings for BedrockEmbeddings {
    fn request(
        &self,
        request: &EmbeddingsRequest<'_>,
        target: &TargetOptions<'_>,
    ) -> Result<Outgoing, Error> {
        let mut losses = Losses::new(target.strict, "Bedrock");
        embeddings::without_end_user(request, &mut losses)?;
        let extras = embeddings::extras(request, target, "bedrock", KNOWN, &mut losses)?;
        let body = match Family::of(target.model) {
            Some(Family::Titan { dimensions }) => titan(request, dimensions, extras, &mut losses)?,
            Some(Family::Cohere) => cohere(request, extras)?,
            Some(Family::Nova) => nova(request, extras, &mut losses)?,
            None => return Err(no_family(target.model)),
        };
        Ok(Outgoing {
            path: path::invoke(target.model),
            headers: Vec::new(),
            body,
            warnings: losses.into_warnings(),
            recall: Recall::default(),
        })
    }

    fn response(
        &self,
        headers: &Headers,
        body: &[u8],
        _: &Recall,
    ) -> Result<EmbeddingsResponse, Error> {
        let mut answer = Answer::default();
        embeddings::read(body, |reader, name| answer.member(reader, &name.text))?;
        let counted = headers.text("x-amzn-bedrock-input-token-count");
        let counted = counted.and_then(|count| count.parse().ok());
        embeddings::answer(None, answer.vectors, counted.or(answer.tokens))
    }
}

/// Models that share a body, wherever their id comes from: plain, of an inference profile
/// (`us.cohere.embed-v4:0`), or in an ARN.
enum Family {
    Titan {
        /// Whether the length of the vectors can be chosen, which came with version 2.
        dimensions: bool,
    },
    Cohere,
    Nova,
}

impl Family {
    fn of(model: &str) -> Option<Self> {
        if model.contains("amazon.titan-embed") {
            let dimensions = !model.contains("titan-embed-text-v1") && !model.contains("g1-text");
            return Some(Self::Titan { dimensions });
        }
        if model.contains("cohere.embed") {
            return Some(Self::Cohere);
        }
        let is_nova = model.contains("amazon.nova") && model.contains("embeddings");
        is_nova.then_some(Self::Nova)
    }
}

fn no_family(model: &str) -> Error {
    let model: String = model.chars().take(100).collect();
    let message = format!("How Bedrock's model '{model}' embeds is not known here.");
    Error::invalid(message)
        .with_param("model")
        .with_code("unsupported_operation")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Titan<'a> {
    input_text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dimensions: Option<u64>,
    #[serde(flatten)]
    extras: Fields<'a>,
}

fn titan(
    request: &EmbeddingsRequest<'_>,
    takes_dimensions: bool,
    extras: Vec<Field<'_>>,
    losses: &mut Losses,
) -> Result<Vec<u8>, Error> {
    if request.dimensions.is_some() && !takes_dimensions {
        losses.dropped("dimensions")?;
    }
    embeddings::write(&Titan {
        input_text: embeddings::only_text(request)?,
        dimensions: request.dimensions.filter(|_| takes_dimensions),
        extras: Fields(extras),
    })
}

#[derive(Serialize)]
struct Cohere<'a> {
    texts: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_dimension: Option<u64>,
    #[serde(flatten)]
    extras: Fields<'a>,
}

fn cohere(request: &EmbeddingsRequest<'_>, extras: Vec<Field<'_>>) -> Result<Vec<u8>, Error> {
    let texts = embeddings::texts(request)?.iter();
    let is_said = extras.iter().any(|(name, _)| name == "input_type");
    embeddings::write(&Cohere {
        texts: texts.map(|text| &**text).collect(),
        input_type: (!is_said).then_some("search_document"),
        output_dimension: request.dimensions,
        extras: Fields(extras),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Nova<'a> {
    task_type: &'static str,
    single_embedding_params: NovaParams<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NovaParams<'a> {
    embedding_purpose: Purpose<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    embedding_dimension: Option<u64>,
    text: NovaText<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Purpose<'a> {
    Usual(&'static str),
    Said(&'a RawValue),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NovaText<'a> {
    truncation_mode: &'static str,
    value: &'a str,
}

fn nova(
    request: &EmbeddingsRequest<'_>,
    extras: Vec<Field<'_>>,
    losses: &mut Losses,
) -> Result<Vec<u8>, Error> {
    let mut purpose = Purpose::Usual("GENERIC_INDEX");
    for (name, json) in extras {
        match &*name {
            "embeddingPurpose" => purpose = Purpose::Said(json),
            _ => losses.dropped(name.into_owned())?,
        }
    }
    embeddings::write(&Nova {
        task_type: "SINGLE_EMBEDDING",
        single_embedding_params: NovaParams {
            embedding_purpose: purpose,
            embedding_dimension: request.dimensions,
            text: NovaText {
                // A text that is too long is an error, as at OpenAI.
                truncation_mode: "NONE",
                value: embeddings::only_text(request)?,
            },
        },
    })
}

/// What the families answer, each in a form of its own.
#[derive(Default)]
struct Answer {
    vectors: Vec<Vec<f64>>,
    tokens: Option<u64>,
}

impl Answer {
    fn member(&mut self, reader: &mut Reader<'_>, name: &str) -> Result<(), Fault> {
        match (name, reader.kind()?) {
            // Titan
            ("embedding", Kind::Array) => self.vectors.push(embeddings::vector(reader)?),
            ("inputTextTokenCount", Kind::Integer) => self.tokens = Some(reader.integer()?),
            // Cohere where no type was asked for, and Nova
            ("embeddings", Kind::Array) => reader.array(|reader| self.element(reader))?,
            // Cohere
            ("embeddings", Kind::Object) => reader.object(|reader, name| {
                match (&*name.text, reader.kind()?) {
                    ("float", Kind::Array) => self.vectors = embeddings::vectors(reader)?,
                    _ => reader.skip()?,
                }
                Ok(())
            })?,
            _ => reader.skip()?,
        }
        Ok(())
    }

    fn element(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        if reader.kind()? == Kind::Array {
            self.vectors.push(embeddings::vector(reader)?);
            return Ok(());
        }
        reader.object(|reader, name| {
            match (&*name.text, reader.kind()?) {
                ("embedding", Kind::Array) => self.vectors.push(embeddings::vector(reader)?),
                _ => reader.skip()?,
            }
            Ok(())
        })
    }
}
