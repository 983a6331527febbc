//! Which counters there are: those of the configuration, and those of keys that are made while the
//! gateway runs.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::Context as _;
use tidegate::config::limits::Counter;

use super::known::Known;

/// Counters by their ids.
pub(super) struct Registry {
    configured: HashMap<String, Arc<Known>>,
    learnt: RwLock<HashMap<String, Arc<Known>>>,
}

impl Registry {
    /// Fails where a counter cannot be kept, and says at which place of the configuration.
    pub(super) fn new(counters: &[Counter]) -> anyhow::Result<Self> {
        let mut configured = HashMap::new();
        for (place, counter) in counters.iter().enumerate() {
            let one = Known::new(counter.clone()).with_context(|| format!("counters[{place}]"))?;
            let twice = configured
                .insert(counter.id.clone(), Arc::new(one))
                .is_some();
            anyhow::ensure!(!twice, "counters[{place}].id: `{}` comes twice", counter.id);
        }
        Ok(Self {
            configured,
            learnt: RwLock::default(),
        })
    }

    pub(super) fn get(&self, id: &str) -> Option<Arc<Known>> {
        let configured = self.configured.get(id).cloned();
        let learnt = || {
            let learnt = self.learnt.read().unwrap_or_else(PoisonError::into_inner);
            learnt.get(id).cloned()
        };
        configured.or_else(learnt)
    }

    /// All of them that are wanted, by their ids.
    pub(super) fn all(&self, is_wanted: impl Fn(&Counter) -> bool) -> Vec<Arc<Known>> {
        let learnt = self.learnt.read().unwrap_or_else(PoisonError::into_inner);
        let all = self.configured.values().chain(learnt.values());
        let wanted = all.filter(|known| is_wanted(&known.counter));
        let mut wanted: Vec<_> = wanted.cloned().collect();
        wanted.sort_unstable_by(|a, b| a.counter.id.cmp(&b.counter.id));
        wanted
    }

    /// Takes these for all that is not in the configuration. One that has not changed stays the same
    /// one, as it may be about to be seeded.
    pub(super) fn learn(&self, counters: &[Counter]) {
        let mut learnt = self.learnt.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = HashMap::with_capacity(counters.len());
        for counter in counters
            .iter()
            .filter(|c| !self.configured.contains_key(&c.id))
        {
            let same = learnt
                .get(&counter.id)
                .filter(|known| known.counter == *counter);
            let known = match same {
                Some(known) => Arc::clone(known),
                None => match Known::new(counter.clone()) {
                    Ok(known) => Arc::new(known),
                    Err(error) => {
                        let error = format!("{error:#}");
                        tracing::error!(counter = counter.id, error, "a counter cannot be kept");
                        continue;
                    }
                },
            };
            next.insert(counter.id.clone(), known);
        }
        *learnt = next;
    }
}
