//! `fallbacks`: the models to try when all targets of one have failed, as stages behind its own.

use std::collections::HashMap;

use tidegate::config::routing::{Cause, Causes};
use tidegate::config::runtime::{Stage, Target};

use super::MAX_TARGETS;
use super::field::Field;
use super::model::{Names, RawModel};

/// A model that another one falls back to.
#[derive(Debug)]
pub(crate) struct Fallback<'a> {
    /// The model's own name.
    name: &'a str,
    field: Field<'a>,
    /// For which failures it is.
    causes: Causes,
}

/// Reads the names of the fallback models: one list for all usual causes, or one for each cause.
pub(crate) fn read<'a>(field: &Field<'a>, model: &str, names: &Names<'a>) -> Vec<Fallback<'a>> {
    if !field.is_map() {
        return read_list(field, Causes::usual(), model, names);
    }
    let causes: Vec<_> = Cause::ALL.iter().map(|(name, _)| *name).collect();
    let Some(section) = field.section(&causes, &[]) else {
        return Vec::new();
    };
    let mut fallbacks: Vec<Fallback<'_>> = Vec::new();
    for (name, cause) in Cause::ALL {
        let Some(field) = section.optional(name) else {
            continue;
        };
        for fallback in read_list(&field, Causes::NONE.with(*cause), model, names) {
            match fallbacks
                .iter_mut()
                .find(|known| known.name == fallback.name)
            {
                Some(known) => known.causes = known.causes.with(*cause),
                None => fallbacks.push(fallback),
            }
        }
    }
    fallbacks
}

fn read_list<'a>(
    field: &Field<'a>,
    causes: Causes,
    model: &str,
    names: &Names<'a>,
) -> Vec<Fallback<'a>> {
    let mut fallbacks: Vec<Fallback<'_>> = Vec::new();
    for item in field.items().unwrap_or_default() {
        let name = item.text().and_then(|name| names.resolve(&item, name));
        match name {
            None => {}
            Some(name) if name == model => item.report("a model cannot fall back to itself"),
            Some(name) if fallbacks.iter().any(|other| other.name == name) => {
                item.report("is in this list already");
            }
            Some(name) => fallbacks.push(Fallback {
                name,
                field: item,
                causes,
            }),
        }
    }
    fallbacks
}

/// All stages of `model`: its own targets, then those of each fallback model with that one's own
/// fallbacks. A target that occurs twice stays at its first place.
pub(crate) fn flatten(model: &RawModel<'_>, models: &HashMap<&str, &RawModel<'_>>) -> Vec<Stage> {
    let mut walk = Walk {
        models,
        path: Vec::new(),
        seen: Vec::new(),
        stages: Vec::new(),
    };
    walk.visit(model, None, Causes::NONE, 0);
    let targets: usize = walk.stages.iter().map(|stage| stage.targets.len()).sum();
    if targets > MAX_TARGETS {
        model.field.report(format!(
            "has {targets} targets, those of its fallbacks included; {MAX_TARGETS} are the most"
        ));
    }
    walk.stages
}

struct Walk<'w, 'a> {
    models: &'w HashMap<&'a str, &'w RawModel<'a>>,
    /// The models from the first to this one.
    path: Vec<&'a str>,
    seen: Vec<&'a str>,
    stages: Vec<Stage>,
}

impl<'a> Walk<'_, 'a> {
    fn visit(&mut self, model: &RawModel<'a>, via: Option<&str>, causes: Causes, after: usize) {
        self.path.push(model.name);
        self.seen.push(model.name);
        let own = self.stages.len();
        let fresh = |target: &&Target| !self.knows(target);
        self.stages.push(Stage {
            via: via.map(str::to_owned),
            after,
            causes,
            strategy: model.choice.strategy,
            sticky: model.choice.sticky.clone(),
            targets: model.targets.iter().filter(fresh).cloned().collect(),
        });
        for Fallback {
            name,
            field,
            causes,
        } in &model.fallbacks
        {
            if self.path.contains(name) {
                self.report_cycle(name, field);
            } else if !self.seen.contains(name)
                && let Some(next) = self.models.get(name).copied()
            {
                self.visit(next, Some(name), *causes, own);
            }
        }
        self.path.pop();
    }

    fn knows(&self, target: &Target) -> bool {
        let same = |t: &Target| t.provider == target.provider && t.model == target.model;
        self.stages
            .iter()
            .flat_map(|stage| &stage.targets)
            .any(same)
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
