//! `models`: what clients may ask for.

use std::collections::HashMap;

use super::field::{Field, Section};
use super::limits::{self, Limits};
use super::timeouts::{self, Profile};
use super::{fallback, name};

const FIELDS: &[&str] = &[
    "provider",
    "model",
    "strategy",
    "targets",
    "fallbacks",
    "aliases",
    "timeouts",
];

/// A model as it is written: fallbacks are names.
#[derive(Debug)]
pub(crate) struct RawModel<'a> {
    pub(crate) name: &'a str,
    pub(crate) field: Field<'a>,
    pub(crate) aliases: Vec<String>,
    pub(crate) targets: Vec<RawTarget>,
    /// Names of models in the configuration, aliases resolved, with their places.
    pub(crate) fallbacks: Vec<(&'a str, Field<'a>)>,
    /// Its own timeouts, where it has them.
    pub(crate) timeouts: Option<Profile>,
    /// Limits of all who use it.
    pub(super) limits: Limits,
}

/// One place where a model is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawTarget {
    pub(crate) provider: String,
    pub(crate) model: String,
}

/// What names of models mean: each model's own name and all aliases.
#[derive(Debug, Default)]
pub(crate) struct Names<'a> {
    /// Name or alias → name. An alias that clashes with a name has been reported.
    models: HashMap<&'a str, &'a str>,
}

impl<'a> Names<'a> {
    /// The model that `name` means; one that does not exist is reported.
    pub(crate) fn resolve(&self, field: &Field<'_>, name: &str) -> Option<&'a str> {
        let found = self.models.get(name).copied();
        if found.is_none() {
            let mut known: Vec<_> = self.models.keys().copied().collect();
            known.sort_unstable();
            field.report_unknown("there is no model", name, known);
        }
        found
    }
}

/// Finds all names of models, and reports those that mean two things.
pub(crate) fn names<'a>(models: &[(&'a str, Field<'a>)]) -> Names<'a> {
    let mut names = Names::default();
    for (model, field) in models {
        name::model(field, "a model's name", model);
        names.models.insert(model, model);
    }
    for (model, field) in models {
        for (alias, field) in aliases(field) {
            name::model(&field, "an alias", alias);
            match names.models.get(alias) {
                Some(other) => field.report(format!("`{alias}` already means model `{other}`")),
                None => {
                    names.models.insert(alias, model);
                }
            }
        }
    }
    names
}

/// Reads one model.
pub(crate) fn read<'a>(
    model: &'a str,
    field: &Field<'a>,
    providers: &[&str],
    names: &Names<'a>,
    default_timeouts: &Profile,
) -> Option<RawModel<'a>> {
    let section = field.section(&[FIELDS, &limits::FIELDS].concat(), &[])?;
    if let Some(strategy) = section.optional("strategy") {
        check_strategy(&strategy);
    }
    let fallbacks = section.optional("fallbacks");
    let own_timeouts = section.optional("timeouts");
    Some(RawModel {
        name: model,
        field: field.clone(),
        aliases: aliases(field).map(|(alias, _)| alias.to_owned()).collect(),
        targets: read_targets(model, &section, providers),
        fallbacks: fallbacks.map_or_else(Vec::new, |field| fallback::read(&field, model, names)),
        timeouts: own_timeouts
            .and_then(|field| timeouts::of_model(&field, model, default_timeouts)),
        limits: Limits::read(&section),
    })
}

fn aliases<'a>(field: &Field<'a>) -> impl Iterator<Item = (&'a str, Field<'a>)> + use<'a> {
    let aliases = field.lookup("aliases").and_then(|field| field.items());
    let text = |item: Field<'a>| item.text().map(|text| (text, item));
    aliases.unwrap_or_default().into_iter().filter_map(text)
}

fn check_strategy(field: &Field<'_>) {
    const LATER: &[&str] = &["weighted", "cheapest", "fastest", "least_busy"];
    match field.text() {
        Some(strategy) if LATER.contains(&strategy) => {
            field.report(format!(
                "`{strategy}` is not available yet; this version has `priority`"
            ));
        }
        Some(_) => {
            field.choice(&[("priority", ())]);
        }
        None => {}
    }
}

/// The targets of the long form, or the one of the short form.
fn read_targets(model: &str, section: &Section<'_>, providers: &[&str]) -> Vec<RawTarget> {
    match (section.optional("targets"), section.optional("provider")) {
        (Some(targets), None) => {
            if let Some(field) = section.optional("model") {
                field.report("belongs into `targets`");
            }
            read_target_list(model, &targets, providers)
        }
        (None, Some(_)) => read_target(model, section, providers).into_iter().collect(),
        (Some(_), Some(provider)) => {
            provider.report("stands beside `targets`; keep one of the two");
            Vec::new()
        }
        (None, None) => {
            section
                .field()
                .report("has no target: add `provider`, or `targets` with at least one");
            Vec::new()
        }
    }
}

fn read_target_list(model: &str, field: &Field<'_>, providers: &[&str]) -> Vec<RawTarget> {
    let Some(items) = field.items() else {
        return Vec::new();
    };
    if items.is_empty() {
        field.report("must have at least one target");
    }
    let mut targets = Vec::new();
    for item in &items {
        let section = item.section(&["provider", "model"], &["weight", "timeouts"]);
        let target = section.and_then(|section| read_target(model, &section, providers));
        match target {
            Some(target) if targets.contains(&target) => {
                item.report("is here already; each target is tried once");
            }
            target => targets.extend(target),
        }
    }
    targets
}

/// A target; the upstream is asked for the same model name where no other is given.
fn read_target(model: &str, section: &Section<'_>, providers: &[&str]) -> Option<RawTarget> {
    let field = section.required("provider")?;
    let provider = field.text()?;
    if !providers.contains(&provider) {
        field.report_unknown("there is no provider", provider, providers.iter().copied());
    }
    let upstream = match section.optional("model") {
        Some(field) => read_upstream_model(&field)?,
        None => model,
    };
    Some(RawTarget {
        provider: provider.to_owned(),
        model: upstream.to_owned(),
    })
}

/// The vendor chooses this name; it goes into JSON, paths and log lines.
fn read_upstream_model<'a>(field: &Field<'a>) -> Option<&'a str> {
    let model = field.text()?;
    if model.len() > 256 || !model.bytes().all(|b| b.is_ascii_graphic()) {
        field.report("may have only visible ASCII characters without spaces, at most 256");
        return None;
    }
    Some(model)
}
