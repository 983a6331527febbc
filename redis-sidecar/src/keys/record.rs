//! A key as the database has it.

use std::collections::BTreeMap;

use tidegate::config::limits::{Limit, Measure, ScopeKind};
use tidegate::config::sidecar::{KeyAlert, SidecarConfig};

use super::budgets::Budget;
use super::limits::RateLimits;
use super::problem::Problem;
use crate::alerts::Threshold;

/// A key that was made through the admin API.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// Its public name.
    pub id: String,
    /// SHA-256 of the key.
    pub sha256: String,
    /// The key that it has replaced, while that is valid too.
    pub previous: Option<Previous>,
    /// The team that it belongs to.
    pub team: Option<String>,
    /// The models that it may use; `None`: all.
    pub models: Option<Vec<String>>,
    /// When it ends to be valid, in seconds since 1970.
    pub expires: Option<u64>,
    /// Whether it is refused for now.
    pub disabled: bool,
    /// Its rates; `None`: the configuration's for keys without any.
    pub rate_limits: Option<RateLimits>,
    /// Its budgets; `None` likewise.
    pub budgets: Option<Vec<Budget>>,
    /// Texts for people.
    pub metadata: BTreeMap<String, String>,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: u64,
    /// When it was last changed.
    pub changed_ms: u64,
    /// The change that it was last part of.
    pub revision: u64,
}

/// A key that was rotated away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previous {
    /// SHA-256 of the key.
    pub sha256: String,
    /// Until when it is valid, in seconds since 1970.
    pub until: u64,
}

impl Record {
    /// All limits of its own, with those of `defaults` that it says nothing about.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn limits(&self, defaults: &[Limit]) -> Result<Vec<Limit>, Problem> {
        let of_defaults = |is_budget: bool| {
            let wanted = |limit: &&Limit| (limit.measure == Measure::Cost) == is_budget;
            defaults.iter().filter(wanted).cloned().collect()
        };
        let mut limits = match &self.rate_limits {
            Some(rates) => {
                let limits = rates.limits();
                limits.map_err(|problem| problem.within("rate_limits"))?
            }
            None => of_defaults(false),
        };
        limits.extend(match &self.budgets {
            Some(budgets) => {
                let limits = Budget::limits(budgets);
                limits.map_err(|problem| problem.within("budgets"))?
            }
            None => of_defaults(true),
        });
        Ok(limits)
    }

    /// The thresholds of its budgets: of its own, or else those that the configuration has for them.
    ///
    /// # Errors
    /// As for [`limits`](Self::limits).
    pub fn thresholds(&self, config: &SidecarConfig) -> Result<Vec<Threshold>, Problem> {
        let told = match &self.budgets {
            None => config.key_alerts.clone(),
            Some(budgets) => Budget::alerts(budgets)?,
        };
        if told.is_empty() {
            return Ok(Vec::new());
        }
        let limits = self.limits(&config.key_defaults)?;
        let threshold = |alert: KeyAlert| {
            let mut budgets = limits.iter().filter(|limit| limit.measure == Measure::Cost);
            let limit = budgets.find(|limit| limit.window == alert.window)?;
            Some(Threshold {
                counter: limit.clone().counter(ScopeKind::Key, &self.id),
                at_percent: alert.at_percent,
                webhook: alert.webhook.into(),
            })
        };
        Ok(told.into_iter().filter_map(threshold).collect())
    }
}
