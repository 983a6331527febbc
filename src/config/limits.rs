//! Limits, as the filter and the sidecar read them.

use serde::{Deserialize, Serialize};

/// Everything that the filter is told about limits and cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsConfig {
    /// All counters that keys and models point to by their place.
    pub counters: Vec<Counter>,
    /// Counters of every request, whoever asks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub everyone: Vec<usize>,
    /// Output tokens that are reserved for a request that gives no limit of its own.
    pub default_max_tokens: u64,
    /// HTTP status of a refusal by a budget: 429, 402 or 422.
    pub budget_status: u16,
    /// Whether a stream is ended in order when its budget runs out.
    pub stop_streams: bool,
    /// What to do with a request for a target that has no price.
    pub unknown_price: UnknownPrice,
    /// Where prices come from, such as `genai-prices 0.2.1`; recorded with each row of the ledger.
    pub price_version: String,
}

/// What to do with a request for a target that has no price.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownPrice {
    /// Leave the target out where a budget applies; refuse where none is left.
    #[default]
    Refuse,
    /// Count it as free, said out loud in the configuration. Its rows have no cost.
    Free,
}

/// One limit of one scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counter {
    /// Its name, unique and the same in every file and version that means the same counter, such
    /// as `key/research-dev/requests/60s`.
    pub id: String,
    /// Whose it is.
    pub scope: Scope,
    /// What is counted.
    pub measure: Measure,
    /// The most within the window, in the measure's unit.
    pub limit: u64,
    /// Over which time it is counted.
    pub window: Window,
    /// What happens to requests while nobody can say what is left.
    pub on_unavailable: OnUnavailable,
}

/// Whose a limit is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Its kind.
    pub kind: ScopeKind,
    /// Its name; empty for [`ScopeKind::Gateway`].
    pub name: String,
}

/// The kinds of scopes, from the narrowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScopeKind {
    /// One virtual key.
    Key,
    /// A team, over all its keys.
    Team,
    /// An organisation, over all its teams.
    Organization,
    /// A model, over all who use it.
    Model,
    /// Everything that goes through the gateway.
    Gateway,
}

impl ScopeKind {
    /// Its name in ids and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Team => "team",
            Self::Organization => "organization",
            Self::Model => "model",
            Self::Gateway => "gateway",
        }
    }
}

/// What a counter counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Requests.
    Requests,
    /// Tokens, input and output together.
    Tokens,
    /// Requests under way at the same time.
    ParallelRequests,
    /// Cost in nano-dollars (10⁻⁹ USD), each request's rounded up.
    Cost,
}

/// Over which time a counter counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// Now: what is held is given back when it is over. Only of [`Measure::ParallelRequests`].
    Held,
    /// Any interval of this many milliseconds.
    Sliding(u64),
    /// From the beginning of the current hour, day, week or month to its end.
    Calendar {
        /// How long it is.
        period: Period,
        /// IANA name of the time zone, such as `Europe/Berlin`.
        time_zone: String,
    },
}

/// Calendar periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// From minute 0.
    Hour,
    /// From midnight.
    Day,
    /// From Monday's midnight.
    Week,
    /// From the first day's midnight.
    Month,
}

/// What happens to requests while nobody can say what is left of a limit and no lease is in hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnUnavailable {
    /// They go on uncounted, and a response header says so.
    Allow,
    /// They are refused with 503.
    Deny,
}
