//! What is Redis' own: restarts with old data, failures, the time, a cluster.

mod cluster;
mod failures;
mod reports;
mod restarts;
mod scripts;
