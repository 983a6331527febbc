//! What filters are told: the keys, and the counters that they point to.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};
use tidegate::config::limits::{Counter, ScopeKind};
use tidegate::config::runtime::VirtualKey;
use tidegate::config::sidecar::SidecarConfig;
use tidegate::limiter::protocol::KeySet;

use super::problem::Problem;
use super::record::Record;
use crate::alerts::Threshold;

/// Collects keys and their counters.
struct Collector<'a> {
    config: &'a SidecarConfig,
    counters: Vec<Counter>,
    places: HashMap<String, usize>,
}

/// The set of these keys. Those that are disabled, or that the configuration has too, are not in
/// it. Its version follows from what is in it, so that all sidecars call it the same.
pub(super) fn key_set(config: &SidecarConfig, records: &[Record]) -> KeySet {
    let mut collector = Collector {
        config,
        counters: Vec::new(),
        places: HashMap::new(),
    };
    let usable = usable(config, records);
    let keys: Vec<_> = usable.flat_map(|record| collector.usable(record)).collect();
    let counters = collector.counters;
    KeySet {
        version: version(&keys, &counters),
        keys: Some(keys),
        counters,
    }
}

/// The thresholds of these keys' budgets.
pub(super) fn thresholds(config: &SidecarConfig, records: &[Record]) -> Vec<Threshold> {
    let of_key = |record: &Record| {
        let found = record.thresholds(config);
        // What is wrong is told where the key itself is left out.
        found.unwrap_or_default()
    };
    usable(config, records).flat_map(of_key).collect()
}

fn usable<'a>(
    config: &'a SidecarConfig,
    records: &'a [Record],
) -> impl Iterator<Item = &'a Record> {
    let enabled = records.iter().filter(|record| !record.disabled);
    enabled.filter(|record| is_free(config, record))
}

/// Whether the configuration has no key of the same id.
fn is_free(config: &SidecarConfig, record: &Record) -> bool {
    let is_taken = config.keys.iter().any(|key| key.id == record.id);
    if is_taken {
        tracing::warn!(
            key = record.id,
            "the configuration has a key of the same id"
        );
    }
    !is_taken
}

impl Collector<'_> {
    /// The key, where its limits are known: without them it would be a key without any.
    fn usable(&mut self, record: &Record) -> Vec<VirtualKey> {
        let found = self.keys(record);
        found.unwrap_or_else(|problem| {
            tracing::error!(key = record.id, ?problem, "a key cannot be used");
            Vec::new()
        })
    }

    /// The key, and the one that it has replaced while that is valid.
    fn keys(&mut self, record: &Record) -> Result<Vec<VirtualKey>, Problem> {
        let organization = self.organization(record);
        let key = VirtualKey {
            id: record.id.clone(),
            sha256: Some(record.sha256.clone()),
            team: record.team.clone(),
            models: record.models.clone(),
            counters: self.places(record, organization.as_deref())?,
            organization,
            expires: record.expires,
            ..VirtualKey::default()
        };
        let previous = record.previous.as_ref().map(|previous| VirtualKey {
            sha256: Some(previous.sha256.clone()),
            expires: Some(
                record
                    .expires
                    .map_or(previous.until, |end| end.min(previous.until)),
            ),
            ..key.clone()
        });
        Ok([Some(key), previous].into_iter().flatten().collect())
    }

    fn organization(&self, record: &Record) -> Option<String> {
        let name = record.team.as_ref()?;
        let team = self.config.teams.iter().find(|team| team.name == *name)?;
        team.organization.clone()
    }

    /// Places of its own counters, its team's and its organisation's.
    fn places(
        &mut self,
        record: &Record,
        organization: Option<&str>,
    ) -> Result<Vec<usize>, Problem> {
        let limits = record.limits(&self.config.key_defaults)?;
        let own = limits
            .into_iter()
            .map(|limit| limit.counter(ScopeKind::Key, &record.id));
        let own: Vec<_> = own.collect();
        let above = [
            (ScopeKind::Team, record.team.as_deref()),
            (ScopeKind::Organization, organization),
        ];
        let config = self.config;
        let is_above = |counter: &&Counter| {
            let scope = &counter.scope;
            above.contains(&(scope.kind, Some(&scope.name)))
        };
        let above = config.counters.iter().filter(is_above).cloned();
        let all: Vec<_> = own.into_iter().chain(above).collect();
        Ok(all.into_iter().map(|counter| self.place(counter)).collect())
    }

    fn place(&mut self, counter: Counter) -> usize {
        if let Some(place) = self.places.get(&counter.id) {
            return *place;
        }
        let place = self.counters.len();
        self.places.insert(counter.id.clone(), place);
        self.counters.push(counter);
        place
    }
}

/// 53 bits of the hash of all that is in the set, as that is what every reader of JSON can hold;
/// never 0.
fn version(keys: &[VirtualKey], counters: &[Counter]) -> u64 {
    let text = serde_json::to_vec(&(keys, counters)).unwrap_or_default();
    let digest = Sha256::digest(text);
    let bits = digest
        .iter()
        .take(8)
        .fold(0, |bits, byte| bits << 8 | u64::from(*byte));
    (bits >> 11).max(1)
}

#[cfg(test)]
mod tests;
