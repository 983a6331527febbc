//! What the ledger knows of a counter's window.

use tidegate::config::limits::Counter;

use super::Boxed;
use crate::limits::Seed;

/// The ledger, as far as counters are seeded from it.
pub trait Usage: Send + Sync {
    /// Whether no row was ever kept: then nothing can have been used.
    fn is_empty(&self) -> Boxed<'_, anyhow::Result<bool>>;

    /// What was used of a counter in the last `since_ms` milliseconds, in sums of about `step_ms`
    /// each, aged by the youngest row in it: requests, tokens (input and output together) or
    /// nano-dollars, each row's rounded up, of the rows that belong to the counter's scope. Rows
    /// from the future have the age 0. Never asked for `Held` counters.
    fn used<'a>(
        &'a self,
        counter: &'a Counter,
        since_ms: u64,
        step_ms: u64,
    ) -> Boxed<'a, anyhow::Result<Vec<Seed>>>;
}
