//! Virtual keys that are made while the gateway runs.
//!
//! They are kept in the database, as their SHA-256 only: a key is shown once, to whom has it made.
//! Every sidecar looks twice a second whether one was changed, by whichever sidecar, and every
//! filter asks its sidecar about as often, so a change is everywhere within two seconds. While the
//! database is away, what was read last stays valid; a sidecar that has read nothing yet says so,
//! and filters go on with the keys of their configuration.
//!
//! A key of the configuration cannot be changed here, and wins over one of the same id.

mod book;
mod budgets;
mod form;
mod http;
mod limits;
mod money;
mod problem;
mod record;
mod secret;
mod set;
mod store;

pub use book::{KeyBook, Known};
pub use budgets::Budget;
pub use form::{Change, NewKey};
pub use http::router;
pub use limits::{Rate, RateLimits};
pub use money::Usd;
pub use problem::Problem;
pub use record::Record;
pub use secret::Secret;
pub use store::KeyStore;
