//! The gateway role's configuration, ready for use.

use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::rc::Rc;

use crate::chat::{Error, ErrorKind};
use crate::clock::Timestamp;
use crate::config::runtime::{GatewayConfig, Model};
use crate::headers::Headers;
use crate::policies::auth::{self, AddedKeys, Key, KeyRing};
use crate::routing::router::Router;

use super::queue::Line;
use super::quota::Quotas;
use crate::role::{Common, Host};

/// What all requests of a plugin instance share.
#[derive(Debug)]
pub struct Settings {
    keys: KeyRing,
    added: Rc<AddedKeys>,
    pub(super) models: Vec<Model>,
    /// Absent where there is no sidecar.
    pub(super) quotas: Option<Quotas>,
    pub(super) router: Router,
    by_name: HashMap<String, usize>,
    /// Requests that wait, of each model.
    pub(super) lines: Vec<Line>,
    pub(super) max_body_bytes: usize,
    pub(super) longest_plan: usize,
    pub(super) ids: RequestIds,
}

impl Settings {
    /// Reads the configuration; `common` is what the worker knows whatever it says.
    ///
    /// # Errors
    /// A sentence that says what cannot be used.
    pub fn compile(config: GatewayConfig, common: &Common) -> Result<Self, String> {
        let mut by_name = HashMap::new();
        for (index, model) in config.models.iter().enumerate() {
            for name in std::iter::once(&model.name).chain(&model.aliases) {
                if by_name.insert(name.clone(), index).is_some() {
                    return Err(format!("the model name `{name}` is given twice"));
                }
            }
        }
        let longest_plan = config.longest_plan();
        let (quotas, slots) = match config.limits {
            Some(limits) => {
                let (quotas, slots) = Quotas::compile(limits, &config.models, &common.worker)?;
                (Some(quotas), slots)
            }
            None => (None, Vec::new()),
        };
        Ok(Self {
            longest_plan,
            keys: KeyRing::compile(config.auth, &slots)?,
            added: Rc::clone(&common.keys),
            quotas,
            router: Router::compile(
                &config.models,
                &config.cooldowns,
                config.retry_budget,
                &common.board,
            ),
            lines: config.models.iter().map(|_| Line::default()).collect(),
            models: config.models,
            by_name,
            max_body_bytes: usize::try_from(config.max_body_bytes).unwrap_or(usize::MAX),
            ids: RequestIds::default(),
        })
    }

    /// The caller that these headers prove, or what the host has verified.
    pub(super) fn authenticate(
        &self,
        headers: &Headers,
        now: Timestamp,
        host: &dyn Host,
    ) -> Result<Rc<Key>, Error> {
        let attribute = |path: &str| host.attribute(path);
        auth::authenticate(&self.keys, &self.added, headers, now, &attribute)
    }

    /// Whether it has limits, and so a sidecar.
    pub fn has_limits(&self) -> bool {
        self.quotas.is_some()
    }

    /// The model of this name and its place, if the key may use it.
    pub(super) fn model_for(&self, name: &str, key: &Key) -> Result<(usize, &Model), Error> {
        let index = self.by_name.get(name).ok_or_else(|| unknown_model(name))?;
        let model = self.models.get(*index).ok_or_else(|| unknown_model(name))?;
        if key.may_use(&model.name) {
            Ok((*index, model))
        } else {
            Err(forbidden_model(name, key))
        }
    }
}

fn unknown_model(name: &str) -> Error {
    let message = format!("The model `{}` does not exist.", shortened(name));
    Error::new(ErrorKind::NotFound, message)
        .with_param("model")
        .with_code("model_not_found")
}

fn forbidden_model(name: &str, key: &Key) -> Error {
    let message = format!("The key `{}` may not use the model `{name}`.", key.id);
    Error::new(ErrorKind::Permission, message)
        .with_param("model")
        .with_code("model_not_allowed")
}

/// A model name may be as long as the body; a message need not be.
fn shortened(name: &str) -> String {
    name.chars().take(100).collect()
}

/// Ids that are unique over all workers and all Envoys: a random half and a counted half.
#[derive(Debug)]
pub(super) struct RequestIds {
    seed: u64,
    count: Cell<u64>,
}

impl Default for RequestIds {
    fn default() -> Self {
        // The standard library's hasher is seeded by the host's random source.
        Self {
            seed: RandomState::new().hash_one(0),
            count: Cell::new(0),
        }
    }
}

impl RequestIds {
    pub(super) fn next(&self) -> String {
        let count = self.count.get();
        self.count.set(count.wrapping_add(1));
        format!("req_{:016x}{:08x}", self.seed, count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_within_an_instance_and_between_instances() {
        let (one, other) = (RequestIds::default(), RequestIds::default());
        let ids = [one.next(), one.next(), other.next(), other.next()];
        let unique: std::collections::HashSet<_> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len());
    }
}
