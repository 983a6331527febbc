//! Counters in this process' memory, for one sidecar only.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Answer, Ask, Boxed, LimitStore, Memo};
use crate::clock::Clock;
use crate::limits::{Seed, State, Terms};

/// Counters in this process' memory.
pub struct Memory {
    clock: Arc<dyn Clock>,
    server: Arc<str>,
    admitted: AtomicBool,
    counters: Mutex<HashMap<String, State>>,
}

impl Memory {
    /// An empty memory.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            server: Arc::from("memory"),
            admitted: AtomicBool::new(false),
            counters: Mutex::default(),
        }
    }

    fn counters(&self) -> MutexGuard<'_, HashMap<String, State>> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn memo(&self) -> Memo {
        Memo {
            server: Arc::clone(&self.server),
            admitted: self.admitted.load(Ordering::Acquire),
        }
    }
}

impl LimitStore for Memory {
    fn apply<'a>(&'a self, holder: &'a str, asks: &'a [Ask]) -> Boxed<'a, Vec<Answer>> {
        Box::pin(async move {
            let now = self.clock.steady_ms();
            let mut counters = self.counters();
            let answers = asks
                .iter()
                .map(|ask| match counters.get_mut(&ask.report.id) {
                    Some(state) => Answer::Grant(state.apply(&ask.terms, holder, &ask.report, now)),
                    None => Answer::Unseeded(self.memo()),
                });
            answers.collect()
        })
    }

    fn seed<'a>(
        &'a self,
        _: &'a str,
        id: &'a str,
        terms: &'a Terms,
        seeds: &'a [Seed],
    ) -> Boxed<'a, anyhow::Result<()>> {
        Box::pin(async move {
            let now = self.clock.steady_ms();
            let mut counters = self.counters();
            let begin = || State::seeded(terms, seeds, now);
            counters.entry(id.to_owned()).or_insert_with(begin);
            Ok(())
        })
    }

    fn admit<'a>(&'a self, _: &'a str) -> Boxed<'a, anyhow::Result<()>> {
        self.admitted.store(true, Ordering::Release);
        Box::pin(async { Ok(()) })
    }

    fn servers(&self) -> Boxed<'_, Vec<Memo>> {
        Box::pin(async { vec![self.memo()] })
    }

    fn health(&self) -> Boxed<'_, anyhow::Result<()>> {
        Box::pin(async { Ok(()) })
    }
}
