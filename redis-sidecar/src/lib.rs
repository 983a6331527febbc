//! The sidecar: keeps what several Envoys share.
//!
//! It answers the filter's reports on limits from Redis, or from its own memory where it is the
//! only one, and appends the rows of the ledger to a database. Nothing of it is on the way of a
//! request that has a lease.

pub mod admin;
pub mod alerts;
pub mod clock;
pub mod config;
pub mod database;
pub mod keys;
pub mod ledger;
pub mod limits;
pub mod logging;
pub mod reload;
pub mod service;
pub mod store;
pub mod targets;
