//! The fields of the request that have no neutral meaning: sorted by the table of parameters.
//!
//! `anthropic: {…}` is the way to everything that the Messages API has and OpenAI's has not: its
//! fields are put into the body as they are and win over what we would have written, but for those
//! that are made from the conversation. `anthropic.betas` becomes the header `anthropic-beta`.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::parameters::{self, Policy};
use super::wire::read::Str;
use super::wire::write::{self, UserLocation};
use super::{VENDOR, betas};
use crate::chat::{Error, Request};
use crate::providers::TargetOptions;
pub(super) use crate::providers::json::fields;
use crate::providers::losses::Losses;

/// What the extra fields say.
#[derive(Default)]
pub(super) struct Extras<'a> {
    /// Fields for the body.
    pub(super) fields: write::Fields<'a>,
    /// Name of the end user, from `metadata.user_id`.
    pub(super) user_id: Option<Cow<'a, str>>,
    /// `top_k`, which other APIs know too.
    pub(super) top_k: Option<&'a RawValue>,
    /// Web search, which is a tool here.
    pub(super) web_search: Option<write::Tool<'a>>,
    /// Beta features that the client asks for.
    pub(super) betas: Vec<Cow<'a, str>>,
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
        for extra in request
            .extras
            .iter()
            .filter(|extra| extra.value.get() != "null")
        {
            if extra.name == VENDOR {
                continue;
            }
            match parameters::find(&extra.name) {
                Some(row) if row.asks_nothing(extra.value.get()) => {}
                Some(row) => extras.add(row.name, row.policy, extra.value, losses)?,
                None => parameters::unknown(extra, target.unknown_fields, losses)?,
            }
        }
        for extra in request.extras.iter().filter(|extra| extra.name == VENDOR) {
            extras.add_vendor(extra.value)?;
        }
        Ok(extras)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.0.iter().any(|(field, _)| field == name)
    }

    pub(super) fn field(&self, name: &str) -> Option<&'a RawValue> {
        let mut fields = self.fields.0.iter();
        fields
            .find(|(field, _)| field == name)
            .map(|(_, json)| *json)
    }

    /// Takes a field out that must be merged with what we write ourselves.
    pub(super) fn take(&mut self, name: &str) -> Option<&'a RawValue> {
        let at = self.fields.0.iter().position(|(field, _)| field == name)?;
        Some(self.fields.0.remove(at).1)
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
            Policy::Refuse => Err(unsupported(name)),
            Policy::Pass => {
                self.set(Cow::Borrowed(name), json);
                Ok(())
            }
            Policy::Translate if name == "metadata" => self.add_metadata(json, losses),
            Policy::Translate if name == "top_k" => {
                self.top_k = Some(json);
                Ok(())
            }
            Policy::Translate => self.add_web_search(json, losses),
        }
    }

    /// OpenAI's metadata is for its own store; Anthropic's has the one field `user_id`.
    fn add_metadata(&mut self, json: &'a RawValue, losses: &mut Losses) -> Result<(), Error> {
        let mut others = false;
        for (name, value) in fields(json, "metadata")? {
            match serde_json::from_str::<Str<'a>>(value.get()) {
                Ok(user_id) if name == "user_id" => self.user_id = Some(Str::into_cow(user_id)),
                _ => others = true,
            }
        }
        if others {
            losses.dropped("metadata")
        } else {
            Ok(())
        }
    }

    fn add_web_search(&mut self, json: &'a RawValue, losses: &mut Losses) -> Result<(), Error> {
        let mut user_location = None;
        for (name, value) in fields(json, "web_search_options")? {
            match (&*name, value.get()) {
                (_, "null") | ("search_context_size", r#""medium""#) => {}
                ("user_location", _) => {
                    let param = "web_search_options.user_location";
                    let mut location = fields(value, param)?.into_iter();
                    let place = location.find(|(name, _)| name == "approximate");
                    let place = place.map(|(_, place)| fields(place, param)).transpose()?;
                    user_location = Some(UserLocation {
                        kind: "approximate",
                        place: write::Fields(place.unwrap_or_default()),
                    });
                }
                _ => losses.dropped(format!("web_search_options.{name}"))?,
            }
        }
        self.web_search = Some(write::Tool::WebSearch {
            kind: "web_search_20250305",
            name: "web_search",
            user_location,
        });
        Ok(())
    }

    /// Takes the object that holds what only Anthropic understands.
    fn add_vendor(&mut self, json: &'a RawValue) -> Result<(), Error> {
        for (name, value) in fields(json, VENDOR)? {
            if parameters::OWNED.contains(&&*name) {
                let message =
                    format!("`anthropic.{name}` may not overwrite what is made from the request");
                return Err(Error::invalid(message).with_param(format!("anthropic.{name}")));
            }
            if name == "betas" {
                self.betas = betas(value)?;
            } else {
                self.set(name, value);
            }
        }
        Ok(())
    }

    /// Sets a field of the body, in place of an earlier one.
    pub(super) fn set(&mut self, name: Cow<'a, str>, json: &'a RawValue) {
        self.take(&name);
        self.fields.0.push((name, json));
    }
}

/// The error of a parameter without which the caller would get a different product.
pub(super) fn unsupported(param: &'static str) -> Error {
    parameters::unsupported(param, "Anthropic's models")
}

/// Names only, so that nothing else can be put into the header.
fn betas(json: &RawValue) -> Result<Vec<Cow<'_, str>>, Error> {
    serde_json::from_str::<Vec<Cow<'_, str>>>(json.get())
        .ok()
        .filter(|names| names.iter().all(|name| betas::is_name(name)))
        .ok_or_else(|| {
            Error::invalid("`anthropic.betas` must be a list of names of Anthropic's beta features")
                .with_param("anthropic.betas")
        })
}
