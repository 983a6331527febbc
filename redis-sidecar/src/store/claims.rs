//! What is done once, whichever sidecar does it.
//!
//! Whoever claims a name first does the work and says when it is done; until then nobody else has the
//! claim, for a time. Who gives up lets go of it; of who is killed, it goes with the time. So the work
//! is done at least once, and twice only where somebody was killed between doing it and saying so, or
//! the store has lost its memory.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::Boxed;

/// What has become of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It is the caller's.
    Mine,
    /// It is somebody's who has not said that it is done.
    Taken,
    /// It is done.
    Done,
}

/// Who does what.
pub trait Claims: Send + Sync {
    /// Claims a name for so many milliseconds. Fails where the store cannot be reached.
    fn claim<'a>(&'a self, name: &'a str, ms: u64) -> Boxed<'a, anyhow::Result<Claim>>;

    /// Says that it is done, which is known for so many milliseconds. Fails where the store cannot
    /// be reached.
    fn done<'a>(&'a self, name: &'a str, ms: u64) -> Boxed<'a, anyhow::Result<()>>;

    /// Lets go of what is not done. Fails where the store cannot be reached.
    fn release<'a>(&'a self, name: &'a str) -> Boxed<'a, anyhow::Result<()>>;
}

/// Claims in this process' memory. All times are in milliseconds.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Book(HashMap<String, Entry>);

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    is_done: bool,
    until: u64,
}

impl Book {
    pub(super) fn claim(&mut self, name: &str, ms: u64, now: u64) -> Claim {
        self.0.retain(|_, entry| entry.until > now);
        match self.0.get(name) {
            Some(entry) if entry.is_done => Claim::Done,
            Some(_) => Claim::Taken,
            None => {
                self.put(name, false, now.saturating_add(ms));
                Claim::Mine
            }
        }
    }

    pub(super) fn done(&mut self, name: &str, ms: u64, now: u64) {
        self.put(name, true, now.saturating_add(ms));
    }

    pub(super) fn release(&mut self, name: &str) {
        self.0.retain(|there, entry| there != name || entry.is_done);
    }

    fn put(&mut self, name: &str, is_done: bool, until: u64) {
        self.0.insert(name.to_owned(), Entry { is_done, until });
    }
}
