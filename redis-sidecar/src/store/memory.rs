//! Counters in this process' memory, for one sidecar only.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::claims::{Book, Claim, Claims};
use super::kept::{self, Kept};
use super::{Answer, Ask, Boxed, LimitStore, Memo, Shown};
use crate::clock::Clock;
use crate::limits::{Seed, State, Terms};

/// Counters in this process' memory.
pub struct Memory {
    clock: Arc<dyn Clock>,
    server: Arc<str>,
    admitted: AtomicBool,
    counters: Mutex<HashMap<String, State>>,
    claims: Mutex<Book>,
}

impl Memory {
    /// An empty memory.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            server: Arc::from("memory"),
            admitted: AtomicBool::new(false),
            counters: Mutex::default(),
            claims: Mutex::default(),
        }
    }

    /// With what the last process left in the file, which is gone afterwards; empty where there is
    /// none that can be read. Fails where the file cannot be taken away.
    pub fn restore(clock: Arc<dyn Clock>, file: &Path) -> anyhow::Result<Self> {
        let memory = Self::new(clock);
        if let Some(Kept {
            counters, claims, ..
        }) = kept::take(file)?
        {
            *memory.counters() = counters;
            *memory.claims() = claims;
            memory.admitted.store(true, Ordering::Release);
        }
        Ok(memory)
    }

    /// Leaves all counters to the next process. Nothing must be granted afterwards.
    pub fn keep(&self, file: &Path) -> anyhow::Result<()> {
        let counters = std::mem::take(&mut *self.counters());
        let claims = std::mem::take(&mut *self.claims());
        kept::leave(file, &Kept::new(counters, claims))
    }

    fn counters(&self) -> MutexGuard<'_, HashMap<String, State>> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn claims(&self) -> MutexGuard<'_, Book> {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner)
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

    fn show<'a>(&'a self, asked: &'a [(&'a str, Terms)]) -> Boxed<'a, Vec<Shown>> {
        Box::pin(async move {
            let now = self.clock.steady_ms();
            let counters = self.counters();
            let shown = asked.iter().map(|(id, terms)| match counters.get(*id) {
                Some(state) => Shown::Level(state.level(terms, now)),
                None => Shown::Unseeded,
            });
            shown.collect()
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

impl Claims for Memory {
    fn claim<'a>(&'a self, name: &'a str, ms: u64) -> Boxed<'a, anyhow::Result<Claim>> {
        let claim = self.claims().claim(name, ms, self.clock.steady_ms());
        Box::pin(async move { Ok(claim) })
    }

    fn done<'a>(&'a self, name: &'a str, ms: u64) -> Boxed<'a, anyhow::Result<()>> {
        self.claims().done(name, ms, self.clock.steady_ms());
        Box::pin(async { Ok(()) })
    }

    fn release<'a>(&'a self, name: &'a str) -> Boxed<'a, anyhow::Result<()>> {
        self.claims().release(name);
        Box::pin(async { Ok(()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Limiter;
    use crate::store::tests::stage::{Ledger, RATE, START, TestClock, ask, counters};

    fn restored(file: &Path) -> (Arc<Memory>, Limiter) {
        let clock = Arc::new(TestClock::at(START));
        let memory = Arc::new(Memory::restore(Arc::clone(&clock) as _, file).unwrap());
        let store = Arc::clone(&memory) as _;
        let limiter = Limiter::new(&counters(), store, Arc::new(Ledger::default()), clock).unwrap();
        (memory, limiter)
    }

    #[tokio::test]
    async fn what_a_process_leaves_goes_on_in_the_next_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("limits");
        let (memory, limiter) = restored(&file);
        let grant = limiter
            .sync("a", vec![ask(RATE, 0, 10)])
            .await
            .grants
            .remove(0);
        memory.done("told", 60_000).await.unwrap();
        memory.keep(&file).unwrap();
        let (memory, limiter) = restored(&file);
        assert_eq!(memory.claim("told", 1).await.unwrap(), Claim::Done);
        let same = limiter
            .sync("a", vec![ask(RATE, grant.lease, 5)])
            .await
            .grants
            .remove(0);
        assert_eq!((same.lease, same.granted), (grant.lease, 15));
        let (memory, _) = restored(&file);
        assert!(
            !memory.servers().await.remove(0).admitted,
            "taken once only"
        );
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("limits");
        let other = r#"{"version": 2, "counters": {}}"#;
        for broken in ["", "{", r#"{"version": 1}"#, other] {
            std::fs::write(&file, broken).unwrap();
            let (memory, _) = restored(&file);
            assert!(!memory.servers().await.remove(0).admitted, "{broken}");
            assert!(!file.exists());
        }
    }
}
