//! The fields of a request that have no neutral meaning, sorted by a provider's table.
//!
//! An object with the provider's own name, such as `cohere: {…}`, is the way to everything that its
//! API has and OpenAI's has not: its fields go into the body as they are and win over what we would
//! have written, but for those that are made from the conversation.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::TargetOptions;
use super::json::{Fields, fields};
use super::losses::Losses;
use super::parameters::{self, Parameter, Policy};
use crate::chat::{Error, Request};

/// What a provider knows, as data.
pub(super) struct Vocabulary {
    /// The provider, as errors call it.
    pub(super) provider: &'static str,
    /// Names of the object that holds what only it understands.
    pub(super) vendor: &'static [&'static str],
    /// What becomes of parameters that it does not share with OpenAI's API.
    pub(super) parameters: &'static [Parameter],
    /// Fields of its body that are made from the conversation: nobody may overwrite them.
    pub(super) owned: &'static [&'static str],
}

/// What the extra fields say.
#[derive(Debug, Default)]
pub(super) struct Extras<'a> {
    /// Fields for the body.
    pub(super) fields: Fields<'a>,
    /// Those that the provider translates by code of its own.
    translated: Vec<(&'static str, &'a RawValue)>,
}

impl Vocabulary {
    /// The row of a parameter; `None`: it is not in the table.
    pub(super) fn find(&self, name: &str) -> Option<&'static Parameter> {
        self.parameters.iter().find(|row| row.name == name)
    }

    /// Whether the value of a parameter asks for anything.
    pub(super) fn asks(&self, name: &str, json: Option<&RawValue>) -> bool {
        let is_nothing = |json: &RawValue| {
            let row = self.find(name);
            row.is_some_and(|row| row.asks_nothing(json.get()))
        };
        json.is_some_and(|json| !is_nothing(json))
    }

    /// A parameter with a neutral meaning that asks for something, for which the API has no place.
    ///
    /// # Errors
    /// Where the table or a strict target refuses it.
    pub(super) fn has_no_place(&self, name: &str, losses: &mut Losses) -> Result<(), Error> {
        match self.find(name) {
            Some(row) if row.policy == Policy::Refuse => {
                Err(parameters::unsupported(row.name, self.provider))
            }
            Some(row) => losses.dropped(row.name),
            None => losses.dropped(name.to_owned()),
        }
    }
}

impl<'a> Extras<'a> {
    /// Sorts the request's extra fields.
    ///
    /// # Errors
    /// Where one asks for what this provider cannot do, or is unknown and that is forbidden.
    pub(super) fn sort(
        vocabulary: &Vocabulary,
        request: &'a Request<'_>,
        target: &TargetOptions<'_>,
        losses: &mut Losses,
    ) -> Result<Self, Error> {
        let mut sorted = Self::default();
        let is_vendors = |name: &str| vocabulary.vendor.contains(&name);
        let said = request.extras.iter();
        let said = said.filter(|extra| extra.value.get() != "null");
        for extra in said.clone().filter(|extra| !is_vendors(&extra.name)) {
            match vocabulary.find(&extra.name) {
                Some(row) if row.asks_nothing(extra.value.get()) => {}
                Some(row) => sorted.add(vocabulary, row, extra.value, losses)?,
                None => parameters::unknown(extra, target.unknown_fields, losses)?,
            }
        }
        for extra in said.filter(|extra| is_vendors(&extra.name)) {
            sorted.add_vendor(vocabulary, &extra.name, extra.value)?;
        }
        Ok(sorted)
    }

    /// Whether the body has a field of the client's by this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.0.iter().any(|(field, _)| field == name)
    }

    /// The value, unless the client says it in the API's own words.
    pub(super) fn unless_said<T>(&self, name: &str, value: Option<T>) -> Option<T> {
        value.filter(|_| !self.has(name))
    }

    /// Takes a field out that must be merged with what we write ourselves.
    pub(super) fn take(&mut self, name: &str) -> Option<&'a RawValue> {
        let at = self.fields.0.iter().position(|(field, _)| field == name)?;
        Some(self.fields.0.remove(at).1)
    }

    /// A field that is translated, as the client wrote it.
    pub(super) fn translated(&self, name: &str) -> Option<&'a RawValue> {
        let mut said = self.translated.iter();
        said.find(|(field, _)| *field == name)
            .map(|(_, json)| *json)
    }

    fn add(
        &mut self,
        vocabulary: &Vocabulary,
        row: &Parameter,
        json: &'a RawValue,
        losses: &mut Losses,
    ) -> Result<(), Error> {
        match row.policy {
            Policy::Ignore => {}
            Policy::Drop => losses.dropped(row.name)?,
            Policy::Refuse => return Err(parameters::unsupported(row.name, vocabulary.provider)),
            Policy::Pass => self.set(Cow::Borrowed(row.name), json),
            Policy::Translate => self.translated.push((row.name, json)),
        }
        Ok(())
    }

    /// Takes the object that holds what only this provider understands.
    fn add_vendor(
        &mut self,
        vocabulary: &Vocabulary,
        vendor: &str,
        json: &'a RawValue,
    ) -> Result<(), Error> {
        for (name, value) in fields(json, vendor)? {
            if vocabulary.owned.contains(&&*name) {
                let param = format!("{vendor}.{name}");
                let message = format!("`{param}` may not overwrite what is made from the request");
                return Err(Error::invalid(message).with_param(param));
            }
            self.set(name, value);
        }
        Ok(())
    }

    /// Sets a field of the body, in place of an earlier one.
    fn set(&mut self, name: Cow<'a, str>, json: &'a RawValue) {
        self.take(&name);
        self.fields.0.push((name, json));
    }
}
