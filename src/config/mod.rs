//! What the filter is told: the JSON in Envoy's plugin configuration.
//!
//! People write YAML, which `tidegate check` validates and `tidegate render` compiles into these
//! types; the filter only reads them.

pub mod identity;
pub mod limits;
pub mod routing;
pub mod runtime;
pub mod sidecar;
pub mod written;
