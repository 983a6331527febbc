//! What must be true of a request before it is planned.

pub mod auth;
