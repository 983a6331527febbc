//! What holds for all limits: `budgets.status`, `budgets.stop_streams` and `default_max_tokens`.

use super::super::field::{Field, Section};

/// Output of most answers that have no limit is below this; what is reserved too much comes back.
const DEFAULT_MAX_TOKENS: u64 = 4096;

/// What holds for all limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Settings {
    pub(in super::super) default_max_tokens: u64,
    pub(in super::super) budget_status: u16,
    pub(in super::super) stop_streams: bool,
}

/// Reads it from the file's top level.
pub(in super::super) fn read_settings(root: &Section<'_>) -> Settings {
    let max_tokens = root.optional("default_max_tokens");
    let max_tokens = max_tokens.and_then(|field| field.integer(1..=10_000_000));
    let budgets = root.optional("budgets").and_then(|field| section(&field));
    let optional = |name| budgets.as_ref().and_then(|section| section.optional(name));
    let status = optional("status")
        .and_then(|field| field.choice(&[("429", 429), ("402", 402), ("422", 422)]));
    let stop_streams = optional("stop_streams").and_then(|field| field.switch());
    Settings {
        default_max_tokens: max_tokens.unwrap_or(DEFAULT_MAX_TOKENS),
        budget_status: status.unwrap_or(429),
        stop_streams: stop_streams.unwrap_or_default(),
    }
}

fn section<'a>(field: &Field<'a>) -> Option<Section<'a>> {
    if field.is_list() {
        field.report(
            "says what a refusal by a budget looks like (`status`, `stop_streams`); budgets of the \
             whole gateway go to `limits.budgets`, those of each key to `defaults.budgets`",
        );
        return None;
    }
    field.section(&["status", "stop_streams"], &[])
}
