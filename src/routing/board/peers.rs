//! What the workers of a process tell each other of targets.
//!
//! Each worker writes its [`Report`] under a key of its own, into data that all of them share, and a
//! list names those that have something to tell. Nobody's clock is compared with another's: a report
//! is as old as the time since a worker has first seen this version of it, and what is not renewed
//! for [`FORGOTTEN_AFTER`] counts no more. A worker that is killed is so forgotten by the others.
//!
//! What other gateways know is one more report, which one of the workers, the courier, brings.

mod courier;

use std::collections::HashMap;

use courier::Courier;

use super::Board;
use super::report::{FORGOTTEN_AFTER, Others, Report, merged};
use super::told::Told;
use crate::clock::Timestamp;

/// Key of the list of tellers: their names, with spaces between.
const TELLERS: &str = "tidegate/targets";
/// Who tells what other gateways know. No worker has this name.
const AFAR: &str = "afar";
/// So many tellers are listened to: more workers than any machine has.
const MOST_TELLERS: usize = 1_024;

/// Data that all workers of a process share. Nothing in it is trusted to be well-formed.
pub trait SharedData {
    /// The value of a key, and its version, which each write changes.
    fn get(&self, key: &str) -> Option<(Vec<u8>, u32)>;

    /// Writes, where the value still has this version, or whatever it has where that is 0. Says
    /// whether it is written.
    fn set(&self, key: &str, value: &[u8], version: u32) -> bool;
}

/// One worker, among those of its process.
#[derive(Debug)]
pub struct Peers {
    name: String,
    told: Told,
    heard: HashMap<String, Heard>,
    courier: Courier,
    afar: Told,
}

/// A report, as long as it has the same version.
#[derive(Debug, Default)]
struct Heard {
    version: u32,
    since: Timestamp,
    report: Report,
}

impl Peers {
    /// A worker. `name` must be one that nobody else has ever had, without spaces.
    pub fn new(name: String) -> Self {
        Self {
            name,
            told: Told::default(),
            heard: HashMap::new(),
            courier: Courier::default(),
            afar: Told::default(),
        }
    }

    /// Tells the others what this worker knows, where that is due, and learns what they know.
    pub fn tick(&mut self, board: &Board, data: &impl SharedData, now: Timestamp) {
        self.tell(board, data, now);
        if self.hear(data, now) {
            let heard: Vec<Report> = self.heard.values().map(|heard| heard.aged(now)).collect();
            board.learn(&merged(heard.iter()), now);
        }
    }

    /// What this process knows, as JSON, where it is this worker that carries it to the sidecar, and
    /// that is due now. After a [`tick`](Self::tick), and before [`answered`](Self::answered).
    pub fn post(
        &mut self,
        board: &Board,
        data: &impl SharedData,
        now: Timestamp,
    ) -> Option<Vec<u8>> {
        let reports = || {
            let near = self.heard.iter().filter(|(name, _)| *name != AFAR);
            let near = near.map(|(_, heard)| heard.aged(now));
            near.chain([board.report(&self.name, now)]).collect()
        };
        let report = self.courier.post(&self.name, reports, data, now)?;
        serde_json::to_vec(&report).ok()
    }

    /// The sidecar has answered. Where it has not, or with what cannot be read, the body is empty, and
    /// what is known is forgotten in time.
    pub fn answered(&mut self, body: &[u8], board: &Board, data: &impl SharedData, now: Timestamp) {
        self.courier.answered();
        let Ok(Others { mut targets }) = serde_json::from_slice(body) else {
            return;
        };
        // Gateways with other targets may share the sidecar.
        targets.retain(|target| board.places.borrow().contains_key(&target.id));
        if self.afar.is_due(&targets, now) {
            write(AFAR, &mut self.afar, Report::new(AFAR, targets), data, now);
        }
    }

    fn tell(&mut self, board: &Board, data: &impl SharedData, now: Timestamp) {
        let report = board.report(&self.name, now);
        if self.told.is_due(&report.targets, now) {
            write(&self.name, &mut self.told, report, data, now);
        }
    }

    /// Reads what has changed; says whether something has.
    fn hear(&mut self, data: &impl SharedData, now: Timestamp) -> bool {
        let (list, version) = data.get(TELLERS).unwrap_or_default();
        let list = String::from_utf8(list).unwrap_or_default();
        let names: Vec<&str> = list.split_ascii_whitespace().take(MOST_TELLERS).collect();
        let known = self.heard.len();
        self.heard.retain(|name, _| names.contains(&&**name));
        let mut is_new = self.heard.len() != known;
        for name in &names {
            is_new |= *name != self.name && self.listen(name, data, now);
        }
        self.correct(&names, version, data, now);
        is_new
    }

    /// Reads what one of the others tells; says whether that has changed.
    fn listen(&mut self, name: &str, data: &impl SharedData, now: Timestamp) -> bool {
        let (text, version) = data.get(&key(name)).unwrap_or_default();
        if let Some(heard) = self.heard.get_mut(name)
            && heard.version == version
        {
            return heard.is_forgotten(now) && heard.clear();
        }
        let heard = Heard {
            version,
            since: now,
            report: serde_json::from_slice(&text).unwrap_or_default(),
        };
        self.heard.insert(name.to_owned(), heard);
        true
    }

    /// Leaves out of the list who is forgotten, and puts in what is missing of this worker's. Where
    /// somebody else has written meanwhile, there is a next tick.
    fn correct(&self, names: &[&str], version: u32, data: &impl SharedData, now: Timestamp) {
        let tells = |name: &str| {
            let heard = self.heard.get(name);
            heard.is_none_or(|heard| !heard.is_forgotten(now))
        };
        let mut right: Vec<&str> = names.iter().copied().filter(|name| tells(name)).collect();
        for (name, told) in [(&*self.name, &self.told), (AFAR, &self.afar)] {
            let is_missing = told.counts(now) && !names.contains(&name);
            right.extend(is_missing.then_some(name));
        }
        if right == names || !data.set(TELLERS, right.join(" ").as_bytes(), version) {
            return;
        }
        for gone in names.iter().filter(|name| !right.contains(name)) {
            data.set(&key(gone), &[], 0);
        }
    }
}

impl Heard {
    fn aged(&self, now: Timestamp) -> Report {
        self.report.aged(now.since(self.since))
    }

    fn is_forgotten(&self, now: Timestamp) -> bool {
        now.since(self.since) >= FORGOTTEN_AFTER
    }

    /// Says whether there was something.
    fn clear(&mut self) -> bool {
        !std::mem::take(&mut self.report.targets).is_empty()
    }
}

fn write(name: &str, told: &mut Told, report: Report, data: &impl SharedData, now: Timestamp) {
    let Ok(text) = serde_json::to_vec(&report) else {
        return;
    };
    data.set(&key(name), &text, 0);
    told.tell(report.targets, now);
}

fn key(name: &str) -> String {
    format!("{TELLERS}/{name}")
}

#[cfg(test)]
mod tests;
