//! The ledger: one row a request, one an attempt, kept in a database.
//!
//! Rows come from filters in batches, at least once each; a batch is one transaction, and a row
//! that comes twice is kept once, by its request id. Who sends a batch is answered when it is on
//! the disk, and sends it again otherwise, so nothing waits in the sidecar's memory: while the
//! database is away, rows wait in the filters.
//!
//! Nothing on the way of a request waits for the ledger.

mod admission;
mod append;
mod columns;
mod http;
mod ndjson;
mod partitions;
mod read;
mod record;
mod retention;
mod seeds;
mod spent;
mod sql;
mod usage;

use tidegate::config::limits::{Measure, Scope};
use tidegate::telemetry::row::Row;

pub use admission::Admission;
pub use columns::TOKENS;
pub use http::{MAX_BODY, router};
pub use ndjson::{BadRow, Batch};
pub use retention::keep_house;
pub use seeds::Seeds;
pub use sql::SqlLedger;
pub use usage::{Dimension, UsageLine, UsageQuery};

pub use crate::database::Error;
use crate::store::Boxed;

/// Milliseconds in a day.
pub const DAY_MS: u64 = 86_400_000;

/// Where rows are kept.
pub trait Ledger: Send + Sync {
    /// Keeps all rows, or none; returns how many were new. Those that are there already stay as
    /// they are.
    ///
    /// # Errors
    /// [`Error::Away`], and [`Error::Refused`] where a row can never be kept.
    fn append<'a>(&'a self, rows: &'a [Row]) -> Boxed<'a, Result<u64, Error>>;

    /// Sums over rows of a time.
    ///
    /// # Errors
    /// [`Error::Away`], and [`Error::TooMuch`] where there are too many lines.
    fn usage<'a>(&'a self, query: &'a UsageQuery) -> Boxed<'a, Result<Vec<UsageLine>, Error>>;

    /// The row of a request.
    ///
    /// # Errors
    /// [`Error::Away`].
    fn row<'a>(&'a self, request_id: &'a str) -> Boxed<'a, Result<Option<Row>, Error>>;

    /// What a scope has spent, by parts of a time: only parts in which it spent something, in
    /// order. Requests that no target was asked for have spent nothing.
    ///
    /// # Errors
    /// [`Error::Away`].
    fn spent<'a>(&'a self, query: &'a SpentQuery) -> Boxed<'a, Result<Vec<Spent>, Error>>;

    /// Whether no row was ever kept, as far as the rows that are left can tell.
    ///
    /// # Errors
    /// [`Error::Away`].
    fn is_empty(&self) -> Boxed<'_, Result<bool, Error>>;

    /// Drops the days before `first`, and makes room for those up to `last` (days since 1970).
    ///
    /// # Errors
    /// [`Error::Away`].
    fn retain(&self, first: u64, last: u64) -> Boxed<'_, Result<(), Error>>;
}

/// Which spending is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpentQuery {
    /// Whose.
    pub scope: Scope,
    /// In which unit: of [`Measure::ParallelRequests`] nothing is ever spent.
    pub measure: Measure,
    /// From when on, in milliseconds since 1970.
    pub from_ms: u64,
    /// Before when.
    pub to_ms: u64,
    /// Length of a part, in milliseconds; parts are counted from 1970.
    pub part_ms: u64,
}

/// What was spent in one part of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spent {
    /// When the last request in it ended, in milliseconds since 1970.
    pub latest_ms: u64,
    /// In the measure's unit.
    pub amount: u64,
}
