//! The list of counters, in the order in which they are found in the file.

use tidegate::config::limits::{Counter, ScopeKind};
use tidegate::config::sidecar::Alert;

use super::Limits;

/// All counters so far, and the alerts on them.
#[derive(Debug, Default)]
pub(in super::super) struct Counters {
    pub(in super::super) list: Vec<Counter>,
    pub(in super::super) alerts: Vec<Alert>,
}

impl Counters {
    /// Adds a scope's limits, and says at which places their counters are.
    pub(in super::super) fn add(
        &mut self,
        kind: ScopeKind,
        name: &str,
        limits: &Limits,
    ) -> Vec<usize> {
        let first = self.list.len();
        for limit in limits.all() {
            let counter = limit.terms.clone().counter(kind, name);
            self.alerts
                .extend(limit.alerts.iter().map(|(at, webhook)| Alert {
                    counter: counter.id.clone(),
                    at_percent: *at,
                    webhook: webhook.clone(),
                }));
            self.list.push(counter);
        }
        (first..self.list.len()).collect()
    }
}
