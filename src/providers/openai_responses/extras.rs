//! The fields of the request that have no neutral meaning: sorted by a table.
//!
//! `openai: {…}` may add what the Responses API has and Chat Completions has not; it may not change
//! what is made from the request.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::Responses;
use super::request::NAME;
use super::wire::write::{OwnTool, UserLocation};
use crate::chat::{Error, Extra, Request};
use crate::providers::TargetOptions;
use crate::providers::json::{Fields, fields};
use crate::providers::losses::Losses;
use crate::providers::parameters::{Parameter, Policy, row, unknown, unsupported};

const PARAMETERS: &[Parameter] = &[
    row("stream_options", Policy::Ignore),
    row("audio", Policy::Refuse),
    row("metadata", Policy::Pass),
    row("modalities", Policy::Refuse).harmless(&[r#"["text"]"#, "[]"]),
    row("moderation", Policy::Pass),
    row("prediction", Policy::Drop),
    row("prompt_cache_key", Policy::Pass),
    row("prompt_cache_options", Policy::Pass),
    row("prompt_cache_retention", Policy::Pass),
    row("store", Policy::Translate),
    row("verbosity", Policy::Translate),
    row("web_search_options", Policy::Translate),
    // The Responses API's own. A conversation that is kept elsewhere would be missing here.
    row("background", Policy::Refuse).harmless(&["false"]),
    row("conversation", Policy::Refuse),
    row("context_management", Policy::Pass),
    row("max_tool_calls", Policy::Pass),
    row("previous_response_id", Policy::Refuse),
    row("prompt", Policy::Refuse),
    row("truncation", Policy::Pass),
];

/// Fields that are made from the request: `openai: {…}` may not have them.
const OWNED: &[&str] = &[
    "model",
    "stream",
    "store",
    "include",
    "reasoning",
    "max_output_tokens",
    "temperature",
    "top_p",
    "text",
    "safety_identifier",
    "service_tier",
    "parallel_tool_calls",
    "tools",
    "tool_choice",
    "input",
    "instructions",
];

/// What the extra fields say.
#[derive(Default)]
pub(super) struct Extras<'a> {
    /// Fields for the body.
    pub(super) passed: Fields<'a>,
    /// Whether OpenAI may keep the answer.
    pub(super) store: bool,
    /// How many words to make.
    pub(super) verbosity: Option<&'a RawValue>,
    /// Web search, which is a tool here.
    pub(super) web_search: Option<OwnTool<'a>>,
}

impl<'a> Extras<'a> {
    /// Sorts the request's extra fields.
    ///
    /// # Errors
    /// Where one asks for what this API cannot do, or is unknown and that is forbidden.
    pub(super) fn sort(
        api: &Responses,
        request: &'a Request<'_>,
        target: &TargetOptions<'_>,
        losses: &mut Losses,
    ) -> Result<Self, Error> {
        let mut extras = Self::default();
        let says_something = |extra: &&Extra<'_>| extra.value.get() != "null";
        for extra in request.extras.iter().filter(says_something) {
            let mut rows = PARAMETERS.iter();
            match rows.find(|row| row.name == extra.name) {
                Some(row) if row.asks_nothing(extra.value.get()) => {}
                Some(row) => extras.add(row, extra.value, losses)?,
                None if api.names.contains(&&*extra.name) => {
                    extras.add_vendor(&extra.name, extra.value)?;
                }
                None => unknown(extra, target.unknown_fields, losses)?,
            }
        }
        Ok(extras)
    }

    fn add(
        &mut self,
        row: &Parameter,
        json: &'a RawValue,
        losses: &mut Losses,
    ) -> Result<(), Error> {
        match (row.policy, row.name) {
            (Policy::Ignore, _) => {}
            (Policy::Drop, name) => losses.dropped(name)?,
            (Policy::Refuse, name) => return Err(unsupported(name, NAME)),
            (Policy::Translate, "store") => self.store = json.get() == "true",
            (Policy::Translate, "verbosity") => self.verbosity = Some(json),
            (Policy::Translate, _) => self.web_search = Some(web_search(json, losses)?),
            (Policy::Pass, name) => self.set(Cow::Borrowed(name), json),
        }
        Ok(())
    }

    /// Takes the object that holds what only this API understands.
    fn add_vendor(&mut self, own: &str, json: &'a RawValue) -> Result<(), Error> {
        for (name, value) in fields(json, own)? {
            if OWNED.contains(&&*name) {
                let message =
                    format!("`{own}.{name}` may not overwrite what is made from the request");
                return Err(Error::invalid(message).with_param(format!("{own}.{name}")));
            }
            self.set(name, value);
        }
        Ok(())
    }

    fn set(&mut self, name: Cow<'a, str>, json: &'a RawValue) {
        self.passed.0.retain(|(earlier, _)| *earlier != name);
        self.passed.0.push((name, json));
    }
}

fn web_search<'a>(json: &'a RawValue, losses: &mut Losses) -> Result<OwnTool<'a>, Error> {
    let (mut search_context_size, mut user_location) = (None, None);
    for (name, value) in fields(json, "web_search_options")? {
        match (&*name, value.get()) {
            (_, "null") => {}
            ("search_context_size", _) => search_context_size = Some(value),
            ("user_location", _) => user_location = Some(location(value)?),
            _ => losses.dropped("web_search_options.*")?,
        }
    }
    Ok(OwnTool::WebSearch {
        search_context_size,
        user_location,
    })
}

/// `{"type":"approximate","approximate":{"city":…}}` → the same without the inner object.
fn location(json: &RawValue) -> Result<UserLocation<'_>, Error> {
    const PARAM: &str = "web_search_options.user_location";
    let mut members = fields(json, PARAM)?.into_iter();
    let place = members.find(|(name, _)| name == "approximate");
    let place = place.map(|(_, place)| fields(place, PARAM)).transpose()?;
    Ok(UserLocation {
        kind: "approximate",
        place: Fields(place.unwrap_or_default()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_parameter_is_listed_twice_or_overwrites_what_we_write() {
        let mut names: Vec<_> = PARAMETERS.iter().map(|row| row.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
        let passed = PARAMETERS.iter().filter(|row| row.policy == Policy::Pass);
        assert!(
            passed
                .map(|row| row.name)
                .all(|name| !OWNED.contains(&name))
        );
    }
}
