//! Which counters there are: those of the configuration, and those of keys that are made while the
//! gateway runs.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use anyhow::Context as _;
use tidegate::config::limits::Counter;

use super::known::Known;

/// For how long a counter is known that is in the configuration no more: filters hear of a change
/// later, and requests under way settle with it.
const REMEMBERED_MS: u64 = 3_600_000;

type ById = HashMap<String, Arc<Known>>;

/// Counters by their ids.
pub(super) struct Registry(RwLock<Counters>);

#[derive(Default)]
struct Counters {
    configured: ById,
    learnt: ById,
    /// Those that were configured, and until when they are known by the steady clock.
    retired: HashMap<String, (Arc<Known>, u64)>,
}

impl Registry {
    /// Fails where a counter cannot be kept, and says at which place of the configuration.
    pub(super) fn new(counters: &[Counter]) -> anyhow::Result<Self> {
        let registry = Self(RwLock::default());
        registry.configure(counters, 0)?;
        Ok(registry)
    }

    pub(super) fn get(&self, id: &str) -> Option<Arc<Known>> {
        let counters = self.read();
        let known = counters
            .configured
            .get(id)
            .or_else(|| counters.learnt.get(id));
        let retired = || counters.retired.get(id).map(|(known, _)| known);
        known.or_else(retired).cloned()
    }

    /// All of them that are wanted and in use, by their ids.
    pub(super) fn all(&self, is_wanted: impl Fn(&Counter) -> bool) -> Vec<Arc<Known>> {
        let counters = self.read();
        let all = counters.configured.values().chain(counters.learnt.values());
        let wanted = all.filter(|known| is_wanted(&known.counter));
        let mut wanted: Vec<_> = wanted.cloned().collect();
        wanted.sort_unstable_by(|a, b| a.counter.id.cmp(&b.counter.id));
        wanted
    }

    /// Takes these for all of the configuration. One that has not changed stays the same one. Fails
    /// where a counter cannot be kept, and says at which place; nothing has changed then.
    pub(super) fn configure(&self, counters: &[Counter], now_ms: u64) -> anyhow::Result<()> {
        let mut all = self.write();
        let mut next = ById::with_capacity(counters.len());
        for (place, counter) in counters.iter().enumerate() {
            let known = same_or_new(&all.configured, counter);
            let known = known.with_context(|| format!("counters[{place}]"))?;
            let twice = next.insert(counter.id.clone(), known).is_some();
            anyhow::ensure!(!twice, "counters[{place}].id: `{}` comes twice", counter.id);
        }
        all.learnt.retain(|id, _| !next.contains_key(id));
        let gone = std::mem::replace(&mut all.configured, next);
        all.retired.retain(|_, (_, until)| *until > now_ms);
        let until = now_ms.saturating_add(REMEMBERED_MS);
        let gone = gone.into_iter().map(|(id, known)| (id, (known, until)));
        all.retired.extend(gone);
        Ok(())
    }

    /// Takes these for all that is not in the configuration. One that has not changed stays the same
    /// one, as it may be about to be seeded.
    pub(super) fn learn(&self, counters: &[Counter]) {
        let mut all = self.write();
        let mut next = ById::with_capacity(counters.len());
        for counter in counters {
            if all.configured.contains_key(&counter.id) {
                continue;
            }
            match same_or_new(&all.learnt, counter) {
                Ok(known) => {
                    next.insert(counter.id.clone(), known);
                }
                Err(error) => {
                    let error = format!("{error:#}");
                    tracing::error!(counter = counter.id, error, "a counter cannot be kept");
                }
            }
        }
        all.learnt = next;
    }

    fn read(&self) -> RwLockReadGuard<'_, Counters> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Counters> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn same_or_new(known: &ById, counter: &Counter) -> anyhow::Result<Arc<Known>> {
    let same = known
        .get(&counter.id)
        .filter(|known| known.counter == *counter);
    match same {
        Some(known) => Ok(Arc::clone(known)),
        None => Known::new(counter.clone()).map(Arc::new),
    }
}

#[cfg(test)]
mod tests {
    use tidegate::config::limits::{Limit, Measure, OnUnavailable, ScopeKind, Window};

    use super::*;

    fn counter(name: &str, limit: u64) -> Counter {
        let limit = Limit {
            measure: Measure::Requests,
            limit,
            window: Window::Sliding(60_000),
            on_unavailable: OnUnavailable::Deny,
        };
        limit.counter(ScopeKind::Key, name)
    }

    fn ids(registry: &Registry) -> Vec<String> {
        let all = registry.all(|_| true);
        all.iter()
            .map(|known| known.counter.scope.name.clone())
            .collect()
    }

    #[test]
    fn a_counter_that_is_gone_is_known_for_a_while_but_not_shown() {
        let gone = counter("gone", 5);
        let registry = Registry::new(&[gone.clone(), counter("stays", 5)]).unwrap();
        registry.configure(&[counter("stays", 5)], 1000).unwrap();
        assert_eq!(ids(&registry), ["stays"]);
        assert_eq!(registry.get(&gone.id).unwrap().counter, gone);
        registry.configure(&[], 1000 + REMEMBERED_MS).unwrap();
        assert!(registry.get(&gone.id).is_none());
    }

    #[test]
    fn a_counter_stays_the_same_one_until_it_changes() {
        let registry = Registry::new(&[counter("a", 5)]).unwrap();
        let first = registry.get(&counter("a", 5).id).unwrap();
        registry
            .configure(&[counter("a", 5), counter("b", 1)], 1)
            .unwrap();
        assert!(Arc::ptr_eq(
            &first,
            &registry.get(&first.counter.id).unwrap()
        ));
        registry.configure(&[counter("a", 6)], 2).unwrap();
        assert_eq!(registry.get(&first.counter.id).unwrap().counter.limit, 6);
    }

    #[test]
    fn a_wrong_configuration_changes_nothing() {
        let registry = Registry::new(&[counter("a", 5)]).unwrap();
        let twice = [counter("b", 5), counter("b", 6)];
        let error = registry.configure(&twice, 1).unwrap_err().to_string();
        assert!(error.starts_with("counters[1].id: "), "{error}");
        assert_eq!(ids(&registry), ["a"]);
    }

    #[test]
    fn a_learnt_counter_that_is_configured_is_shown_once() {
        let registry = Registry::new(&[]).unwrap();
        registry.learn(&[counter("a", 5)]);
        registry.configure(&[counter("a", 6)], 1).unwrap();
        assert_eq!(ids(&registry), ["a"]);
    }
}
