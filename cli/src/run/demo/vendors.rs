//! The vendors that the demo knows.

use crate::simulate::Dialect;

/// A vendor.
pub(super) struct Vendor {
    /// Kind of provider, and its name in the demo's configuration.
    pub(super) kind: &'static str,
    pub(super) key_variable: &'static str,
    pub(super) dialect: Dialect,
    /// What a base URL of the vendor's SDK has behind the host.
    pub(super) base_path: &'static str,
    /// The first one serves `smart`, all of them serve under their own names. Small models that
    /// the vendors' model pages list (checked 2026-11-21).
    pub(super) models: &'static [&'static str],
}

/// In the order in which `smart` tries them.
pub(super) const VENDORS: &[Vendor] = &[
    Vendor {
        kind: "openai",
        key_variable: "OPENAI_API_KEY",
        dialect: Dialect::Openai,
        base_path: "/v1",
        models: &["gpt-5-mini", "gpt-4.1-mini", "gpt-4o-mini"],
    },
    Vendor {
        kind: "anthropic",
        key_variable: "ANTHROPIC_API_KEY",
        dialect: Dialect::Anthropic,
        base_path: "",
        models: &["claude-haiku-4-5", "claude-sonnet-4-5"],
    },
];
