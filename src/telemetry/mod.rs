//! What is told about requests: the access log. Never a body, a prompt or a key.

pub mod access_log;
pub mod exchange;
