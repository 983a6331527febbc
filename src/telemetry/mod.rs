//! What is told about requests: the access log, the ledger's rows, statistics. Never a body, a prompt or a
//! key.

pub mod access_log;
pub mod exchange;
mod line;
pub mod metrics;
pub mod row;
pub mod shadow;
