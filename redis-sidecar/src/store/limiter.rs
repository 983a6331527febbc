//! Stands in front of a store: knows the counters, and what to do when the store does not.

use std::sync::Arc;
use std::time::Duration;

use tidegate::config::limits::Counter;
use tidegate::limiter::protocol::{Report, SyncReply};
use tokio::task::JoinHandle;

use super::registry::Registry;
use super::seeding::Seeding;
use super::{Answer, Ask, LimitStore, Memo, Usage};
use crate::clock::Clock;
use crate::limits::VALID_MS;

/// How long an answer waits for counters that have to be seeded first. The seeding goes on behind
/// it.
const SEED_WAIT: Duration = Duration::from_secs(1);

/// How often processes behind the store are looked at.
const WATCH: Duration = Duration::from_secs(1);

/// Answers reports on all counters.
pub struct Limiter {
    pub(super) counters: Registry,
    pub(super) store: Arc<dyn LimitStore>,
    seeding: Arc<Seeding>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Limiter {
    /// Fails where a counter cannot be kept, and says at which place of the configuration.
    pub fn new(
        counters: &[Counter],
        store: Arc<dyn LimitStore>,
        usage: Arc<dyn Usage>,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        let seeding = Seeding::new(Arc::clone(&store), usage, Arc::clone(&clock));
        Ok(Self {
            counters: Registry::new(counters)?,
            store,
            seeding: Arc::new(seeding),
            clock,
        })
    }

    /// Takes these for all counters of the configuration. Fails where one cannot be kept, and says at
    /// which place of the configuration; nothing has changed then.
    pub fn configure(&self, counters: &[Counter]) -> anyhow::Result<()> {
        self.counters.configure(counters, self.clock.steady_ms())
    }

    /// Takes these for all counters that are not in the configuration.
    pub fn learn(&self, counters: &[Counter]) {
        self.counters.learn(counters);
    }

    /// Fails where the store cannot be reached.
    pub async fn health(&self) -> anyhow::Result<()> {
        self.store.health().await
    }

    /// Lets quarantines begin and run out when nobody asks, for ever.
    pub async fn watch(&self) {
        loop {
            self.look().await;
            tokio::time::sleep(WATCH).await;
        }
    }

    pub(super) async fn look(&self) {
        for memo in self.store.servers().await {
            if let Err(error) = self.seeding.admitted(&memo).await {
                tracing::warn!(error = format!("{error:#}"), "limits: the store waits");
            }
        }
    }

    /// Answers a holder's reports.
    pub async fn sync(&self, holder: &str, reports: Vec<Report>) -> SyncReply {
        let mut reply = SyncReply {
            valid_ms: VALID_MS,
            grants: Vec::with_capacity(reports.len()),
            unavailable: Vec::new(),
        };
        let asks = self.asks(reports, &mut reply);
        let since = self.clock.steady_ms();
        let unseeded = self.apply(holder, asks, &mut reply).await;
        if !reply.grants.is_empty() {
            self.seeding.used();
        }
        if !unseeded.is_empty() {
            let seeded = self.seed(unseeded, since, &mut reply).await;
            let still_unseeded = self.apply(holder, seeded, &mut reply).await;
            let ids = still_unseeded.into_iter().map(|(ask, _)| ask.report.id);
            reply.unavailable.extend(ids);
        }
        reply
    }

    /// Puts into the reply what the store answers; returns the reports on counters that it does
    /// not know.
    async fn apply(&self, holder: &str, asks: Vec<Ask>, reply: &mut SyncReply) -> Vec<(Ask, Memo)> {
        let answers = self.store.apply(holder, &asks).await;
        let mut unseeded = Vec::new();
        for (ask, answer) in asks.into_iter().zip(answers) {
            match answer {
                Answer::Grant(grant) => reply.grants.push(grant),
                Answer::Away => reply.unavailable.push(ask.report.id),
                Answer::Unseeded(memo) => unseeded.push((ask, memo)),
            }
        }
        unseeded
    }

    /// Counters that are not known here are unavailable: a filter may be told of a new one
    /// before its sidecar is.
    fn asks(&self, reports: Vec<Report>, reply: &mut SyncReply) -> Vec<Ask> {
        let wall_ms = self.clock.wall_ms();
        let mut asks = Vec::with_capacity(reports.len());
        for report in reports {
            let known = self.counters.get(&report.id);
            match known.and_then(|known| known.terms(wall_ms).ok()) {
                Some(terms) => asks.push(Ask { terms, report }),
                None => reply.unavailable.push(report.id),
            }
        }
        asks
    }

    /// Seeds counters, and waits for all together no longer than [`SEED_WAIT`]. Returns the reports
    /// on those that are seeded by then; the others are unavailable, and their reports forgotten.
    async fn seed(
        &self,
        unseeded: Vec<(Ask, Memo)>,
        since: u64,
        reply: &mut SyncReply,
    ) -> Vec<Ask> {
        let begin = |(ask, memo): (Ask, Memo)| {
            let work = self.begin(&ask, memo, since);
            (ask, work)
        };
        let under_way: Vec<_> = unseeded.into_iter().map(begin).collect();
        let late = tokio::time::sleep(SEED_WAIT);
        tokio::pin!(late);
        let mut seeded = Vec::new();
        for (ask, work) in under_way {
            let done = tokio::select! {
                biased;
                done = work => done.unwrap_or(false),
                () = &mut late, if !late.is_elapsed() => false,
                else => false,
            };
            if done {
                seeded.push(ask);
            } else {
                reply.unavailable.push(ask.report.id);
            }
        }
        seeded
    }

    fn begin(&self, ask: &Ask, memo: Memo, since: u64) -> JoinHandle<bool> {
        let known = self.counters.get(&ask.report.id);
        let seeding = Arc::clone(&self.seeding);
        let terms = ask.terms;
        tokio::spawn(async move {
            let Some(known) = known else {
                return false;
            };
            let seeded = seeding.seed(&known, &terms, &memo, since).await;
            seeded.unwrap_or_else(|error| {
                let counter = &known.counter.id;
                tracing::warn!(counter, error = format!("{error:#}"), "limits: not seeded");
                false
            })
        })
    }
}
