//! `models`: what clients may ask for.

use std::collections::HashMap;

use tidegate::config::routing::Strategy;
use tidegate::config::runtime::Target;

use super::fallback::Fallback;
use super::field::{Field, Section};
use super::limits::{self, Limits};
use super::strategy::Choice;
use super::timeouts::{self, Profile};
use super::{fallback, name, shadow, strategy, target};

const FIELDS: &[&str] = &[
    "provider",
    "model",
    "targets",
    "fallbacks",
    "aliases",
    "timeouts",
    "shadow",
];

/// A model as it is written: fallbacks are names.
#[derive(Debug)]
pub(crate) struct RawModel<'a> {
    pub(crate) name: &'a str,
    pub(crate) field: Field<'a>,
    pub(crate) aliases: Vec<String>,
    pub(crate) targets: Vec<Target>,
    /// How it chooses among them.
    pub(crate) choice: Choice,
    /// Models of the configuration, aliases resolved.
    pub(crate) fallbacks: Vec<Fallback<'a>>,
    /// Its own timeouts, where it has them, or routes of its own for another reason.
    pub(crate) timeouts: Option<Profile>,
    /// Where copies of its requests go.
    pub(crate) shadow: Option<Target>,
    /// Limits of all who use it.
    pub(super) limits: Limits,
}

impl RawModel<'_> {
    /// Whether its choice depends on what targets cost, or what they cost is to be compared.
    pub(super) fn asks_for_prices(&self) -> bool {
        self.choice.strategy == Strategy::Cheapest || self.shadow.is_some()
    }
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
    let fields = [FIELDS, &strategy::FIELDS, &limits::FIELDS].concat();
    let section = field.section(&fields, &[])?;
    let fallbacks = section.optional("fallbacks");
    let own_timeouts = section.optional("timeouts");
    let mut timeouts =
        own_timeouts.and_then(|field| timeouts::of_model(&field, model, default_timeouts));
    let shadow = shadow::read(model, &section, providers, &mut timeouts, default_timeouts);
    let targets = read_targets(model, &section, providers);
    if targets.iter().any(|target| target.retries > 0) {
        if model == default_timeouts.name {
            field.report("a model called `default` cannot have `retries`; rename it");
        }
        timeouts
            .get_or_insert_with(|| default_timeouts.named(model))
            .pauses = true;
    }
    Some(RawModel {
        name: model,
        field: field.clone(),
        aliases: aliases(field).map(|(alias, _)| alias.to_owned()).collect(),
        targets,
        choice: strategy::read(&section),
        fallbacks: fallbacks.map_or_else(Vec::new, |field| fallback::read(&field, model, names)),
        timeouts,
        shadow,
        limits: Limits::read(&section),
    })
}

fn aliases<'a>(field: &Field<'a>) -> impl Iterator<Item = (&'a str, Field<'a>)> + use<'a> {
    let aliases = field.lookup("aliases").and_then(|field| field.items());
    let text = |item: Field<'a>| item.text().map(|text| (text, item));
    aliases.unwrap_or_default().into_iter().filter_map(text)
}

/// The targets of the long form, or the one of the short form.
fn read_targets(model: &str, section: &Section<'_>, providers: &[&str]) -> Vec<Target> {
    let retries = target::read_retries(section.optional("retries")).unwrap_or_default();
    match (section.optional("targets"), section.optional("provider")) {
        (Some(targets), None) => {
            if let Some(field) = section.optional("model") {
                field.report("belongs into `targets`");
            }
            target::read_list(model, &targets, providers, retries)
        }
        (None, Some(_)) => {
            let target = target::read(model, section, providers, retries);
            target.into_iter().collect()
        }
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
