//! The fields of the request that have no neutral meaning: sorted by the table of parameters.
//!
//! `google: {…}` is the way to everything that Gemini has and OpenAI's API has not. Its fields are
//! put into the body as they are and win over what we would have written, but for those that are
//! made from the conversation; `tools` and `toolConfig` are added to ours. Members of
//! `generationConfig` may stand in it or beside it. Google's own OpenAI endpoint has the same object
//! in `extra_body`, in snake case, and both are taken. The kind's name means the same, for a
//! request that other hosts may get as well.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::VENDOR;
use super::endpoint::Host;
use super::parameters::{self, GENERATION, OWNED};
use crate::chat::{Error, Extra, Request};
use crate::providers::TargetOptions;
use crate::providers::json::{Fields, fields};
use crate::providers::losses::Losses;
use crate::providers::parameters::{Policy, unknown, unsupported};

/// Where Google's own OpenAI endpoint has what only Gemini understands.
const EXTRA_BODY: &str = "extra_body";

/// What the extra fields say.
#[derive(Default)]
pub(super) struct Extras<'a> {
    /// Fields for the body.
    pub(super) body: Fields<'a>,
    /// Members for its `generationConfig`.
    pub(super) generation: Fields<'a>,
    /// Members for its `toolConfig`.
    pub(super) tool_config: Fields<'a>,
    /// Tools in the API's own words.
    pub(super) tools: Vec<&'a RawValue>,
    /// Fields that are translated.
    translated: Vec<(&'static str, &'a RawValue)>,
}

impl<'a> Extras<'a> {
    /// Sorts the request's extra fields.
    ///
    /// # Errors
    /// Where one asks for what this provider cannot do, or is unknown and that is forbidden.
    pub(super) fn sort(
        host: Host,
        request: &'a Request<'_>,
        target: &TargetOptions<'_>,
        losses: &mut Losses,
    ) -> Result<Self, Error> {
        let mut extras = Self::default();
        let given = request.extras.iter();
        for extra in given.filter(|extra| extra.value.get() != "null") {
            if extra.name == VENDOR || extra.name == host.kind() {
                extras.add_vendor(&extra.name, extra.value)?;
            } else if extra.name == EXTRA_BODY {
                extras.add_extra_body(extra, target, losses)?;
            } else {
                extras.add(host, extra, target, losses)?;
            }
        }
        Ok(extras)
    }

    /// The value that a parameter has in the client's words.
    pub(super) fn translated(&self, name: &str) -> Option<&'a RawValue> {
        let mut fields = self.translated.iter();
        fields
            .find(|(field, _)| *field == name)
            .map(|(_, json)| *json)
    }

    /// Whether the client says it in the API's own words.
    pub(super) fn says(&self, name: &str) -> bool {
        has(&self.body, name) || has(&self.generation, name) || has(&self.tool_config, name)
    }

    /// The value, unless the client says it in the API's own words.
    pub(super) fn unless_said<T>(&self, name: &str, value: Option<T>) -> Option<T> {
        value.filter(|_| !self.says(name))
    }

    fn add(
        &mut self,
        host: Host,
        extra: &'a Extra<'_>,
        target: &TargetOptions<'_>,
        losses: &mut Losses,
    ) -> Result<(), Error> {
        let Some(row) = parameters::find(&extra.name) else {
            return unknown(extra, target.unknown_fields, losses);
        };
        if row.asks_nothing(extra.value.get()) {
            return Ok(());
        }
        match row.policy {
            Policy::Ignore => {}
            Policy::Drop => losses.dropped(row.name)?,
            Policy::Refuse => return Err(unsupported(row.name, host.name())),
            Policy::Pass | Policy::Translate => self.translated.push((row.name, extra.value)),
        }
        Ok(())
    }

    fn add_extra_body(
        &mut self,
        extra: &'a Extra<'_>,
        target: &TargetOptions<'_>,
        losses: &mut Losses,
    ) -> Result<(), Error> {
        let vendor = fields(extra.value, EXTRA_BODY)?.into_iter();
        let mut vendor = vendor.filter(|(name, _)| name == VENDOR).peekable();
        if vendor.peek().is_none() {
            return unknown(extra, target.unknown_fields, losses);
        }
        vendor.try_for_each(|(_, json)| self.add_vendor("extra_body.google", json))
    }

    /// Takes the object that holds what only Gemini understands.
    fn add_vendor(&mut self, param: &str, json: &'a RawValue) -> Result<(), Error> {
        for (name, value) in fields(json, param)? {
            let path = format!("{param}.{name}");
            let name = camel(name);
            if OWNED.contains(&&*name) {
                let message = format!("`{path}` may not overwrite what is made from the request");
                return Err(Error::invalid(message).with_param(path));
            }
            match &*name {
                "generationConfig" => add_all(&mut self.generation, value, &path)?,
                "toolConfig" => add_all(&mut self.tool_config, value, &path)?,
                "tools" => self.tools.extend(list(value, path)?),
                known if GENERATION.contains(&known) => set(&mut self.generation, name, value),
                _ => set(&mut self.body, name, value),
            }
        }
        Ok(())
    }
}

fn has(fields: &Fields<'_>, name: &str) -> bool {
    fields.0.iter().any(|(field, _)| field == name)
}

fn add_all<'a>(into: &mut Fields<'a>, json: &'a RawValue, param: &str) -> Result<(), Error> {
    for (name, value) in fields(json, param)? {
        set(into, camel(name), value);
    }
    Ok(())
}

/// Sets a field, in place of an earlier one.
fn set<'a>(fields: &mut Fields<'a>, name: Cow<'a, str>, json: &'a RawValue) {
    fields.0.retain(|(earlier, _)| *earlier != name);
    fields.0.push((name, json));
}

fn list(json: &RawValue, param: String) -> Result<Vec<&RawValue>, Error> {
    serde_json::from_str(json.get())
        .map_err(|_| Error::invalid(format!("`{param}` must be a list")).with_param(param))
}

/// The API takes both cases; ours are compared in one.
fn camel(name: Cow<'_, str>) -> Cow<'_, str> {
    if !name.contains('_') {
        return name;
    }
    let mut camel = String::with_capacity(name.len());
    for (at, word) in name.split('_').enumerate() {
        let mut letters = word.chars();
        if at == 0 {
            camel.push_str(word);
        } else if let Some(first) = letters.next() {
            camel.push(first.to_ascii_uppercase());
            camel.push_str(letters.as_str());
        }
    }
    Cow::Owned(camel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_in_one_case() {
        for (name, expected) in [
            ("safety_settings", "safetySettings"),
            ("safetySettings", "safetySettings"),
            ("top_k", "topK"),
            ("_", ""),
            ("a__b_", "aB"),
        ] {
            assert_eq!(camel(name.into()), expected);
        }
    }
}
