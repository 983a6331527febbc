//! `fallbacks`: the models to try when all targets of one have failed, flattened into its targets.

use std::collections::HashMap;

use tidegate::config::runtime::Target;

use super::MAX_TARGETS;
use super::field::Field;
use super::model::{Names, RawModel};

/// Reads the names of the fallback models.
pub(crate) fn read<'a>(
    field: &Field<'a>,
    model: &str,
    names: &Names<'a>,
) -> Vec<(&'a str, Field<'a>)> {
    let mut fallbacks: Vec<(&str, Field<'_>)> = Vec::new();
    for item in field.items().unwrap_or_default() {
        let name = item.text().and_then(|name| names.resolve(&item, name));
        match name {
            None => {}
            Some(name) if name == model => item.report("a model cannot fall back to itself"),
            Some(name) if fallbacks.iter().any(|(other, _)| *other == name) => {
                item.report("is in this list already");
            }
            Some(name) => fallbacks.push((name, item)),
        }
    }
    fallbacks
}

/// All targets of `model` in the order of the attempts: its own, then those of each fallback model
/// with that one's own fallbacks. A target that occurs twice stays at its first place.
pub(crate) fn flatten(model: &RawModel<'_>, models: &HashMap<&str, &RawModel<'_>>) -> Vec<Target> {
    let mut walk = Walk {
        models,
        path: Vec::new(),
        seen: Vec::new(),
        targets: Vec::new(),
    };
    walk.visit(model, None);
    if walk.targets.len() > MAX_TARGETS {
        model.field.report(format!(
            "has {} targets, those of its fallbacks included; {MAX_TARGETS} are the most",
            walk.targets.len()
        ));
    }
    walk.targets
}

struct Walk<'w, 'a> {
    models: &'w HashMap<&'a str, &'w RawModel<'a>>,
    /// The models from the first to this one.
    path: Vec<&'a str>,
    seen: Vec<&'a str>,
    targets: Vec<Target>,
}

impl<'a> Walk<'_, 'a> {
    fn visit(&mut self, model: &RawModel<'a>, via: Option<&str>) {
        self.path.push(model.name);
        self.seen.push(model.name);
        for raw in &model.targets {
            let known = |t: &Target| t.provider == raw.provider && t.model == raw.model;
            if !self.targets.iter().any(known) {
                self.targets.push(Target {
                    provider: raw.provider.clone(),
                    model: raw.model.clone(),
                    via: via.map(str::to_owned),
                    price: None,
                });
            }
        }
        for (name, field) in &model.fallbacks {
            if self.path.contains(name) {
                self.report_cycle(name, field);
            } else if !self.seen.contains(name)
                && let Some(next) = self.models.get(name).copied()
            {
                self.visit(next, Some(name));
            }
        }
        self.path.pop();
    }

    /// The walk from each model on a circle finds it; the one from the first by name reports it.
    fn report_cycle(&self, name: &str, field: &Field<'_>) {
        if self.path.first() == Some(&name) && self.path.iter().min() == Some(&name) {
            field.report(format!(
                "goes round in a circle: {} → {name}",
                self.path.join(" → ")
            ));
        }
    }
}
