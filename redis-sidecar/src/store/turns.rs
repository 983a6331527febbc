//! One report of a holder at a time, in the order in which they came.
//!
//! A filter that waits no longer for an answer sends its next report while this one is still under
//! way to the store. Applied after the newer one it could void a lease that is in use.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OwnedMutexGuard;

type Queue = Arc<tokio::sync::Mutex<()>>;

/// The holders that have reports under way.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<HashMap<String, Queue>>);

/// A holder's turn; over when it goes out of scope.
pub(super) struct Turn<'a> {
    turns: &'a Turns,
    holder: &'a str,
    /// Nothing once the turn is over.
    guard: Option<OwnedMutexGuard<()>>,
}

impl Turns {
    /// Waits until no earlier report of this holder is under way.
    pub(super) async fn take<'a>(&'a self, holder: &'a str) -> Turn<'a> {
        let queue = Arc::clone(self.queues().entry(holder.to_owned()).or_default());
        let mut turn = Turn {
            turns: self,
            holder,
            guard: None,
        };
        turn.guard = Some(queue.lock_owned().await);
        turn
    }

    fn queues(&self) -> MutexGuard<'_, HashMap<String, Queue>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.guard = None;
        let mut queues = self.turns.queues();
        let alone = |queue: &Queue| Arc::strong_count(queue) == 1;
        if queues.get(self.holder).is_some_and(alone) {
            queues.remove(self.holder);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_holders_reports_wait_for_each_other_and_nobody_elses() {
        let turns = Turns::default();
        let first = turns.take("a").await;
        drop(turns.take("b").await);
        let moment = Duration::from_millis(20);
        assert!(tokio::time::timeout(moment, turns.take("a")).await.is_err());
        drop(first);
        drop(turns.take("a").await);
    }

    #[tokio::test]
    async fn nothing_is_kept_of_holders_that_are_gone() {
        let turns = Turns::default();
        let first = turns.take("a").await;
        let moment = Duration::from_millis(20);
        assert!(tokio::time::timeout(moment, turns.take("a")).await.is_err());
        assert_eq!(turns.queues().len(), 1);
        drop(first);
        assert_eq!(turns.queues().len(), 0);
    }
}
