//! The fields of the request that have no neutral meaning: sorted by the table of parameters.
//!
//! `bedrock: {…}` is the way to everything that Converse has and OpenAI's API has not (guardrails,
//! latency, tiers, fields of a model's own): its fields are put into the body as they are and win
//! over what we would have written, but for those that are made from the conversation. Three of
//! them are objects that we write into as well; there the client's fields win one by one.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::NAME;
use super::parameters::{self, OWNED};
use super::wire::write::Additional;
use crate::chat::{Error, Request};
use crate::providers::TargetOptions;
use crate::providers::json::{Fields, fields};
use crate::providers::losses::Losses;
use crate::providers::parameters::{Policy, unknown, unsupported};

/// What the extra fields say.
#[derive(Default)]
pub(super) struct Extras<'a> {
    /// Fields for the body.
    pub(super) fields: Fields<'a>,
    /// Fields for `additionalModelRequestFields`.
    pub(super) additional: Additional<'a>,
    /// Fields for `inferenceConfig`.
    pub(super) inference: Fields<'a>,
    /// Fields for `outputConfig`.
    pub(super) output: Fields<'a>,
    /// OpenAI's `metadata`.
    pub(super) metadata: Option<&'a RawValue>,
    /// `top_k`, which other APIs know too.
    pub(super) top_k: Option<&'a RawValue>,
    /// Anthropic's `thinking`.
    pub(super) thinking: Option<&'a RawValue>,
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
        let mut extras = Self::default();
        let said = || {
            request
                .extras
                .iter()
                .filter(|extra| extra.value.get() != "null")
        };
        for extra in said().filter(|extra| extra.name != "bedrock") {
            match parameters::find(&extra.name) {
                Some(row) if row.asks_nothing(extra.value.get()) => {}
                Some(row) => extras.add(row.name, row.policy, extra.value, losses)?,
                None => unknown(extra, target.unknown_fields, losses)?,
            }
        }
        for extra in said().filter(|extra| extra.name == "bedrock") {
            extras.add_vendor(extra.value)?;
        }
        Ok(extras)
    }

    /// Whether the client has said a field of the body.
    pub(super) fn has(&self, name: &str) -> bool {
        has(&self.fields, name)
    }

    fn add(
        &mut self,
        name: &'static str,
        policy: Policy,
        json: &'a RawValue,
        losses: &mut Losses,
    ) -> Result<(), Error> {
        match policy {
            Policy::Ignore => Ok(()),
            Policy::Drop => losses.dropped(name),
            Policy::Refuse => Err(unsupported(name, NAME)),
            Policy::Pass => {
                set(&mut self.fields, Cow::Borrowed(name), json);
                Ok(())
            }
            Policy::Translate => self.translate(name, json),
        }
    }

    fn translate(&mut self, name: &'static str, json: &'a RawValue) -> Result<(), Error> {
        match name {
            "metadata" => self.metadata = Some(json),
            "top_k" => self.top_k = Some(json),
            "thinking" => self.thinking = Some(json),
            _ => return self.merge(name, json, name),
        }
        Ok(())
    }

    /// Takes the object that holds what only Bedrock understands.
    fn add_vendor(&mut self, json: &'a RawValue) -> Result<(), Error> {
        for (name, value) in fields(json, "bedrock")? {
            let param = format!("bedrock.{name}");
            if OWNED.contains(&&*name) {
                let message = format!("`{param}` may not overwrite what is made from the request");
                return Err(Error::invalid(message).with_param(param));
            }
            match &*name {
                "additionalModelRequestFields" | "inferenceConfig" | "outputConfig" => {
                    self.merge(&name, value, &param)?;
                }
                _ => set(&mut self.fields, name, value),
            }
        }
        Ok(())
    }

    fn merge(&mut self, name: &str, json: &'a RawValue, param: &str) -> Result<(), Error> {
        for (field, value) in fields(json, param)? {
            match name {
                "inferenceConfig" => set(&mut self.inference, field, value),
                "outputConfig" => set(&mut self.output, field, value),
                _ => self.additional.set(field, value),
            }
        }
        Ok(())
    }
}

/// Whether a field is among these.
pub(super) fn has(fields: &Fields<'_>, name: &str) -> bool {
    fields.0.iter().any(|(field, _)| field == name)
}

/// Sets a field, in place of an earlier one.
fn set<'a>(fields: &mut Fields<'a>, name: Cow<'a, str>, json: &'a RawValue) {
    fields.0.retain(|(earlier, _)| *earlier != name);
    fields.0.push((name, json));
}
