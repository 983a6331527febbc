//! Thresholds: of which counter, from how much on, and who is told.

use std::sync::Arc;

use anyhow::Context as _;
use tidegate::config::limits::{Counter, Window};
use tidegate::config::sidecar::SidecarConfig;

use crate::store::{Shown, Standing};

/// How much longer than its period an alert is remembered.
const DAY_MS: u64 = 86_400_000;

/// A threshold that is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Threshold {
    /// Of which counter.
    pub counter: Counter,
    /// From which part of its limit on, in percent.
    pub at_percent: u8,
    /// Who is told.
    pub webhook: Arc<str>,
}

/// A threshold that is passed, in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// Names the threshold and the period.
    pub name: String,
    /// The threshold.
    pub threshold: Threshold,
    /// From when on what was spent counts, in milliseconds since 1970.
    pub since_ms: u64,
    /// When the period began, likewise.
    pub period_ms: u64,
    /// For how long it must be remembered that it was told of, in milliseconds.
    pub lasts_ms: u64,
}

pub(super) fn configured(config: &SidecarConfig) -> anyhow::Result<Vec<Threshold>> {
    let alerts = config.alerts.iter().enumerate();
    let thresholds = alerts.map(|(place, alert)| {
        let mut counters = config.counters.iter();
        let counter = counters.find(|counter| counter.id == alert.counter);
        let counter = counter.context("there is no such counter");
        Ok(Threshold {
            counter: counter
                .with_context(|| format!("alerts[{place}].counter"))?
                .clone(),
            at_percent: alert.at_percent,
            webhook: alert.webhook.as_str().into(),
        })
    });
    thresholds.collect()
}

impl Threshold {
    /// Whether this much is enough.
    pub(super) fn is_reached(&self, used: u64) -> bool {
        let at = u128::from(self.counter.limit) * u128::from(self.at_percent);
        u128::from(used) * 100 >= at
    }

    /// This threshold, if it may have been passed: what is set aside is taken for used.
    pub(super) fn passed(&self, standing: &Standing, wall_ms: u64) -> Option<Passed> {
        let Shown::Level(level) = standing.shown else {
            return None;
        };
        if !self.is_reached(level.used.saturating_add(level.outstanding)) {
            return None;
        }
        let (since_ms, period_ms, length) = match self.counter.window {
            Window::Held => return None,
            Window::Sliding(window) => {
                let window = window.max(1);
                let since = wall_ms.saturating_sub(window);
                (since, wall_ms - wall_ms % window, window)
            }
            Window::Calendar { period, .. } => {
                let start = standing.since_ms?;
                (start, start, period.rolling_ms())
            }
        };
        Some(Passed {
            name: format!("{} {} {period_ms}", self.counter.id, self.at_percent),
            threshold: self.clone(),
            since_ms,
            period_ms,
            lasts_ms: length.saturating_add(DAY_MS * 2),
        })
    }
}
