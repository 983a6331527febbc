//! The fields of the request that have no neutral meaning.
//!
//! `google: {…}` is the way to everything that Gemini has and OpenAI's API has not. Members of
//! `generationConfig` may stand in it or beside it; `tools` and `toolConfig` are added to ours.
//! Google's own OpenAI endpoint has the same object in `extra_body`, in snake case, and both are
//! taken. The kind's name means the same, for a request that other hosts may get as well.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::VENDOR;
use super::endpoint::Host;
use super::parameters::{self, EXTRA_BODY, GENERATION, OWNED};
use crate::chat::{Error, Request};
use crate::providers::TargetOptions;
use crate::providers::extras;
use crate::providers::json::{Fields, fields};
use crate::providers::losses::Losses;
use crate::providers::parameters::unknown;

/// What the extra fields say.
pub(super) struct Extras<'a> {
    /// Fields for the body.
    pub(super) body: Fields<'a>,
    /// Members for its `generationConfig`.
    pub(super) generation: Fields<'a>,
    /// Members for its `toolConfig`.
    pub(super) tool_config: Fields<'a>,
    /// Tools in the API's own words.
    pub(super) tools: Vec<&'a RawValue>,
    sorted: extras::Extras<'a>,
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
        let vocabulary = parameters::vocabulary(host);
        let mut sorted = extras::Extras::sort(vocabulary, request, target, losses)?;
        let said = std::mem::take(&mut sorted.fields).0;
        let mut extras = Self {
            body: Fields::default(),
            generation: Fields::default(),
            tool_config: Fields::default(),
            tools: Vec::new(),
            sorted,
        };
        extras.add_extra_body(request, target, losses)?;
        for (name, value) in said {
            extras.add(VENDOR, name, value)?;
        }
        Ok(extras)
    }

    /// The value that a parameter has in the client's words.
    pub(super) fn translated(&self, name: &str) -> Option<&'a RawValue> {
        self.sorted.translated(name)
    }

    /// Whether the client says it in the API's own words.
    pub(super) fn says(&self, name: &str) -> bool {
        let has = |fields: &Fields<'_>| fields.0.iter().any(|(field, _)| field == name);
        has(&self.body) || has(&self.generation) || has(&self.tool_config)
    }

    /// The value, unless the client says it in the API's own words.
    pub(super) fn unless_said<T>(&self, name: &str, value: Option<T>) -> Option<T> {
        value.filter(|_| !self.says(name))
    }

    fn add_extra_body(
        &mut self,
        request: &'a Request<'_>,
        target: &TargetOptions<'_>,
        losses: &mut Losses,
    ) -> Result<(), Error> {
        let mut given = request.extras.iter();
        let Some(extra) = given.find(|extra| extra.name == EXTRA_BODY) else {
            return Ok(());
        };
        let mut is_googles = false;
        for (vendor, json) in fields(extra.value, EXTRA_BODY)? {
            if vendor == VENDOR {
                is_googles = true;
                for (name, value) in fields(json, "extra_body.google")? {
                    self.add("extra_body.google", name, value)?;
                }
            }
        }
        match is_googles {
            true => Ok(()),
            false => unknown(extra, target.unknown_fields, losses),
        }
    }

    /// Takes a member of the object that holds what only Gemini understands.
    fn add(&mut self, param: &str, name: Cow<'a, str>, value: &'a RawValue) -> Result<(), Error> {
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
        Ok(())
    }
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
