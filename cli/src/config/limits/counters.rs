//! The list of counters, in the order in which they are found in the file.

use tidegate::config::limits::{Counter, Scope, ScopeKind};
use tidegate::config::sidecar::Alert;

use super::{Limits, measure_name, window_name};

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
            let id = id(
                kind,
                name,
                measure_name(limit.measure),
                window_name(&limit.window),
            );
            self.alerts
                .extend(limit.alerts.iter().map(|(at, webhook)| Alert {
                    counter: id.clone(),
                    at_percent: *at,
                    webhook: webhook.clone(),
                }));
            self.list.push(Counter {
                id,
                scope: Scope {
                    kind,
                    name: name.to_owned(),
                },
                measure: limit.measure,
                limit: limit.limit,
                window: limit.window.clone(),
                on_unavailable: limit.on_unavailable,
            });
        }
        (first..self.list.len()).collect()
    }
}

/// `key/research-dev/requests/60s`, `gateway/cost/day@UTC`, `team/a/parallel_requests`.
fn id(kind: ScopeKind, name: &str, measure: &str, window: Option<String>) -> String {
    let parts = [
        Some(kind.name()),
        Some(name),
        Some(measure),
        window.as_deref(),
    ];
    let parts: Vec<_> = parts
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect();
    parts.join("/")
}
