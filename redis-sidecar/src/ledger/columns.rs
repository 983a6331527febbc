//! The columns of both tables, once: the statements that write and read them are made from these.

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Text,
    Number,
    Truth,
}

use Holds::{Number, Text, Truth};

/// Its name, and what it holds.
pub(super) type Column = (&'static str, Holds);

/// The eight kinds of tokens, in the order of [`Tokens`](tidegate::telemetry::row::Tokens).
pub const TOKENS: [&str; 8] = [
    "input_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "audio_input_tokens",
    "output_tokens",
    "reasoning_tokens",
    "audio_output_tokens",
];

const REQUEST: [Column; 16] = [
    ("day", Number),
    ("request_id", Text),
    ("ended_ms", Number),
    ("duration_us", Number),
    ("endpoint", Text),
    ("key_id", Text),
    ("team", Text),
    ("organization", Text),
    ("model", Text),
    ("provider", Text),
    ("served_model", Text),
    ("stream", Truth),
    ("status", Number),
    ("outcome", Text),
    ("error_code", Text),
    ("first_token_us", Number),
];

const ATTEMPT: [Column; 7] = [
    ("day", Number),
    ("request_id", Text),
    ("attempt", Number),
    ("provider", Text),
    ("model", Text),
    ("status", Text),
    ("duration_us", Number),
];

/// Columns of `requests`.
pub(super) fn of_requests() -> Vec<Column> {
    let mut columns = with_tokens(&REQUEST);
    columns.push(("price_version", Text));
    columns
}

/// Columns of `attempts`.
pub(super) fn of_attempts() -> Vec<Column> {
    with_tokens(&ATTEMPT)
}

fn with_tokens(columns: &[Column]) -> Vec<Column> {
    let tokens = TOKENS.map(|name| (name, Number));
    let cost = [("cost_pico_usd", Number)];
    [columns, &tokens, &cost].concat()
}
