//! Embeddings: one whole answer, in the encoding that the client asked for.

use super::{
    Expected, JSON, Prepared, WholeAnswer, replacement, scan, target, wire_of, with_query,
};
use crate::chat::{Error, Usage};
use crate::dialects::openai_embeddings::{self as dialect, Encoding};
use crate::headers::Headers;
use crate::providers::openai_compatible as compatible;
use crate::providers::{Embeddings, Native, Recall, Wire};
use crate::role::provider::Settings;
use crate::role::provider::attempt::ThisAttempt;

/// How to read the answer.
pub(super) enum Reading {
    /// It passes; the client wants its vectors like this.
    Pass(Encoding),
    /// It is translated.
    Translate {
        native: &'static dyn Native,
        embeddings: &'static dyn Embeddings,
        recall: Recall,
        encoding: Encoding,
        /// What the client is told where the upstream says nothing.
        model: String,
    },
}

/// Writes the request for this attempt's provider.
pub(super) fn prepare(
    settings: &Settings,
    attempt: &ThisAttempt,
    body: &[u8],
) -> Result<Prepared, Error> {
    let scan = scan(attempt, body)?;
    let target = target(settings, attempt);
    match wire_of(settings, attempt, &scan) {
        Wire::OpenAi(preset) => {
            let prepared = compatible::prepare_embeddings(preset, body, &scan, &target)?;
            Ok(Prepared {
                path: with_query(&prepared.path, attempt),
                headers: Vec::new(),
                warnings: prepared.warnings,
                edit: replacement(prepared.edit),
                expected: expected(Reading::Pass(prepared.encoding)),
            })
        }
        Wire::Native(native) => {
            let embeddings = native.embeddings().ok_or_else(|| none(settings))?;
            let asked = dialect::parse(body)?;
            let outgoing = embeddings.request(&asked.request, &target)?;
            Ok(Prepared {
                path: outgoing.path,
                headers: outgoing.headers,
                warnings: outgoing.warnings,
                edit: Some((usize::MAX, outgoing.body)),
                expected: expected(Reading::Translate {
                    native,
                    embeddings,
                    recall: outgoing.recall,
                    encoding: asked.encoding,
                    model: target.model.to_owned(),
                }),
            })
        }
        Wire::Depends(_) => Err(none(settings)),
    }
}

fn expected(reading: Reading) -> Expected {
    Expected {
        stream: false,
        reading: super::Reading::Embeddings(reading),
    }
}

fn none(settings: &Settings) -> Error {
    let name = &settings.name;
    Error::invalid(format!("The provider `{name}` has no embeddings."))
        .with_param("model")
        .with_code("unsupported_operation")
}

impl Reading {
    /// Passes or translates an answer of status 2xx.
    pub(super) fn whole(&self, headers: &Headers, bytes: &[u8]) -> Result<WholeAnswer, Error> {
        let (body, usage, model) = match self {
            Self::Pass(encoding) => {
                let answer = compatible::whole_embeddings(bytes, *encoding)?;
                (answer.body, answer.usage, answer.model)
            }
            Self::Translate {
                embeddings,
                recall,
                encoding,
                model,
                ..
            } => {
                let response = embeddings.response(headers, bytes, recall)?;
                let body = dialect::encode(&response, *encoding, model);
                let usage = response.input_tokens.map(|input| Usage {
                    input,
                    ..Usage::default()
                });
                (Some(body), usage, response.model)
            }
        };
        Ok(WholeAnswer {
            content_type: JSON,
            body,
            usage,
            model,
            service_tier: None,
        })
    }
}
