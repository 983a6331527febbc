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

/// A limit that does not know yet whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// What is counted.
    pub measure: Measure,
    /// The most within the window, in the measure's unit.
    pub limit: u64,
    /// Over which time it is counted.
    pub window: Window,
    /// What happens to requests while nobody can say what is left.
    pub on_unavailable: OnUnavailable,
}

impl Limit {
    /// The counter of a scope that this limit is for. Its id says whose it is, what it counts and
    /// over which time, and nothing else: `key/research-dev/requests/60s`, `gateway/cost/day@UTC`,
    /// `team/a/parallel_requests`.
    pub fn counter(self, kind: ScopeKind, name: &str) -> Counter {
        let window = self.window.name();
        let parts = [
            Some(kind.name()),
            Some(name),
            Some(self.measure.name()),
            window.as_deref(),
        ];
        let parts = parts.into_iter().flatten();
        let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
        Counter {
            id: parts.join("/"),
            scope: Scope {
                kind,
                name: name.to_owned(),
            },
            measure: self.measure,
            limit: self.limit,
            window: self.window,
            on_unavailable: self.on_unavailable,
        }
    }
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

impl Measure {
    /// Its name in ids and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Tokens => "tokens",
            Self::ParallelRequests => "parallel_requests",
            Self::Cost => "cost",
        }
    }
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

impl Window {
    /// How it is called in ids: `60s`, `day@Europe/Berlin`; nothing for what is held.
    pub fn name(&self) -> Option<String> {
        match self {
            Self::Held => None,
            Self::Sliding(millis) if millis.is_multiple_of(1000) => {
                Some(format!("{}s", millis / 1000))
            }
            Self::Sliding(millis) => Some(format!("{millis}ms")),
            Self::Calendar { period, time_zone } => Some(format!("{}@{time_zone}", period.name())),
        }
    }
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

impl Period {
    /// How long it is where it rolls, in milliseconds: a month has 30 days then.
    pub fn rolling_ms(self) -> u64 {
        const HOUR_MS: u64 = 3_600_000;
        match self {
            Self::Hour => HOUR_MS,
            Self::Day => 24 * HOUR_MS,
            Self::Week => 7 * 24 * HOUR_MS,
            Self::Month => 30 * 24 * HOUR_MS,
        }
    }

    /// Its name in ids and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }
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
