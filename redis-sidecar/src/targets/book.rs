//! Reports by their tellers. All times are in milliseconds, by this process' own clock.

use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tidegate::clock::Timestamp;
use tidegate::routing::board::report::{FORGOTTEN_AFTER, Report, Target, merged};
use tidegate::routing::board::told::Told;

use super::MOST_TELLERS;
use crate::store::Written;

/// Where nobody has asked for so long, nobody wants to know what other sidecars have heard.
const UNASKED_MS: u64 = 2_000;

/// What is known.
pub(super) struct Book {
    sidecar: String,
    entries: HashMap<String, Entry>,
    asked: u64,
}

struct Entry {
    report: Report,
    at: u64,
    /// What other sidecars were told of it; `None` where one of them has told it.
    told: Option<Told>,
}

/// What is written for other sidecars.
#[derive(Serialize, Deserialize)]
struct Letter {
    sidecar: String,
    report: Report,
}

impl Book {
    pub(super) fn new(sidecar: String) -> Self {
        Self {
            sidecar,
            entries: HashMap::new(),
            asked: 0,
        }
    }

    /// A process has told this. Says whether other sidecars should know at once; `None` where there
    /// are too many processes.
    pub(super) fn take(&mut self, report: Report, now: u64) -> Option<bool> {
        self.asked = now;
        self.forget(now);
        let is_full = self.entries.len() >= MOST_TELLERS;
        let told = match self.entries.get_mut(&report.teller) {
            Some(entry) => entry.told.take().unwrap_or_default(),
            None if report.targets.is_empty() => return Some(false),
            None if is_full => return None,
            None => Told::default(),
        };
        let is_urgent = told.is_urgent(&report.targets, timestamp(now));
        let entry = Entry {
            at: now,
            told: Some(told),
            report,
        };
        self.entries.insert(entry.report.teller.clone(), entry);
        Some(is_urgent)
    }

    /// What all know but this one.
    pub(super) fn others(&self, teller: &str, now: u64) -> Vec<Target> {
        let others = self.entries.values();
        let others = others.filter(|entry| entry.report.teller != teller);
        let aged: Vec<Report> = others.map(|entry| entry.aged(now)).collect();
        merged(aged.iter())
    }

    /// Whether a process has asked of late.
    pub(super) fn is_asked(&self, now: u64) -> bool {
        now.saturating_sub(self.asked) < UNASKED_MS
    }

    /// What is to be written for other sidecars now, and counts as written.
    pub(super) fn due(&mut self, now: u64) -> Vec<Written> {
        self.forget(now);
        let sidecar = &self.sidecar;
        let entries = self.entries.values_mut();
        entries
            .filter_map(|entry| entry.due(sidecar, now))
            .collect()
    }

    /// It could not be written.
    pub(super) fn untell(&mut self, due: &[Written]) {
        for Written { teller, .. } in due {
            let entry = self.entries.get_mut(teller);
            if let Some(told) = entry.and_then(|entry| entry.told.as_mut()) {
                *told = Told::default();
            }
        }
    }

    /// A sidecar has written this at that time. What cannot be read is another version's.
    pub(super) fn hear(&mut self, text: &str, at: u64, now: u64) {
        let Ok(Letter { sidecar, report }) = serde_json::from_str(text) else {
            return;
        };
        let there = self.entries.get(&report.teller);
        let is_old = is_forgotten(at, now) || there.is_some_and(|there| there.at > at);
        let is_too_much = there.is_none() && self.entries.len() >= MOST_TELLERS;
        if sidecar == self.sidecar || is_old || is_too_much {
            return;
        }
        let entry = Entry {
            at,
            told: None,
            report,
        };
        self.entries.insert(entry.report.teller.clone(), entry);
    }

    fn forget(&mut self, now: u64) {
        self.entries.retain(|_, entry| !is_forgotten(entry.at, now));
    }
}

impl Entry {
    fn aged(&self, now: u64) -> Report {
        let age = Duration::from_millis(now.saturating_sub(self.at));
        self.report.aged(age)
    }

    fn due(&mut self, sidecar: &str, now: u64) -> Option<Written> {
        let report = self.aged(now);
        let told = self.told.as_mut()?;
        if !told.is_due(&report.targets, timestamp(now)) {
            return None;
        }
        told.tell(report.targets.clone(), timestamp(now));
        let teller = report.teller.clone();
        let letter = Letter {
            sidecar: sidecar.to_owned(),
            report,
        };
        let text = serde_json::to_string(&letter).ok()?;
        Some(Written { teller, text })
    }
}

fn is_forgotten(at: u64, now: u64) -> bool {
    u128::from(now.saturating_sub(at)) >= FORGOTTEN_AFTER.as_millis()
}

fn timestamp(ms: u64) -> Timestamp {
    Timestamp(ms.saturating_mul(1_000_000))
}

#[cfg(test)]
mod tests;
