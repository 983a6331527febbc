//! The `tidegate-sidecar` command.

fn main() {}
