//! What the filter and the sidecar say to each other about limits.
//!
//! A *holder* is one worker's VM. For each counter it uses it has a *lease*, a record that the
//! store makes and numbers. All amounts in a report and a grant are totals since the lease was
//! made, never differences, so that a message that is lost, repeated or late changes nothing that
//! the next one does not put right:
//!
//! ```text
//! outstanding = granted − settled − returned    set aside for the holder: to spend, or in flight
//! used        = what was settled within the window, by all holders
//! used + the sum of all outstanding ≤ limit     whenever the store grants anything
//! ```
//!
//! The holder spends from what is outstanding only: the limit holds without any agreement on what
//! has been spent. A holder that is silent for longer than [`SyncReply::valid_ms`] may spend no more
//! (it measures from when it *sent* the last report that was answered), and the store, a little
//! later, takes what was outstanding for used. Its next report then names a lease that is gone and
//! gets a new one.
//!
//! Durations only: no clock of one side is compared with a clock of the other.

use serde::{Deserialize, Serialize};

use crate::config::limits::Counter;
use crate::config::runtime::VirtualKey;

/// Path of the sidecar's endpoint for [`Sync`].
pub const SYNC_PATH: &str = "/v1/sync";
/// Path of the sidecar's endpoint for rows of the ledger: one JSON object a line.
pub const LEDGER_PATH: &str = "/v1/ledger";
/// Path at which the sidecar answers 200 once it takes the filter's calls.
pub const HEALTH_PATH: &str = "/healthz";
/// Path at which the sidecar says what it is able to do, and with which configuration: `configuration`
/// is the SHA-256 of its file's text, in hexadecimal.
pub const READY_PATH: &str = "/readyz";
/// Path of the sidecar's endpoint for keys that are not in the configuration; `?version=N` says which
/// [`KeySet`] the filter has.
pub const KEYS_PATH: &str = "/v1/keys";

/// A holder's report on all counters of which it has something outstanding or wants something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sync {
    /// The holder: a random name, made anew with each VM.
    pub holder: String,
    /// One report for each counter.
    pub counters: Vec<Report>,
}

/// A holder's report on one counter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The counter's [id](crate::config::limits::Counter::id).
    pub id: String,
    /// Number of the lease that the totals belong to; 0 where the holder has none, or has let go of
    /// it: what the store had set aside for it is then void, and counts as used once a late holder
    /// could no longer spend it.
    pub lease: u64,
    /// Spent for good since the lease was made.
    pub settled: u64,
    /// Given back unspent since the lease was made.
    pub returned: u64,
    /// The smallest grant that is of use to a request that waits; 0 where none waits.
    pub least: u64,
    /// What all waiting requests need together.
    pub need: u64,
    /// What would be good to have, with what is needed ahead of time; at least `need`.
    pub want: u64,
}

/// The sidecar's answer to a [`Sync`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncReply {
    /// How long after it sent the report the holder may spend what it has, in milliseconds.
    pub valid_ms: u64,
    /// One grant for each counter of the report that the store knows and could reach.
    pub grants: Vec<Grant>,
    /// Counters that the store cannot speak for now: it is away, does not know them yet, or has
    /// lost its memory and waits until old leases have run out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unavailable: Vec<String>,
}

/// What a holder has of one counter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The counter's id.
    pub id: String,
    /// Number of the lease. One that the holder does not know makes all it had void: what was
    /// outstanding then counts as used. Numbers only grow: an answer that names a lease which the
    /// holder has let go of, or an older one, comes too late and says nothing.
    pub lease: u64,
    /// Granted since the lease was made.
    pub granted: u64,
    /// What is left of the limit for everybody, behind this grant.
    pub remaining: u64,
    /// When something is left again where the grant does not cover what waits, in milliseconds from
    /// now: the earliest time at which that can be. 0 where the grant covers it.
    pub retry_after_ms: u64,
    /// When all that is used now will have left the window, in milliseconds.
    pub reset_ms: u64,
    /// The limit is near: what is not spent at once is to be given back at once.
    pub scarce: bool,
}

/// The keys that are not in the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySet {
    /// Changes with every change of a key; never 0.
    pub version: u64,
    /// All of them; absent where the filter has this version already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<Vec<VirtualKey>>,
    /// Their counters, which [`VirtualKey::counters`] points into.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counters: Vec<Counter>,
}
