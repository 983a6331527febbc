//! What must be true of a request before it is planned.

pub mod auth;
mod claims;
pub mod identity;

use crate::limiter::Slot;

/// The places of counters that the configuration points to by their number in its list; `None`
/// where one is not in it.
pub fn slots(numbers: &[usize], all: &[Slot]) -> Option<Vec<Slot>> {
    numbers
        .iter()
        .map(|number| all.get(*number).copied())
        .collect()
}
