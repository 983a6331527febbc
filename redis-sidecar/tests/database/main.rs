//! What is kept in the database: one suite, run over SQLite and over a real PostgreSQL 15.

#![cfg(test)]

mod admin;
mod cluster;
mod intake;
mod ledger;
mod loss;
mod partitions;
mod spent;
mod stores;
mod usage;
