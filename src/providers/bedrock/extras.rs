//! The fields of the request that have no neutral meaning.
//!
//! `bedrock: {…}` is the way to everything that Converse has and OpenAI's API has not: guardrails,
//! latency, tiers, fields of a model's own. Three of the fields are objects that we write into as
//! well; there the client's fields win one by one.

use serde_json::value::RawValue;

use super::parameters::VOCABULARY;
use super::wire::write::Additional;
use crate::chat::{Error, Request};
use crate::providers::TargetOptions;
use crate::providers::extras;
use crate::providers::json::{Fields, fields};
use crate::providers::losses::Losses;

/// What the extra fields say.
pub(super) struct Extras<'a> {
    sorted: extras::Extras<'a>,
    /// Fields for `additionalModelRequestFields`.
    pub(super) additional: Additional<'a>,
    /// Fields for `inferenceConfig`.
    pub(super) inference: Fields<'a>,
    /// Fields for `outputConfig`.
    pub(super) output: Fields<'a>,
}

impl<'a> Extras<'a> {
    /// Sorts the request's extra fields.
    ///
    /// # Errors
    /// Where one asks for what this provider cannot do, or is unknown and that is forbidden.
    pub(super) fn sort(
        request: &'a Request<'_>,
        target: &TargetOptions<'_>,
        losses: &mut Losses,
    ) -> Result<Self, Error> {
        let mut sorted = extras::Extras::sort(&VOCABULARY, request, target, losses)?;
        let mut object = |name| {
            let said = sorted.take(name).map(|json| fields(json, name));
            said.transpose().map(Option::unwrap_or_default)
        };
        let mut additional = Additional::default();
        for (name, json) in object("additionalModelRequestFields")? {
            additional.set(name, json);
        }
        Ok(Self {
            additional,
            inference: Fields(object("inferenceConfig")?),
            output: Fields(object("outputConfig")?),
            sorted,
        })
    }

    /// Whether the client has said a field of the body.
    pub(super) fn has(&self, name: &str) -> bool {
        self.sorted.has(name)
    }

    /// A field that is translated, as the client wrote it.
    pub(super) fn translated(&self, name: &str) -> Option<&'a RawValue> {
        self.sorted.translated(name)
    }

    /// The fields for the body itself.
    pub(super) fn into_fields(self) -> Fields<'a> {
        self.sorted.fields
    }
}

/// Whether a field is among these.
pub(super) fn has(fields: &Fields<'_>, name: &str) -> bool {
    fields.0.iter().any(|(field, _)| field == name)
}
