//! Counters that the store does not know: quarantine, then a beginning from the ledger.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;

use super::known::Known;
use super::{LimitStore, Memo, Usage};
use crate::clock::Clock;
use crate::limits::{MARGIN_MS, Seed, Span, Terms, VALID_MS, bucket_width};

/// How long a report waits while another one has its counter seeded.
const TURN_WAIT: Duration = Duration::from_secs(1);

/// How long the ledger may take.
const LEDGER_WAIT: Duration = Duration::from_secs(30);

/// Admits stores and seeds counters.
pub(super) struct Seeding {
    store: Arc<dyn LimitStore>,
    usage: Arc<dyn Usage>,
    clock: Arc<dyn Clock>,
    /// Whether something may have been granted ever, as far as is known here: something was, or
    /// somebody had admitted a store.
    in_use: AtomicBool,
    /// Since when a process is known that may have lost its memory, by the steady clock.
    strangers: Mutex<HashMap<Arc<str>, u64>>,
}

impl Seeding {
    pub(super) fn new(
        store: Arc<dyn LimitStore>,
        usage: Arc<dyn Usage>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            store,
            usage,
            clock,
            in_use: AtomicBool::new(false),
            strangers: Mutex::default(),
        }
    }

    /// Something was granted: from now on an empty ledger proves nothing.
    pub(super) fn used(&self) {
        self.in_use.store(true, Ordering::Relaxed);
    }

    /// Whether leases of before this process' start have run out. Admits it if they have.
    pub(super) async fn admitted(&self, memo: &Memo) -> anyhow::Result<bool> {
        if memo.admitted {
            self.strangers().remove(&memo.server);
            self.used();
            return Ok(true);
        }
        if !self.sat_out(&memo.server) && !self.never_used().await? {
            return Ok(false);
        }
        self.store.admit(&memo.server).await?;
        self.strangers().remove(&memo.server);
        tracing::info!(server = &*memo.server, "limits: the store is admitted");
        Ok(true)
    }

    /// Seeds a counter from the ledger; not while the quarantine lasts. `since` is when the store
    /// was asked, by the steady clock: one that was seeded since then is not seeded again. Returns
    /// whether the store can be asked again.
    pub(super) async fn seed(
        &self,
        known: &Known,
        terms: &Terms,
        memo: &Memo,
        since: u64,
    ) -> anyhow::Result<bool> {
        let turn = tokio::time::timeout(TURN_WAIT, known.seeded_at.lock());
        let mut seeded_at = turn
            .await
            .context("another report still waits for the ledger")?;
        if *seeded_at >= since {
            return Ok(true);
        }
        if !self.admitted(memo).await? {
            return Ok(false);
        }
        let seeds = self.seeds(known, terms).await.context("ledger")?;
        let id = &known.counter.id;
        self.store.seed(&memo.server, id, terms, &seeds).await?;
        *seeded_at = self.clock.steady_ms();
        Ok(true)
    }

    async fn seeds(&self, known: &Known, terms: &Terms) -> anyhow::Result<Vec<Seed>> {
        let (since, step) = match terms.span {
            Span::Held => return Ok(Vec::new()),
            Span::Sliding(window) => {
                let step = bucket_width(window);
                (window + step, step)
            }
            Span::Calendar(period) => {
                let since = self.clock.wall_ms().saturating_sub(period.start);
                (since, since.max(1))
            }
        };
        let used = self.usage.used(&known.counter, since, step);
        tokio::time::timeout(LEDGER_WAIT, used).await?
    }

    async fn never_used(&self) -> anyhow::Result<bool> {
        if self.in_use.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let empty = self.usage.is_empty().await.context("ledger")?;
        if !empty {
            self.used();
        }
        Ok(empty)
    }

    fn sat_out(&self, server: &Arc<str>) -> bool {
        let now = self.clock.steady_ms();
        let mut strangers = self.strangers();
        let since = *strangers.entry(Arc::clone(server)).or_insert(now);
        now.saturating_sub(since) > VALID_MS + MARGIN_MS
    }

    fn strangers(&self) -> std::sync::MutexGuard<'_, HashMap<Arc<str>, u64>> {
        self.strangers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
