//! The compiled configuration of each role: valid by construction, free of secrets.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::identity::{CertificateRule, TokenRule};
use super::limits::LimitsConfig;
use super::routing::{Causes, Condition, Cooldowns, Flaws, Needs, Queue, Sticky, Strategy};
use crate::pricing::Price;
use crate::providers::{Options, UnknownFields};

/// The JSON of a plugin configuration: `{"gateway": {…}}` or `{"provider": {…}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plugin {
    /// The downstream HTTP filter.
    Gateway(GatewayConfig),
    /// The upstream HTTP filter of one provider's cluster.
    Provider(Box<ProviderConfig>),
}

/// Plugin configuration of the gateway role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayConfig {
    /// Who may come in.
    pub auth: Auth,
    /// What clients may ask for, in the order of the file.
    pub models: Vec<Model>,
    /// Largest request body, in bytes; a larger one is answered with 413.
    pub max_body_bytes: u64,
    /// What requests may use; absent: there is no sidecar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<LimitsConfig>,
    /// What is made of targets that fail.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cooldowns: Cooldowns,
    /// How many retries of the same target there may be for a hundred requests.
    #[serde(default = "usual_retries", skip_serializing_if = "are_usual_retries")]
    pub retry_budget: u32,
}

/// A fifth of the requests, at most: enough for what passes by itself, and no storm.
pub const RETRY_BUDGET: u32 = 20;

fn usual_retries() -> u32 {
    RETRY_BUDGET
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn are_usual_retries(percent: &u32) -> bool {
    *percent == RETRY_BUDGET
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl GatewayConfig {
    /// How many attempts a request makes at most: what Envoy's routes allow.
    pub fn longest_plan(&self) -> usize {
        let models = self.models.iter();
        models.map(Model::longest_plan).max().unwrap_or(1)
    }
}

/// Who may come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Auth {
    /// Everybody: said out loud in the configuration.
    None,
    /// Those who show that one of these keys is theirs.
    Keys(Vec<VirtualKey>),
}

/// A key: whom the gateway lets in, and what for. It has at least one of `sha256`, `token` and
/// `certificate`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VirtualKey {
    /// Its public name, for logs and limits.
    pub id: String,
    /// SHA-256 of the secret that its holders send, 64 lower-case hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Which tokens stand for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenRule>,
    /// Which client certificates stand for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<CertificateRule>,
    /// The team that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The models that it may use; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub models: Option<Vec<String>>,
    /// The organisation of its team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// When it ends to be valid, in seconds since 1970 (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<u64>,
    /// Counters of its requests, by their place in
    /// [`LimitsConfig::counters`](super::limits::LimitsConfig::counters): its own, its team's and its
    /// organisation's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counters: Vec<usize>,
    /// Whether its holders may choose targets, strategy and time by headers of the request.
    #[serde(default, skip_serializing_if = "is_default")]
    pub routing_headers: bool,
}

/// A model that clients may ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// The name that clients use.
    pub name: String,
    /// Other names for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Where it is served: its own targets, then those of each model that it falls back to.
    pub stages: Vec<Stage>,
    /// Name of the timeouts that its routes have; `default` where the model has none of its own.
    pub timeouts: String,
    /// How long a stream may be silent once it has begun, in milliseconds. Envoy knows all other
    /// timeouts, and cannot tell this one from the time to the first token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_ms: Option<u64>,
    /// Counters of requests for it, by their place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counters: Vec<usize>,
    /// Answers with status 200 that count as failures of the target.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fall_back_on: Flaws,
    /// What becomes of requests while all targets are full; absent: they are refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<Queue>,
    /// Where Envoy sends a copy of some of its requests, whose answers nobody sees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shadow: Option<Arc<Target>>,
}

impl Model {
    /// All targets, in the order of the configuration.
    pub fn targets(&self) -> impl Iterator<Item = &Target> {
        self.stages.iter().flat_map(|stage| &stage.targets)
    }

    /// How many attempts a request for it makes at most.
    pub fn longest_plan(&self) -> usize {
        self.targets().map(Target::most_attempts).sum()
    }

    /// How long a stream may be silent once it has begun.
    pub fn idle(&self) -> Option<Duration> {
        self.idle_ms.map(Duration::from_millis)
    }
}

/// Targets among which one strategy chooses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// The model in our configuration that these targets belong to, where it is a fallback one: a key
    /// must be allowed that model too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// The place of the stage whose failure leads here; of the first stage, its own.
    #[serde(default, skip_serializing_if = "is_default")]
    pub after: usize,
    /// For which failures it is; the first stage needs none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub causes: Causes,
    /// In which order the targets are tried.
    #[serde(default, skip_serializing_if = "is_default")]
    pub strategy: Strategy,
    /// Whose requests stay with the target that was drawn for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sticky: Option<Sticky>,
    /// The targets, in the order of the configuration.
    pub targets: Vec<Target>,
}

/// One place where a model is served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Name of the provider in the configuration, which is the name of its cluster in Envoy.
    pub provider: String,
    /// The provider's own name of the model.
    pub model: String,
    /// What it costs; absent: nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Arc<Price>>,
    /// Its share, beside the other targets' weights.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub weight: u32,
    /// How many requests it takes at a time; absent: any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_parallel_requests: Option<u32>,
    /// The most tokens of input and output together; absent: nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_window: Option<u64>,
    /// What it can do; absent: everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supports: Option<Needs>,
    /// Which requests it is for; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Box<Condition>>,
    /// How often it is tried again where it has failed in a way that passes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub retries: u32,
}

impl Target {
    /// A target of which nothing more is said.
    pub fn new(provider: impl Into<String>, model: impl Into<String>) -> Self {
        Self {
            provider: provider.into(),
            model: model.into(),
            price: None,
            weight: one(),
            max_parallel_requests: None,
            context_window: None,
            supports: None,
            when: None,
            retries: 0,
        }
    }

    /// How many attempts it may have.
    pub fn most_attempts(&self) -> usize {
        usize::try_from(self.retries).map_or(1, |retries| retries.saturating_add(1))
    }

    /// What its state is known by, in every worker and Envoy.
    pub fn id(&self) -> String {
        format!("{}/{}", self.provider, self.model)
    }
}

fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_one(weight: &u32) -> bool {
    *weight == one()
}

/// Plugin configuration of the provider role, one for each provider's cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// Name of the provider in the configuration.
    pub name: String,
    /// Kind, a name in [`crate::providers::REGISTRY`].
    pub kind: String,
    /// Value of `:authority` for it, such as `api.openai.com` or `127.0.0.1:8000`.
    pub authority: String,
    /// `http` or `https`.
    pub scheme: String,
    /// Path of the base URL without a trailing slash, such as `/v1`; may be empty.
    pub base_path: String,
    /// Name of the environment variable that holds its key; absent: no key is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key_env: Option<String>,
    /// Headers sent with every request (names in lower case), never secret.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// What to do with unknown fields of requests.
    #[serde(default)]
    pub unknown_fields: UnknownFields,
    /// Refuse what does not fit instead of leaving it out.
    #[serde(default)]
    pub strict: bool,
    /// Limit of answers where the client gives none and the provider needs one, in tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_max_tokens: Option<u64>,
    /// What is set for providers of this kind only.
    #[serde(default, skip_serializing_if = "Options::is_empty")]
    pub options: Options,
    /// From where pictures by URL may be fetched for it; absent: from nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote_images: Option<RemoteImages>,
    /// Largest answer that is held in memory to be translated, in bytes.
    pub max_body_bytes: u64,
    /// Whether it gets copies of requests: the filter of the cluster [`shadow_cluster`].
    #[serde(default, skip_serializing_if = "is_default")]
    pub shadow: bool,
}

/// Name of the cluster by which a provider gets copies of requests.
pub fn shadow_cluster(provider: &str) -> String {
    format!("tidegate/shadow/{provider}")
}

/// From where pictures by URL may be fetched, for providers that take their bytes only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoteImages {
    /// Hosts as they stand in URLs, with the port where it is not 443; reached by HTTPS.
    pub hosts: Vec<String>,
    /// Largest picture, in bytes.
    pub max_bytes: u64,
    /// How long fetching one may take, in milliseconds.
    pub timeout_ms: u64,
}

impl RemoteImages {
    /// Each host has a cluster of this name with the host's behind it.
    pub const CLUSTER_PREFIX: &'static str = "tidegate/images/";
}
