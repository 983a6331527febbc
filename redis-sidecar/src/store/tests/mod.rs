//! One suite for all stores: the same histories, the same answers, the same way out of a loss of
//! memory. What only one of them does is tested beside it.

mod conformance;
mod histories;
pub(super) mod stage;

#[path = "../../../tests/redis_server/mod.rs"]
pub(crate) mod redis_server;
