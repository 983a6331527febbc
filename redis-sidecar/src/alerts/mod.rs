//! Soft thresholds of budgets: a webhook is told, once a period, that so much of one is used. (Of a
//! rolling budget, a period is one of its length, counted from 1970.)
//!
//! Every sidecar looks; the one that claims a threshold first tells of it, once the ledger agrees with
//! the counter. A webhook that fails is told again, after ten seconds at first and at most ten
//! minutes, for as long as the period lasts. It may be told twice, where a sidecar is killed while it
//! does so or the store has lost its memory: an alert names its counter, threshold and period.
//!
//! While the store is away nobody is told; a counter that the store does not know was not used since.

mod threshold;
mod webhook;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tidegate::config::sidecar::SidecarConfig;

use crate::clock::Clock;
use crate::keys::KeyBook;
use crate::ledger::{Ledger, SpentQuery};
use crate::store::{Claim, Claims, Limiter, Standing};

pub use threshold::{Passed, Threshold};
use webhook::Webhook;

/// Between two looks.
const LOOK: Duration = Duration::from_secs(10);
/// How long the store knows that somebody is about to tell; longer than that takes.
const CLAIM_MS: u64 = 60_000;
const LONGEST_PAUSE_MS: u64 = 600_000;
const FIRST_PAUSE_MS: u64 = 10_000;
/// Counters that the store is asked for at once.
const AT_ONCE: usize = 500;
/// Webhooks that are told at once.
const TOLD_AT_ONCE: usize = 8;

/// Fails where a threshold is of a counter that is not there.
///
/// # Errors
/// Which one.
pub fn check(config: &SidecarConfig) -> anyhow::Result<()> {
    threshold::configured(config).map(drop)
}

/// Watches the thresholds of a configuration and of keys.
pub struct Watch {
    parts: Parts,
    webhook: Webhook,
    /// What has become of thresholds that were passed, by their names.
    progress: HashMap<String, Progress>,
}

/// What it needs.
pub struct Parts {
    /// The keys that are made while the gateway runs.
    pub book: Arc<KeyBook>,
    /// The counters.
    pub limiter: Arc<Limiter>,
    /// What was spent.
    pub ledger: Arc<dyn Ledger>,
    /// Who tells.
    pub claims: Arc<dyn Claims>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// What has become of a threshold in its period. Times are in milliseconds, of the steady clock.
#[derive(Debug, Clone, Copy)]
enum Progress {
    /// It was told of; that can be forgotten at some time.
    Told { until: u64 },
    /// It was not yet, after waiting this long.
    Failed { pause: u64, not_before: u64 },
}

impl Watch {
    /// The thresholds of this configuration, and of the keys of the book.
    ///
    /// # Errors
    /// Where one is of a counter that is not there.
    pub fn new(config: &SidecarConfig, parts: Parts) -> anyhow::Result<Self> {
        check(config)?;
        Ok(Self {
            parts,
            webhook: Webhook::new(),
            progress: HashMap::new(),
        })
    }

    /// Does so for as long as it is polled.
    pub async fn run(mut self) {
        loop {
            self.look().await;
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Looks once, and tells of what is due.
    pub async fn look(&mut self) {
        let now = self.parts.clock.steady_ms();
        self.progress.retain(|_, progress| progress.is_needed(now));
        let mut due = self.due(now).await;
        while !due.is_empty() {
            let some = due.split_off(due.len().saturating_sub(TOLD_AT_ONCE));
            let work: Vec<_> = some.iter().map(|passed| self.tell(passed)).collect();
            for (passed, outcome) in some.iter().zip(join_all(work).await) {
                self.note(&passed.name, outcome);
            }
        }
    }

    fn note(&mut self, name: &str, outcome: anyhow::Result<Option<u64>>) {
        let now = self.parts.clock.steady_ms();
        let progress = match outcome {
            Ok(None) => return,
            Ok(Some(until_ms)) => Progress::Told {
                until: now.saturating_add(until_ms),
            },
            Err(error) => {
                let error = format!("{error:#}");
                tracing::warn!(alert = name, error, "an alert could not be given");
                Progress::failed(self.progress.get(name), now)
            }
        };
        self.progress.insert(name.to_owned(), progress);
    }

    /// Thresholds that are passed as the counters stand, and that may be told of now.
    async fn due(&self, now: u64) -> Vec<Passed> {
        let known = self.parts.book.known();
        let of_keys = known.iter().flat_map(|known| &known.thresholds);
        // It was checked when it was taken.
        let configured = threshold::configured(&self.parts.book.config()).unwrap_or_default();
        let all: Vec<_> = configured.iter().chain(of_keys).collect();
        let wall_ms = self.parts.clock.wall_ms();
        let mut due = Vec::new();
        for some in all.chunks(AT_ONCE) {
            let ids = some.iter().map(|threshold| threshold.counter.id.as_str());
            let standings = self.parts.limiter.levels_of(ids).await;
            let standings: HashMap<_, _> = by_id(&standings).collect();
            let passed = some.iter().filter_map(|threshold| {
                let standing = standings.get(threshold.counter.id.as_str())?;
                threshold.passed(standing, wall_ms)
            });
            due.extend(passed.filter(|passed| self.may_be_told(passed, now)));
        }
        due
    }

    fn may_be_told(&self, passed: &Passed, now: u64) -> bool {
        match self.progress.get(&passed.name) {
            None => true,
            Some(Progress::Told { .. }) => false,
            Some(Progress::Failed { not_before, .. }) => now >= *not_before,
        }
    }

    /// Tells of a threshold, if the ledger says the same and nobody else does. Returns for how long
    /// nobody needs to tell of it any more, where it is told.
    async fn tell(&self, passed: &Passed) -> anyhow::Result<Option<u64>> {
        let spent = self.spent(passed).await?;
        if !passed.threshold.is_reached(spent) {
            return Ok(None);
        }
        let (claims, name) = (&self.parts.claims, &passed.name);
        match claims.claim(name, CLAIM_MS).await? {
            Claim::Taken => return Ok(None),
            Claim::Done => return Ok(Some(passed.lasts_ms)),
            Claim::Mine => {}
        }
        if let Err(error) = self.webhook.post(passed, spent).await {
            // Otherwise it ends by itself.
            drop(claims.release(name).await);
            return Err(error);
        }
        if let Err(error) = claims.done(name, passed.lasts_ms).await {
            let error = format!("{error:#}");
            tracing::warn!(
                alert = name,
                error,
                "others are not told that an alert was given"
            );
        }
        Ok(Some(passed.lasts_ms))
    }

    async fn spent(&self, passed: &Passed) -> anyhow::Result<u64> {
        let counter = &passed.threshold.counter;
        let query = SpentQuery {
            scope: counter.scope.clone(),
            measure: counter.measure,
            from_ms: passed.since_ms,
            to_ms: u64::MAX,
            part_ms: u64::MAX,
        };
        let parts = self.parts.ledger.spent(&query).await?;
        let amounts = parts.iter().map(|part| part.amount);
        Ok(amounts.fold(0, u64::saturating_add))
    }
}

impl Progress {
    fn failed(before: Option<&Self>, now: u64) -> Self {
        let pause = match before {
            Some(Self::Failed { pause, .. }) => pause.saturating_mul(2).min(LONGEST_PAUSE_MS),
            _ => FIRST_PAUSE_MS,
        };
        Self::Failed {
            pause,
            not_before: now.saturating_add(pause),
        }
    }

    fn is_needed(&self, now: u64) -> bool {
        match self {
            Self::Told { until } => *until > now,
            // Of a period that is over nobody asks again.
            Self::Failed { not_before, .. } => not_before.saturating_add(LONGEST_PAUSE_MS) > now,
        }
    }
}

fn by_id(standings: &[Standing]) -> impl Iterator<Item = (&str, &Standing)> {
    let named = standings.iter();
    named.map(|standing| (standing.counter.id.as_str(), standing))
}
