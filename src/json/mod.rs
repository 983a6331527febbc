//! Reads JSON in one pass, from the client's bytes straight into typed values that borrow from
//! them.
//!
//! Why not serde's derive: a client whose request is wrong must be told which field is at fault
//! (`messages[3].content[0].type`), a small hostile body must not become a large tree before the
//! first fault is found, and the hot path needs the place of a value rather than the value.
//!
//! Limits: nesting is bounded as in `serde_json`, whose rules decide what is JSON. Reading never
//! recurses on the input.

mod fault;
mod grammar;
mod reader;
mod scalar;
mod skip;
mod slot;

pub use fault::{Details, Fault, FaultKind, Kind};
pub use reader::{Name, Reader};
pub use slot::Slot;

#[cfg(test)]
mod tests;
