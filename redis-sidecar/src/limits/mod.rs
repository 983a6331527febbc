//! The arithmetic of limits: what a counter knows, and what it grants. No I/O and no clock.
//!
//! A counter keeps what was used within its window and one lease for each holder
//! ([`tidegate::limiter::protocol`] says what they promise each other). Every report goes through
//! [`State::apply`], which first lets time pass, then takes the holder's totals, then grants:
//!
//! ```text
//! available = limit − used − the sum of all that is outstanding, and never below 0
//! ```
//!
//! so that `used + outstanding ≤ limit` holds after every grant, whatever was lost, repeated or
//! late. Only a holder that has spent more than it was granted (an estimate was too low) can
//! break it, by that much: what it has spent is recorded, and the next grants pay for it.
//!
//! The Redis store does the same sums in Lua (`store/redis/counter.lua`); the conformance tests
//! hold the two together, so a change here is a change there.
//!
//! **Time.** `now` is the store's clock, in milliseconds. Where it steps back, what lies in the
//! future is taken for now: it stays counted longer, never shorter. Where it leaps ahead, windows
//! slide too early by as much; a store's clock is expected to be kept by NTP.

pub mod calendar;
mod lease;
mod state;
mod used;

#[cfg(test)]
mod properties;

pub use calendar::PeriodNow;
pub use state::{Level, State};
pub use used::{Seed, Span, bucket_width};

/// The largest amount that is counted exactly: Redis computes in doubles. As nano-dollars it is
/// $9,007,199, the end of what a budget may be.
pub const MAX_AMOUNT: u64 = (1 << 53) - 1;

/// How long a holder may spend what it has without hearing from the store, in milliseconds.
pub const VALID_MS: u64 = 10_000;

/// How much later the store takes a silent holder for gone, in milliseconds: two clocks do not run
/// alike, and Redis' may be stepped.
pub const MARGIN_MS: u64 = 2_000;

/// When to ask again where nobody can know, because what is missing is in other holders' hands, in
/// milliseconds.
pub const ASK_AGAIN_MS: u64 = 1_000;

/// A limit and its window, as they stand at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The most within the window.
    pub limit: u64,
    /// The window.
    pub span: Span,
}
