//! What workers and gateways tell each other of targets.
//!
//! Amounts of time only: no clock of one side is compared with a clock of the other. A report says all
//! that its teller knows first-hand; a later one of the same teller takes its place, and one that is
//! not renewed is forgotten.

use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Board, Ewma};
use crate::clock::Timestamp;
use crate::config::routing::Cause;

/// Path of the sidecar's endpoint for [`Report`]s.
pub const TARGETS_PATH: &str = "/v1/targets";
/// A report that was not renewed for so long counts no more.
pub const FORGOTTEN_AFTER: Duration = Duration::from_secs(5);

/// What one teller knows of its targets.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Who tells: a random name, made anew with each worker's VM.
    pub teller: String,
    /// The targets of which there is something to tell.
    pub targets: Vec<Target>,
}

/// What the sidecar answers to a [`Report`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Others {
    /// What all other tellers know, each target once.
    pub targets: Vec<Target>,
}

/// What is told of one target.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Target {
    /// Provider and model, as in `openai/gpt-4o`.
    pub id: String,
    /// Requests under way.
    #[serde(skip_serializing_if = "is_nothing")]
    pub in_flight: u32,
    /// Milliseconds for which it is still to be left alone.
    #[serde(skip_serializing_if = "is_nothing")]
    pub cooling_ms: u64,
    /// The provider itself has asked for that.
    #[serde(skip_serializing_if = "is_nothing")]
    pub told: bool,
    /// Name of the [`Cause`] of that.
    #[serde(skip_serializing_if = "is_nothing")]
    pub cause: String,
    /// Microseconds to the first token, and for how many values that counts.
    #[serde(skip_serializing_if = "is_nothing")]
    pub first_token: Mean,
    /// Microseconds to the end of a whole answer.
    #[serde(skip_serializing_if = "is_nothing")]
    pub total: Mean,
    /// Output tokens of an answer.
    #[serde(skip_serializing_if = "is_nothing")]
    pub output: Mean,
}

/// A mean, and for how many hundredths of a value it counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Mean(pub u32, pub u32);

fn is_nothing<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What others know of a target.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Abroad {
    pub(super) in_flight: u32,
    pub(super) first_token: Ewma,
    pub(super) total: Ewma,
    pub(super) output: Ewma,
}

impl Report {
    /// A report of this teller.
    pub fn new(teller: &str, targets: Vec<Target>) -> Self {
        Self {
            teller: teller.to_owned(),
            targets,
        }
    }
}

impl Mean {
    /// Whether a value has come since `before`; a mean that has only aged counts for less.
    pub(super) fn is_newer(self, before: Self) -> bool {
        self.0 != before.0 || self.1 > before.1
    }

    fn of(mean: &Ewma, now: Timestamp) -> Self {
        // Neither a fraction of a microsecond nor a stale memory is worth its bytes.
        let weight = saturated(mean.weight(now) * 100.0);
        match mean.mean() {
            Some(value) if weight > 0 => Self(saturated(value), weight),
            _ => Self::default(),
        }
    }

    fn at(self, now: Timestamp) -> Ewma {
        Ewma::of(f64::from(self.0), f64::from(self.1) / 100.0, now)
    }

    fn with(self, other: Self) -> Self {
        let part = |mean: Self| u64::from(mean.0) * u64::from(mean.1);
        let weight = u64::from(self.1) + u64::from(other.1);
        let mean = part(self).saturating_add(part(other)) / weight.max(1);
        let small = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        Self(small(mean), small(weight))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "such a cast saturates"
)]
pub(super) fn saturated(value: f64) -> u32 {
    value.round() as u32
}

impl Target {
    /// What this one and another tell of the same target, together.
    pub fn merge(&mut self, other: &Self) {
        self.in_flight = self.in_flight.saturating_add(other.in_flight);
        if other.cooling_ms > self.cooling_ms {
            self.cooling_ms = other.cooling_ms;
            self.told = other.told;
            self.cause.clone_from(&other.cause);
        }
        self.first_token = self.first_token.with(other.first_token);
        self.total = self.total.with(other.total);
        self.output = self.output.with(other.output);
    }
}

/// Reports of several tellers as one list, each target once.
pub fn merged<'r>(reports: impl Iterator<Item = &'r Report>) -> Vec<Target> {
    let mut all: Vec<Target> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for target in reports.flat_map(|report| &report.targets) {
        let place = *places.entry(&target.id).or_insert(all.len());
        match all.get_mut(place) {
            Some(known) => known.merge(target),
            None => all.push(target.clone()),
        }
    }
    all
}

impl Board {
    /// What this worker knows first-hand.
    pub fn report(&self, teller: &str, now: Timestamp) -> Report {
        let targets = self.targets.borrow();
        let told = targets.iter().map(|known| {
            let mut target = Target {
                id: known.id.to_string(),
                in_flight: known.in_flight,
                first_token: Mean::of(&known.first_token, now),
                total: Mean::of(&known.total, now),
                output: Mean::of(&known.output, now),
                ..Target::default()
            };
            if let Some((left, told, cause)) = known.cooldown.found(now) {
                target.cooling_ms = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
                target.told = told;
                cause.name().clone_into(&mut target.cause);
            }
            target
        });
        let blank = |target: &Target| {
            let Target { id, .. } = target;
            *target
                != Target {
                    id: id.clone(),
                    ..Target::default()
                }
        };
        Report {
            teller: teller.to_owned(),
            targets: told.filter(blank).collect(),
        }
    }

    /// Takes what all others know, which takes the place of what they knew before.
    pub fn learn(&self, others: &[Target], now: Timestamp) {
        let places = self.places.borrow();
        let mut targets = self.targets.borrow_mut();
        for known in targets.iter_mut() {
            known.abroad = super::Abroad::default();
        }
        for target in others {
            let Some(place) = places.get(&target.id) else {
                continue;
            };
            let Some(known) = targets.get_mut(place.0) else {
                continue;
            };
            known.abroad = Abroad {
                in_flight: target.in_flight,
                first_token: target.first_token.at(now),
                total: target.total.at(now),
                output: target.output.at(now),
            };
            let cause = Cause::ALL.iter().find(|(name, _)| *name == target.cause);
            let cause = cause.map_or(Cause::Error, |(_, cause)| *cause);
            let cooling = Duration::from_millis(target.cooling_ms);
            known.cooldown.heard(cooling, target.told, cause, now);
        }
    }
}

#[cfg(test)]
mod tests;
