//! A row of the ledger: what one request came to.
//!
//! The filter writes it by hand ([`access_log`](super::access_log)), the sidecar reads it into
//! these types; a test holds the two together. Never a prompt, an answer or a key.

use serde::{Deserialize, Serialize};

use super::access_log::{Entry, Fragment, attempts, outcome};
use super::exchange::{Attempt, Exchange, Outcome};
use super::line::{member, micros, none_if_empty, number, text, tokens};
use crate::clock::Timestamp;

/// Writes the row of a request that ends now: one line of JSON. `logged` is the same request's part
/// of the access log, `price_version` where prices come from.
pub fn write(
    entry: &Entry,
    exchange: &Exchange,
    logged: &Fragment,
    price_version: &str,
    now: Timestamp,
) -> String {
    let mut line = String::with_capacity(640);
    line.push_str("{\"request_id\":\"");
    line.push_str(logged.common());
    number(&mut line, member!("ended_ms"), now.0 / 1_000_000);
    let duration = micros(now.since(entry.started));
    number(&mut line, member!("duration_us"), duration);
    let (status, how) = ending(entry, exchange);
    number(&mut line, member!("status"), u64::from(status));
    text(&mut line, member!("outcome"), Some(how));
    if let Some(first) = exchange.first_token {
        let waited = micros(first.since(entry.started));
        number(&mut line, member!("first_token_us"), waited);
    }
    if let Some(cost) = exchange.cost() {
        number(&mut line, member!("cost_pico_usd"), cost);
        let version = none_if_empty(price_version);
        text(&mut line, member!("price_version"), version);
    }
    attempts(&mut line, &exchange.attempts, used);
    line.push('}');
    line
}

/// The status that the client got, and how the request ended.
fn ending(entry: &Entry, exchange: &Exchange) -> (u16, &'static str) {
    const CLIENT_CLOSED_REQUEST: u16 = 499;
    let how = outcome(entry, exchange);
    let last = exchange.attempts.last().map(|attempt| attempt.outcome);
    match (entry.own_status, last) {
        (Some(status), _) => (status, how),
        (None, Some(Outcome::Status(status))) => (status, how),
        (None, Some(Outcome::Truncated)) if exchange.stream_failed => (200, how),
        (None, _) => (CLIENT_CLOSED_REQUEST, "abandoned"),
    }
}

/// How long an attempt took, and what it used.
fn used(line: &mut String, attempt: &Attempt) {
    if let Some(duration) = attempt.duration {
        number(line, member!("duration_us"), micros(duration));
    }
    tokens(line, attempt.usage.as_ref());
    if let Some(cost) = attempt.cost() {
        number(line, member!("cost_pico_usd"), cost);
    }
}

/// One request. Times are by Envoy's clock.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Unique over all Envoys: a row that comes twice is kept once.
    pub request_id: String,
    /// When it ended, in milliseconds since 1970 (UTC): the row's day.
    pub ended_ms: u64,
    /// How long it took, in microseconds.
    pub duration_us: u64,
    /// Endpoint, such as `chat.completions`.
    pub endpoint: String,
    /// Public name of the key; absent where nobody was authenticated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// The key's team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The team's organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// The model that the client asked for, by its own name, whichever of its names was used:
    /// counters of a model are seeded by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The provider that answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The model that answered, as the provider calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served_model: Option<String>,
    /// Whether a stream was asked for.
    #[serde(default)]
    pub stream: bool,
    /// HTTP status of the answer; 499 where the client left before its end.
    pub status: u16,
    /// How it ended: `answered`, `failed`, `refused`, `unanswered`, `truncated`, `incomplete`,
    /// `stopped` (its budget was used up) or `abandoned` (by the client).
    pub outcome: String,
    /// Code of the gateway's own error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// To the first token, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_token_us: Option<u64>,
    /// Tokens of all attempts together, in disjoint buckets.
    #[serde(default)]
    pub tokens: Tokens,
    /// What all attempts cost, in pico-dollars; absent where a price is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_pico_usd: Option<u64>,
    /// Where the price comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_version: Option<String>,
    /// Its attempts in order.
    #[serde(default)]
    pub attempts: Vec<AttemptRow>,
}

/// Token counts in the buckets of [`Usage`](crate::chat::Usage).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tokens {
    /// Neither read from nor written to a cache.
    pub input: u64,
    /// Read from the provider's cache.
    pub cache_read: u64,
    /// Written to it for the shorter time.
    pub cache_write_5m: u64,
    /// Written to it for the longer time.
    pub cache_write_1h: u64,
    /// Audio input.
    pub audio_input: u64,
    /// Text output without reasoning.
    pub output: u64,
    /// Reasoning.
    pub reasoning: u64,
    /// Audio output.
    pub audio_output: u64,
}

/// One attempt.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptRow {
    /// The provider.
    pub provider: String,
    /// The provider's name of the model.
    pub model: String,
    /// Its HTTP status, or `reset`, `truncated`, `abandoned`.
    pub status: AttemptStatus,
    /// How long it took, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_us: Option<u64>,
    /// What it used, where its provider said so or it could be counted.
    #[serde(default)]
    pub tokens: Tokens,
    /// What it cost, in pico-dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_pico_usd: Option<u64>,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AttemptStatus {
    /// With this HTTP status.
    Code(u16),
    /// Without one: `reset`, `truncated`, `abandoned`.
    Word(String),
}

impl Default for AttemptStatus {
    fn default() -> Self {
        Self::Code(0)
    }
}
