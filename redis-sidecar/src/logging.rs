//! Logs: one JSON object a line, on standard error.
//!
//! URLs of stores and databases hold passwords once they are expanded: they are never logged.

use std::io;

use tracing_subscriber::EnvFilter;

/// Begins to log. `filter` is a level such as `info`, or directives as of `tracing`; what cannot
/// be understood of it is left out.
pub fn start(filter: &str) {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(EnvFilter::builder().parse_lossy(filter))
        .with_writer(io::stderr)
        .init();
}
