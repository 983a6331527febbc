//! What is kept in the database: one suite, run over SQLite and over a real PostgreSQL 15.

#![cfg(test)]

mod admin;
mod alerts;
mod cluster;
mod intake;
mod ledger;
mod loss;
mod partitions;
mod spent;
mod stores;
mod usage;

#[path = "../redis_server/mod.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod redis_server;
