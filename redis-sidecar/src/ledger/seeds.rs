//! What counters begin with where their store has lost its memory.

use std::sync::Arc;

use tidegate::config::limits::Counter;

use super::{Ledger, Spent, SpentQuery};
use crate::clock::Clock;
use crate::limits::Seed;
use crate::store::{Boxed, Usage};

/// The ledger, as counters are seeded from it.
pub struct Seeds {
    ledger: Arc<dyn Ledger>,
    clock: Arc<dyn Clock>,
}

impl Seeds {
    /// Seeds from this ledger.
    pub fn new(ledger: Arc<dyn Ledger>, clock: Arc<dyn Clock>) -> Self {
        Self { ledger, clock }
    }
}

impl Usage for Seeds {
    fn is_empty(&self) -> Boxed<'_, anyhow::Result<bool>> {
        Box::pin(async { Ok(self.ledger.is_empty().await?) })
    }

    fn used<'a>(
        &'a self,
        counter: &'a Counter,
        since_ms: u64,
        step_ms: u64,
    ) -> Boxed<'a, anyhow::Result<Vec<Seed>>> {
        Box::pin(async move {
            let now_ms = self.clock.wall_ms();
            let query = SpentQuery {
                scope: counter.scope.clone(),
                measure: counter.measure,
                from_ms: now_ms.saturating_sub(since_ms),
                to_ms: u64::MAX,
                part_ms: step_ms,
            };
            let seed = |part: Spent| Seed {
                age_ms: now_ms.saturating_sub(part.latest_ms),
                amount: part.amount,
            };
            let parts = self.ledger.spent(&query).await?;
            Ok(parts.into_iter().map(seed).collect())
        })
    }
}
