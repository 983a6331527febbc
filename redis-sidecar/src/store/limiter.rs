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
    counters: Registry,
    store: Arc<dyn LimitStore>,
    seeding: Arc<Seeding>,
    clock: Arc<dyn Clock>,
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

    /// Takes these for all counters that are not in the configuration.
    pub fn learn(&self, counters: &[Counter]) {
        self.counters.learn(counters);
    }

    /// Fails where the store cannot be reached.
    pub async fn health(&self) -> anyhow::Result<()> {
        self.store.health().await
    }

    /// Lets quarantines run out when nobody asks, for ever.
    pub async fn watch(&self) {
        loop {
            for memo in self.store.servers().await {
                if let Err(error) = self.seeding.admitted(&memo).await {
                    tracing::warn!(error = format!("{error:#}"), "limits: the store waits");
                }
            }
            tokio::time::sleep(WATCH).await;
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
        let answers = self.store.apply(holder, &asks).await;
        let mut seedings = Vec::new();
        for (ask, answer) in asks.into_iter().zip(answers) {
            match answer {
                Answer::Grant(grant) => reply.grants.push(grant),
                Answer::Away => reply.unavailable.push(ask.report.id),
                Answer::Unseeded(memo) => seedings.extend(self.begin(holder, ask, memo)),
            }
        }
        if !reply.grants.is_empty() {
            self.seeding.used();
        }
        finish(seedings, &mut reply).await;
        reply
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

    fn begin(&self, holder: &str, ask: Ask, memo: Memo) -> Option<(String, JoinHandle<Answer>)> {
        let id = ask.report.id.clone();
        let known = self.counters.get(&id)?;
        let seeding = Arc::clone(&self.seeding);
        let holder = holder.to_owned();
        let work = async move {
            let answer = seeding.answer(&known, &holder, &ask, &memo).await;
            answer.unwrap_or_else(|error| {
                let counter = &known.counter.id;
                tracing::warn!(counter, error = format!("{error:#}"), "limits: not seeded");
                Answer::Away
            })
        };
        Some((id, tokio::spawn(work)))
    }
}

/// Waits for counters that are being seeded, for all together no longer than [`SEED_WAIT`].
async fn finish(seedings: Vec<(String, JoinHandle<Answer>)>, reply: &mut SyncReply) {
    if seedings.is_empty() {
        return;
    }
    let late = tokio::time::sleep(SEED_WAIT);
    tokio::pin!(late);
    for (id, work) in seedings {
        let answer = tokio::select! {
            biased;
            answer = work => answer.ok(),
            () = &mut late, if !late.is_elapsed() => None,
            else => None,
        };
        match answer {
            Some(Answer::Grant(grant)) => reply.grants.push(grant),
            _ => reply.unavailable.push(id),
        }
    }
}
