//! What is told about requests: the access log and the ledger's rows. Never a body, a prompt or a key.

pub mod access_log;
pub mod exchange;
mod line;
pub mod row;
