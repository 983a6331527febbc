//! Keys that are made, changed and taken away while the gateway runs.

use std::process::ExitCode;

use anyhow::Context as _;
use http::Method;
use serde_json::{Map, Value, json};
use tidegate::providers::percent::segment;

use super::admin::Admin;
use crate::output;
use crate::table;

const KEYS: &str = "/admin/keys";

/// What a new key may have.
#[derive(Debug, clap::Args)]
pub(super) struct New {
    /// Its public name, for logs and limits.
    id: String,
    /// Its team, one of the configuration's.
    #[arg(long, value_name = "NAME")]
    team: Option<String>,
    /// A model that it may use; can be said several times [default: all]
    #[arg(long = "model", value_name = "NAME")]
    models: Vec<String>,
    /// When it ends to be valid, such as 2027-12-31T23:59:59Z
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
    /// A text for people; can be said several times
    #[arg(long, value_name = "NAME=TEXT", value_parser = name_and_text)]
    metadata: Vec<(String, String)>,
    /// Requests within any minute
    #[arg(long, value_name = "N")]
    requests_per_minute: Option<u64>,
    /// Tokens within any minute, input and output together
    #[arg(long, value_name = "N")]
    tokens_per_minute: Option<u64>,
    /// Requests at the same time
    #[arg(long, value_name = "N")]
    parallel_requests: Option<u64>,
    /// US dollars for an hour, day, week or month, such as 5/day; can be said several times
    #[arg(long = "budget", value_name = "USD/PERIOD", value_parser = budget)]
    budgets: Vec<(String, String)>,
    #[command(flatten)]
    admin: Admin,
}

/// One key.
#[derive(Debug, clap::Args)]
pub(super) struct One {
    /// Its public name.
    id: String,
    #[command(flatten)]
    admin: Admin,
}

/// A key that gets another secret.
#[derive(Debug, clap::Args)]
pub(super) struct Rotate {
    /// Its public name.
    id: String,
    /// For how many seconds the old secret stays valid
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    grace: u64,
    #[command(flatten)]
    admin: Admin,
}

/// All keys.
#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// As JSON, as the admin API has it.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    admin: Admin,
}

fn name_and_text(text: &str) -> Result<(String, String), String> {
    let pair = text
        .split_once('=')
        .map(|(name, text)| (name.to_owned(), text.to_owned()));
    pair.ok_or_else(|| "must be NAME=TEXT".to_owned())
}

fn budget(text: &str) -> Result<(String, String), String> {
    let pair = text
        .split_once('/')
        .map(|(usd, per)| (usd.to_owned(), per.to_owned()));
    pair.ok_or_else(|| "must be an amount and a period, such as 5/day".to_owned())
}

/// Makes a key.
///
/// # Errors
/// What the admin API says.
pub(super) fn create(new: &New) -> anyhow::Result<ExitCode> {
    let made = new.admin.call(Method::POST, KEYS, Some(&new.body()))?;
    show_secret(&made, &new.id)
}

/// Gives a key another secret.
///
/// # Errors
/// What the admin API says.
pub(super) fn rotate(args: &Rotate) -> anyhow::Result<ExitCode> {
    let path = format!("{KEYS}/{}/rotate", segment(&args.id));
    let body = json!({"grace_seconds": args.grace});
    let made = args.admin.call(Method::POST, &path, Some(&body))?;
    show_secret(&made, &args.id)
}

/// Has a key refused, or taken again.
///
/// # Errors
/// What the admin API says.
pub(super) fn disable(args: &One, disabled: bool) -> anyhow::Result<ExitCode> {
    let path = format!("{KEYS}/{}", segment(&args.id));
    args.admin
        .call(Method::PATCH, &path, Some(&json!({"disabled": disabled})))?;
    let now = if disabled { "refused" } else { "taken again" };
    output::note(format_args!("`{}` is {now} within two seconds", args.id));
    Ok(ExitCode::SUCCESS)
}

/// Takes a key away.
///
/// # Errors
/// What the admin API says.
pub(super) fn delete(args: &One) -> anyhow::Result<ExitCode> {
    let path = format!("{KEYS}/{}", segment(&args.id));
    args.admin.call(Method::DELETE, &path, None)?;
    output::note(format_args!("`{}` is gone within two seconds", args.id));
    Ok(ExitCode::SUCCESS)
}

/// Prints all keys.
///
/// # Errors
/// What the admin API says.
pub(super) fn list(args: &List) -> anyhow::Result<ExitCode> {
    let answer = args.admin.call(Method::GET, KEYS, None)?;
    if args.json {
        output::line(serde_json::to_string_pretty(&answer).context("cannot write JSON")?);
        return Ok(ExitCode::SUCCESS);
    }
    let keys = answer.get("keys").and_then(Value::as_array);
    let keys = keys.context("the admin API answers with no list of keys")?;
    let mut lines = vec![HEAD.map(str::to_owned)];
    lines.extend(keys.iter().map(line));
    output::text(table::text(&lines, 0..0));
    Ok(ExitCode::SUCCESS)
}

const HEAD: [&str; 6] = ["id", "team", "models", "state", "expires", "from"];

fn line(key: &Value) -> [String; 6] {
    let text = |name: &str| {
        key.get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let models = key.get("models").and_then(Value::as_array);
    let models = models.map(|models| {
        let names = models.iter().filter_map(Value::as_str);
        names.collect::<Vec<_>>().join(",")
    });
    let is_disabled = key.get("disabled").and_then(Value::as_bool) == Some(true);
    let state = if is_disabled { "disabled" } else { "enabled" };
    [
        text("id"),
        text("team"),
        models.unwrap_or_else(|| "all".to_owned()),
        state.to_owned(),
        text("expires_at"),
        text("source"),
    ]
}

/// Prints the key itself, which nobody is ever shown again.
fn show_secret(made: &Value, id: &str) -> anyhow::Result<ExitCode> {
    let secret = made.get("key").and_then(Value::as_str);
    output::line(secret.context("the admin API answers with no key")?);
    output::note(format_args!(
        "This is the key of `{id}`: it is not shown again, and is taken within two seconds."
    ));
    Ok(ExitCode::SUCCESS)
}

impl New {
    /// What the admin API is told. What was not said is not in it: the configuration's `defaults`
    /// count then.
    fn body(&self) -> Value {
        let mut body = Map::new();
        let mut say = |name: &str, value: Value| body.insert(name.to_owned(), value);
        say("id", json!(self.id));
        if let Some(team) = &self.team {
            say("team", json!(team));
        }
        if !self.models.is_empty() {
            say("models", json!(self.models));
        }
        if let Some(expires) = &self.expires {
            say("expires_at", json!(expires));
        }
        if !self.metadata.is_empty() {
            let pairs = self.metadata.iter();
            let pairs: Map<_, _> = pairs
                .map(|(name, text)| (name.clone(), json!(text)))
                .collect();
            say("metadata", json!(pairs));
        }
        let rates = self.rates();
        if !rates.is_empty() {
            say("rate_limits", json!(rates));
        }
        if !self.budgets.is_empty() {
            let budgets = self.budgets.iter();
            let budgets: Vec<_> = budgets
                .map(|(usd, per)| json!({"usd": usd, "per": per}))
                .collect();
            say("budgets", json!(budgets));
        }
        Value::Object(body)
    }

    fn rates(&self) -> Map<String, Value> {
        let rates = [
            ("requests_per_minute", self.requests_per_minute),
            ("tokens_per_minute", self.tokens_per_minute),
            ("parallel_requests", self.parallel_requests),
        ];
        let said = rates
            .into_iter()
            .filter_map(|(name, rate)| Some((name.to_owned(), json!(rate?))));
        said.collect()
    }
}
