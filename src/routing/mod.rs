//! Where a request goes, and when it goes on to the next target.

pub mod classify;
pub mod plan;
