//! What the admin API is told of a key, and what may stand there.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use tidegate::config::sidecar::{Model, SidecarConfig, Team};
use tidegate::config::written::{KEY_ID_PUNCTUATION, LONGEST_NAME, name_problem};
use utoipa::ToSchema;

use super::budgets::Budget;
use super::limits::RateLimits;
use super::problem::Problem;
use super::record::Record;

const MOST_MODELS: usize = 1_000;
const MOST_METADATA: usize = 32;
const LONGEST_METADATA: usize = 256;
const MOST_BUDGETS: usize = 16;
const MOST_RATES: usize = 32;

/// A key that is to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// Its public name, for logs and limits.
    #[schema(example = "research-dev")]
    pub id: String,
    /// A team of the configuration.
    #[serde(default)]
    pub team: Option<String>,
    /// Models of the configuration that it may use, by any of their names; absent: all.
    #[serde(default)]
    pub models: Option<Vec<String>>,
    /// When it ends to be valid.
    #[serde(default)]
    #[schema(example = "2027-01-01T00:00:00Z")]
    pub expires_at: Option<String>,
    /// Whether it is refused until it is enabled.
    #[serde(default)]
    pub disabled: bool,
    /// Texts for people, by names of their own.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// Its rates; absent: those of the configuration's `defaults`.
    #[serde(default)]
    pub rate_limits: Option<RateLimits>,
    /// Its budgets; absent: those of the configuration's `defaults`.
    #[serde(default)]
    pub budgets: Option<Vec<Budget>>,
}

/// What is to be different about a key. What is absent stays; `null` takes it away.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Change {
    /// See [`NewKey::team`].
    #[serde(deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    pub team: Option<Option<String>>,
    /// See [`NewKey::models`].
    #[serde(deserialize_with = "said")]
    #[schema(value_type = Option<Vec<String>>)]
    pub models: Option<Option<Vec<String>>>,
    /// See [`NewKey::expires_at`].
    #[serde(deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    pub expires_at: Option<Option<String>>,
    /// See [`NewKey::disabled`].
    pub disabled: Option<bool>,
    /// All of it: see [`NewKey::metadata`].
    pub metadata: Option<BTreeMap<String, String>>,
    /// All of them: see [`NewKey::rate_limits`].
    #[serde(deserialize_with = "said")]
    #[schema(value_type = Option<RateLimits>)]
    pub rate_limits: Option<Option<RateLimits>>,
    /// All of them: see [`NewKey::budgets`].
    #[serde(deserialize_with = "said")]
    #[schema(value_type = Option<Vec<Budget>>)]
    pub budgets: Option<Option<Vec<Budget>>>,
}

/// Tells `null` from what is absent.
fn said<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

impl NewKey {
    /// The key without its secret.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub(super) fn record(self, config: &SidecarConfig) -> Result<Record, Problem> {
        check_id(&self.id)?;
        let mut record = Record {
            id: self.id,
            ..Record::default()
        };
        let change = Change {
            team: Some(self.team),
            models: Some(self.models),
            expires_at: Some(self.expires_at),
            disabled: Some(self.disabled),
            metadata: Some(self.metadata),
            rate_limits: Some(self.rate_limits),
            budgets: Some(self.budgets),
        };
        change.apply(&mut record, config)?;
        Ok(record)
    }
}

impl Change {
    /// Changes the key, if all that is said is right.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub(super) fn apply(self, record: &mut Record, config: &SidecarConfig) -> Result<(), Problem> {
        if let Some(team) = self.team {
            record.team = team
                .map(|team| check_team(team, &config.teams))
                .transpose()?;
        }
        if let Some(models) = self.models {
            let models = models.map(|models| check_models(models, &config.models));
            record.models = models.transpose()?;
        }
        if let Some(expires) = self.expires_at {
            record.expires = expires.as_deref().map(seconds).transpose()?;
        }
        if let Some(disabled) = self.disabled {
            record.disabled = disabled;
        }
        if let Some(metadata) = self.metadata {
            record.metadata = check_metadata(metadata)?;
        }
        if let Some(rates) = self.rate_limits {
            record.rate_limits = rates.map(check_rates).transpose()?;
        }
        if let Some(budgets) = self.budgets {
            record.budgets = budgets.map(check_budgets).transpose()?;
        }
        record.limits(&[]).map(|_| ())
    }
}

/// The same ids as in the configuration.
fn check_id(id: &str) -> Result<(), Problem> {
    match name_problem(id, KEY_ID_PUNCTUATION) {
        None => Ok(()),
        Some(message) => Err(Problem::field("id", message)),
    }
}

fn check_team(team: String, teams: &[Team]) -> Result<String, Problem> {
    if teams.iter().any(|known| known.name == team) {
        return Ok(team);
    }
    let names: Vec<_> = teams.iter().map(|known| known.name.as_str()).collect();
    let message = format!("there is no such team; there are: {}", names.join(", "));
    Err(Problem::field("team", message))
}

/// The models' own names: those are what a key is held to.
fn check_models(models: Vec<String>, known: &[Model]) -> Result<Vec<String>, Problem> {
    if models.is_empty() {
        let message = "a key that may use no model is of no use; `null` is for all";
        return Err(Problem::field("models", message));
    }
    if models.len() > MOST_MODELS {
        let message = format!("has more than {MOST_MODELS}");
        return Err(Problem::field("models", message));
    }
    let mut names = Vec::with_capacity(models.len());
    for (index, model) in models.into_iter().enumerate() {
        let name = own_name(model, known);
        let name = name.map_err(|message| Problem::field(format!("models[{index}]"), message))?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

fn own_name(model: String, known: &[Model]) -> Result<String, String> {
    if !(1..=LONGEST_NAME).contains(&model.len()) {
        return Err(format!("must have from 1 to {LONGEST_NAME} characters"));
    }
    if known.is_empty() {
        return Ok(model);
    }
    let found = known
        .iter()
        .find(|one| one.name == model || one.aliases.contains(&model));
    found.map(|one| one.name.clone()).ok_or_else(|| {
        let names: Vec<_> = known.iter().map(|one| one.name.as_str()).collect();
        format!("there is no such model; there are: {}", names.join(", "))
    })
}

fn seconds(text: &str) -> Result<u64, Problem> {
    let time = text.parse::<jiff::Timestamp>().ok();
    let seconds = time.and_then(|time| u64::try_from(time.as_second()).ok());
    seconds.ok_or_else(|| {
        let message = "must be a time with its offset, such as `2027-01-01T00:00:00Z`";
        Problem::field("expires_at", message)
    })
}

fn check_metadata(metadata: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Problem> {
    if metadata.len() > MOST_METADATA {
        let message = format!("has more than {MOST_METADATA} entries");
        return Err(Problem::field("metadata", message));
    }
    let is_long = |text: &str| text.len() > LONGEST_METADATA || text.contains('\0');
    match metadata
        .iter()
        .find(|(name, text)| is_long(name) || is_long(text))
    {
        None => Ok(metadata),
        Some((name, _)) => {
            let name: String = name.chars().take(LONGEST_NAME).collect();
            let message = format!("is longer than {LONGEST_METADATA} bytes, or has a NUL");
            Err(Problem::field(format!("metadata.{name}"), message))
        }
    }
}

fn check_rates(rates: RateLimits) -> Result<RateLimits, Problem> {
    match rates.requests.len().max(rates.tokens.len()) > MOST_RATES {
        false => Ok(rates),
        true => Err(Problem::field(
            "rate_limits",
            format!("has a list of more than {MOST_RATES}"),
        )),
    }
}

fn check_budgets(budgets: Vec<Budget>) -> Result<Vec<Budget>, Problem> {
    match budgets.len() > MOST_BUDGETS {
        false => Ok(budgets),
        true => Err(Problem::field(
            "budgets",
            format!("has more than {MOST_BUDGETS}"),
        )),
    }
}
