//! Embeddings: the client's bytes pass, as in chat.
//!
//! Vectors reach the client in the encoding that it asked for, whatever the vendor can do: where
//! one has no base64, it is asked for numbers and they are encoded here. A vendor that answers in
//! the wrong encoding without saying so is mended in the same way.

use std::borrow::Cow;
use std::ops::Range;

use super::edit::{Fate, Member, Splice, apply, splices};
use super::preset::{Param, Preset};
use super::request::{self, Edit, params};
use super::usage;
use crate::chat::{Error, Operation, Usage, Warning};
use crate::dialects::openai_chat::Scan;
use crate::dialects::openai_embeddings::{Encoding, from_base64, to_base64};
use crate::json::{Fault, Kind, Reader};
use crate::providers::TargetOptions;
use crate::providers::embeddings::vector;
use crate::providers::losses::Losses;

/// How a vendor's embeddings differ from OpenAI's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Embeddings {
    /// Whether the vendor knows `encoding_format`.
    pub(super) knows_encoding: bool,
    /// Fields of the request that it treats differently.
    pub(super) params: &'static [Param],
    /// Fields of the request that it knows and OpenAI does not.
    pub(super) extras: &'static [&'static str],
}

impl Embeddings {
    /// Nothing differs.
    pub(super) const PLAIN: Self = Self {
        knows_encoding: true,
        params: &[],
        extras: &[],
    };
}

/// A request for embeddings as the provider wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedEmbeddings {
    /// What becomes of the client's body.
    pub edit: Edit,
    /// Path below the base URL; may end with a query of its own.
    pub path: Cow<'static, str>,
    /// What could not be given to the provider as it was.
    pub warnings: Vec<Warning>,
    /// The encoding that the client wants.
    pub encoding: Encoding,
}

/// An answer for the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholeEmbeddings {
    /// What the client gets; `None` where the provider's bytes pass.
    pub body: Option<Vec<u8>>,
    /// Token counts, where the provider tells them.
    pub usage: Option<Usage>,
    /// The model that the provider says has answered.
    pub model: Option<String>,
}

/// Prepares the client's body, which `scan` has found in order, for a provider.
///
/// # Errors
/// As for chat.
pub(super) fn prepare(
    preset: &Preset,
    body: &[u8],
    scan: &Scan<'_>,
    target: &TargetOptions<'_>,
) -> Result<PreparedEmbeddings, Error> {
    let members: Vec<Member<'_>> = scan.fields.iter().map(Member::of).collect();
    let fields = params::Fields {
        body,
        members: &members,
    };
    let mut losses = Losses::new(target.strict, "this model's provider");
    let mut encoding = Encoding::Float;
    let mut fates = Vec::with_capacity(members.len());
    for (field, member) in scan.fields.iter().zip(&members) {
        fates.push(match &*member.name {
            "model" => request::model(scan, target),
            "encoding_format" => {
                encoding = asked_encoding(member.json(body))?;
                match preset.embeddings.knows_encoding {
                    true => Fate::Stays,
                    false => Fate::Goes,
                }
            }
            name if preset.embeddings.extras.contains(&name) => Fate::Stays,
            name if field.is_known => {
                let mut rules = preset.embeddings.params.iter();
                match rules.find(|param| param.name == name) {
                    Some(param) => params::ruled(param, member.json(body), fields, &mut losses)?,
                    None => Fate::Stays,
                }
            }
            _ => params::unknown(preset, body, member, scan, target, &mut losses)?,
        });
    }
    Ok(PreparedEmbeddings {
        edit: request::edit(body, splices(&members, &fates)),
        path: (preset.path)(Operation::Embeddings, target),
        warnings: losses.into_warnings(),
        encoding,
    })
}

fn asked_encoding(json: &[u8]) -> Result<Encoding, Error> {
    match json {
        b"\"float\"" | b"null" => Ok(Encoding::Float),
        b"\"base64\"" => Ok(Encoding::Base64),
        _ => Err(
            Error::invalid("'encoding_format' must be 'float' or 'base64'.")
                .with_param("encoding_format")
                .with_code("invalid_value"),
        ),
    }
}

/// Reads an answer with a successful status.
///
/// # Errors
/// An error of kind `Upstream` where it is no answer.
pub(super) fn whole(body: &[u8], encoding: Encoding) -> Result<WholeEmbeddings, Error> {
    let found = Found::read(body).map_err(|_| {
        Error::upstream("The provider's answer cannot be understood: it has no embeddings.")
    })?;
    let splices = found.vectors.iter().filter_map(|(place, kind)| {
        let json = body.get(place.clone())?;
        let text = match (kind, encoding) {
            (Kind::Array, Encoding::Base64) => base64(json)?,
            (Kind::String, Encoding::Float) => numbers(json)?,
            _ => return None,
        };
        let range = place.clone();
        Some(Splice {
            range,
            text: text.into(),
        })
    });
    let splices: Vec<Splice> = splices.collect();
    let usage = found.usage.and_then(|place| body.get(place));
    Ok(WholeEmbeddings {
        body: (!splices.is_empty()).then(|| apply(body, &splices)),
        usage: usage.and_then(usage::read_json),
        model: found.model,
    })
}

fn base64(array: &[u8]) -> Option<String> {
    let vector = vector(&mut Reader::new(array).ok()?).ok()?;
    Some(format!("\"{}\"", to_base64(&vector)))
}

fn numbers(string: &[u8]) -> Option<String> {
    let text = Reader::new(string).ok()?.string().ok()?;
    serde_json::to_string(&from_base64(&text)?).ok()
}

/// Where things are in an answer.
#[derive(Default)]
struct Found {
    vectors: Vec<(Range<usize>, Kind)>,
    usage: Option<Range<usize>>,
    model: Option<String>,
}

impl Found {
    fn read(body: &[u8]) -> Result<Self, Fault> {
        let mut found = Self::default();
        let mut has_data = false;
        let mut reader = Reader::new(body)?;
        reader.object(|reader, name| {
            match (&*name.text, reader.kind()?) {
                ("data", Kind::Array) => {
                    has_data = true;
                    reader.array(|reader| found.item(reader))?;
                }
                ("usage", Kind::Object) => found.usage = Some(reader.span()?),
                ("model", Kind::String) => found.model = Some(reader.string()?.into_owned()),
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        match has_data {
            true => Ok(found),
            false => Err(reader.fault(crate::json::FaultKind::Missing)),
        }
    }

    fn item(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        reader.object(|reader, name| {
            if name.text != "embedding" {
                return reader.skip();
            }
            let kind = reader.kind()?;
            self.vectors.push((reader.span()?, kind));
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBERS: &[u8] = br#"{"object":"list", "data":[{"embedding": [1, -0.5],"index":0}],"model":"e","usage":{"prompt_tokens":4,"total_tokens":4}}"#;

    #[test]
    fn numbers_become_base64_for_who_asked_for_it() {
        let answer = whole(NUMBERS, Encoding::Base64).unwrap();
        assert_eq!(
            String::from_utf8(answer.body.unwrap()).unwrap(),
            r#"{"object":"list", "data":[{"embedding": "AACAPwAAAL8=","index":0}],"model":"e","usage":{"prompt_tokens":4,"total_tokens":4}}"#
        );
        assert_eq!(answer.usage.unwrap().input, 4);
        assert_eq!(answer.model.as_deref(), Some("e"));
    }

    #[test]
    fn the_right_encoding_passes_untouched() {
        assert_eq!(whole(NUMBERS, Encoding::Float).unwrap().body, None);
        let base64 = br#"{"data":[{"embedding":"AACAPwAAAL8="}]}"#;
        assert_eq!(whole(base64, Encoding::Base64).unwrap().body, None);
        let mended = whole(base64, Encoding::Float).unwrap().body.unwrap();
        assert_eq!(mended, br#"{"data":[{"embedding":[1.0,-0.5]}]}"#);
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        for body in ["", "{}", "[]", r#"{"data":null}"#, r#"{"data":[7]}"#, "{"] {
            let error = whole(body.as_bytes(), Encoding::Float).expect_err(body);
            assert_eq!(error.status, 502, "{body}");
        }
    }
}
