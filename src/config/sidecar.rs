//! What the sidecar is told: `sidecar.json`, written by `tidegate render` beside Envoy's
//! configuration. It holds no secret: `${NAME}` in a URL stands for an environment variable.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::limits::{Counter, Limit, Window};
use super::runtime::VirtualKey;

/// Configuration of the sidecar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SidecarConfig {
    /// Where the filter's calls come in.
    pub listen: Listen,
    /// Where the admin API listens.
    pub admin: SocketAddr,
    /// Name of the environment variable that holds the admin API's bearer token.
    pub admin_token_env: String,
    /// All counters.
    pub counters: Vec<Counter>,
    /// The keys of the configuration, which the admin API shows and cannot change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<VirtualKey>,
    /// What the configuration says about its keys beside what the gateway knows of, by the key's id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, BTreeMap<String, String>>,
    /// The teams of the configuration: those that keys of the admin API can belong to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<Team>,
    /// The models of the configuration: those that keys of the admin API can be for. None: whatever
    /// name is said is taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<Model>,
    /// Limits of each key of the admin API that has none of its own: rates where it has no rates,
    /// budgets where it has no budgets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key_defaults: Vec<Limit>,
    /// URL of a Redis, such as `redis://:${REDIS_PASSWORD}@10.0.0.7:6379`; absent: limits are kept
    /// in the sidecar's memory, for one sidecar only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redis: Option<String>,
    /// Where rows of the ledger and keys are kept.
    pub database: Database,
    /// How long rows are kept, in days.
    pub retention_days: u32,
    /// Soft thresholds of budgets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<Alert>,
    /// Those of the budgets in [`SidecarConfig::key_defaults`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key_alerts: Vec<KeyAlert>,
}

/// A team. Its counters and its organisation's are those of their scopes in
/// [`SidecarConfig::counters`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// Its name.
    pub name: String,
    /// The organisation that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
}

/// What a model is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Its own name: keys, counters and rows of the ledger have this one.
    pub name: String,
    /// Other names for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
}

/// Where the filter's calls come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Listen {
    /// A Unix socket; its folder must be private to Envoy and the sidecar.
    Unix(PathBuf),
    /// An address, for a sidecar in another container.
    Tcp(SocketAddr),
}

/// Where rows of the ledger and keys are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Database {
    /// A file.
    Sqlite(PathBuf),
    /// A URL, such as `postgresql://tidegate:${POSTGRES_PASSWORD}@db/tidegate`.
    Postgres(String),
}

/// A webhook that is told once a period when a budget is used to a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alert {
    /// The [counter](Counter::id) that is watched.
    pub counter: String,
    /// Part of the limit, in percent.
    pub at_percent: u8,
    /// Where the alert is posted to, as JSON.
    pub webhook: String,
}

/// The same of a budget that keys of the admin API have where they say nothing of budgets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyAlert {
    /// The budget's window, which no other budget of a key has.
    pub window: Window,
    /// Part of the limit, in percent.
    pub at_percent: u8,
    /// Where the alert is posted to, as JSON.
    pub webhook: String,
}
