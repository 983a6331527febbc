//! What one request may use of which counters.

use crate::clock::Timestamp;

/// A counter's place in the [`Limiter`](super::Limiter).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub(super) usize);

/// The most that a request may use of a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// The counter.
    pub slot: Slot,
    /// In the counter's unit.
    pub units: u64,
}

/// What has been set aside for a request. It must be [settled](super::Limiter::settle).
#[derive(Debug, Default)]
#[must_use = "what is set aside must be settled"]
pub struct Reservation {
    pub(super) parts: Vec<Part>,
    /// Counters that could not be asked and let the request go on uncounted.
    pub uncounted: Vec<Slot>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) slot: Slot,
    pub(super) lease: u64,
    pub(super) units: u64,
}

/// What becomes of a request.
#[derive(Debug)]
#[must_use = "a reservation must be settled"]
pub enum Admission {
    /// It may go on.
    Granted(Reservation),
    /// The sidecar has to be asked: come again when the sync of this number has been answered.
    Wait(u64),
    /// A limit stands against it.
    Refused(Refusal),
}

/// Why a request may not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// The counter.
    pub slot: Slot,
    /// Why.
    pub why: Why,
}

/// See [`Refusal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Its limit is reached; something may be left again at this time.
    Exhausted(Timestamp),
    /// The request alone wants more than the limit.
    TooLarge,
    /// Nobody can say, and then it is to be refused.
    Unavailable,
}
