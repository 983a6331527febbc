//! How counters stand, for people to see.

use std::sync::Arc;

use tidegate::config::limits::{Counter, Measure, Scope, ScopeKind};

use super::known::Known;
use super::{Limiter, Shown};
use crate::limits::{Span, Terms};

/// Which counters are wanted: those that fit all that is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Of one of these scopes; none: of all.
    pub scopes: Vec<Scope>,
    /// Of scopes of this kind.
    pub kind: Option<ScopeKind>,
    /// Of this measure.
    pub measure: Option<Measure>,
    /// Only those of which the ledger knows something: all but parallel requests.
    pub in_ledger: bool,
    /// Whose ids come after this one.
    pub after: Option<String>,
    /// At most so many, from the first id on.
    pub most: usize,
}

/// A counter, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The counter.
    pub counter: Counter,
    /// What its store says of it.
    pub shown: Shown,
    /// From when on what was used counts, in milliseconds since 1970; none of what is held, and of
    /// a sliding window whose store does not say.
    pub since_ms: Option<u64>,
}

impl Wanted {
    fn has(&self, counter: &Counter) -> bool {
        let scope = &counter.scope;
        (self.scopes.is_empty() || self.scopes.contains(scope))
            && self.kind.is_none_or(|kind| kind == scope.kind)
            && self
                .measure
                .is_none_or(|measure| measure == counter.measure)
            && !(self.in_ledger && counter.measure == Measure::ParallelRequests)
            && self.after.as_ref().is_none_or(|after| counter.id > *after)
    }
}

impl Limiter {
    /// How these counters stand, by their ids; and whether there are more. The store is asked for
    /// each by its name.
    pub async fn levels(&self, wanted: &Wanted) -> (Vec<Standing>, bool) {
        let mut known = self.counters.all(|counter| wanted.has(counter));
        let are_more = known.len() > wanted.most;
        known.truncate(wanted.most);
        (self.standings(&known).await, are_more)
    }

    /// How the counters of these ids stand, as far as there are such.
    pub async fn levels_of(&self, ids: impl Iterator<Item = &str>) -> Vec<Standing> {
        let known: Vec<_> = ids.filter_map(|id| self.counters.get(id)).collect();
        self.standings(&known).await
    }

    async fn standings(&self, known: &[Arc<Known>]) -> Vec<Standing> {
        let wall_ms = self.clock.wall_ms();
        let with_terms = known.iter().filter_map(|known| {
            let terms = known.terms(wall_ms).ok()?;
            Some((&known.counter, terms))
        });
        let (counters, asked): (Vec<_>, Vec<_>) = with_terms
            .map(|(counter, terms)| (counter, (counter.id.as_str(), terms)))
            .unzip();
        let shown = self.store.show(&asked).await;
        let standings = counters.into_iter().zip(&asked).zip(shown);
        let standings = standings.map(|((counter, (_, terms)), shown)| Standing {
            counter: counter.clone(),
            shown,
            since_ms: since(*terms, shown, wall_ms),
        });
        standings.collect()
    }
}

fn since(terms: Terms, shown: Shown, wall_ms: u64) -> Option<u64> {
    match (terms.span, shown) {
        (Span::Calendar(period), _) => Some(period.start),
        (Span::Sliding(_), Shown::Level(level)) => Some(wall_ms.saturating_sub(level.counted_ms)),
        (Span::Sliding(_) | Span::Held, _) => None,
    }
}
