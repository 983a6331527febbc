//! A key's budgets, in the words of the configuration.

use axum::http::Uri;
use jiff::tz;
use serde::{Deserialize, Serialize};
use tidegate::config::limits::{Limit, Measure, OnUnavailable, Period, Window};
use tidegate::config::sidecar::KeyAlert;
use utoipa::ToSchema;

use super::money::Usd;
use super::problem::Problem;

const UTC: &str = "UTC";
/// In percent, as in the configuration.
const USUAL_ALERT: u8 = 80;
const MOST_ALERTS: usize = 10;
const LONGEST_WEBHOOK: usize = 2_048;

/// What may be spent in a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// US dollars: a number, or a text with a decimal in it.
    #[schema(value_type = Decimal)]
    pub usd: Usd,
    /// `hour`, `day`, `week` or `month`.
    #[schema(value_type = String)]
    pub per: Period,
    /// Any time of this length (a month has 30 days then), instead of from its first day on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rolling: bool,
    /// IANA name of the time zone in which the period begins; UTC where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// What to do with requests while nobody can count them: `allow` or `deny` (the default).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub on_unavailable: Option<OnUnavailable>,
    /// Whom to tell, once a period, when so much is used: a URL. What is behind its host is not
    /// shown again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "https://hooks.example.com/budgets")]
    pub webhook: Option<String>,
    /// How much that is, in percent, once or more often; absent: 80.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alert_at: Vec<u8>,
}

/// How an amount of dollars is written.
#[derive(ToSchema)]
#[schema(as = Usd)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is for the schema only: `Usd` reads both")]
pub(crate) enum Decimal {
    Number(f64),
    Text(String),
}

impl Budget {
    /// The limits that a list stands for.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn limits(budgets: &[Self]) -> Result<Vec<Limit>, Problem> {
        let mut limits: Vec<Limit> = Vec::with_capacity(budgets.len());
        for (index, budget) in budgets.iter().enumerate() {
            let path = format!("[{index}]");
            let limit = budget.limit().map_err(|problem| problem.within(&path))?;
            if limits.iter().any(|other| other.window == limit.window) {
                let message = "there is a budget over this time already";
                return Err(Problem::field(path, message));
            }
            limits.push(limit);
        }
        Ok(limits)
    }

    /// The thresholds that a list has.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn alerts(budgets: &[Self]) -> Result<Vec<KeyAlert>, Problem> {
        let mut alerts = Vec::new();
        for budget in budgets {
            let Some(webhook) = &budget.webhook else {
                continue;
            };
            let window = budget.window()?;
            let at = match budget.alert_at.as_slice() {
                [] => &[USUAL_ALERT],
                said => said,
            };
            alerts.extend(at.iter().map(|at_percent| KeyAlert {
                window: window.clone(),
                at_percent: *at_percent,
                webhook: webhook.clone(),
            }));
        }
        Ok(alerts)
    }

    fn limit(&self) -> Result<Limit, Problem> {
        self.check_alerts()?;
        Ok(Limit {
            measure: Measure::Cost,
            limit: self.usd.nano(),
            window: self.window()?,
            on_unavailable: self.on_unavailable.unwrap_or(OnUnavailable::Deny),
        })
    }

    /// As it may be shown: whoever has a webhook's URL can write to it.
    pub fn shown(&self) -> Self {
        let uri = self.webhook.as_deref().and_then(parse_uri);
        let host = uri.and_then(|uri| {
            let host = uri.host()?.to_owned();
            Some(format!("{}://{host}/…", uri.scheme_str()?))
        });
        Self {
            webhook: host,
            ..self.clone()
        }
    }

    fn check_alerts(&self) -> Result<(), Problem> {
        let Some(webhook) = &self.webhook else {
            let message = "says when, but not whom to tell: add `webhook`";
            return match self.alert_at.is_empty() {
                true => Ok(()),
                false => Err(Problem::field("alert_at", message)),
            };
        };
        if webhook.len() > LONGEST_WEBHOOK || parse_uri(webhook).is_none() {
            let message = "must be a URL such as `https://hooks.example.com/budgets`";
            return Err(Problem::field("webhook", message));
        }
        if self.alert_at.len() > MOST_ALERTS {
            let message = format!("has more than {MOST_ALERTS}");
            return Err(Problem::field("alert_at", message));
        }
        let wrong = self.alert_at.iter().position(|at| !(1..=100).contains(at));
        match wrong {
            None => Ok(()),
            Some(index) => {
                let field = format!("alert_at[{index}]");
                Err(Problem::field(field, "must be from 1 to 100"))
            }
        }
    }

    fn window(&self) -> Result<Window, Problem> {
        if !self.rolling {
            let time_zone = zone(self.time_zone.as_deref().unwrap_or(UTC))?;
            let period = self.per;
            return Ok(Window::Calendar { period, time_zone });
        }
        if self.time_zone.is_some() {
            let message = "has no meaning for a budget that is `rolling`";
            return Err(Problem::field("time_zone", message));
        }
        Ok(Window::Sliding(self.per.rolling_ms()))
    }
}

/// A URL of HTTP with a host.
fn parse_uri(text: &str) -> Option<Uri> {
    let uri: Uri = text.parse().ok()?;
    let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
    (is_http && uri.host().is_some_and(|host| !host.is_empty())).then_some(uri)
}

/// The name in its own spelling: it becomes part of a counter's id.
fn zone(name: &str) -> Result<String, Problem> {
    let zone = tz::db().get(name).ok();
    let known = zone.and_then(|zone| zone.iana_name().map(str::to_owned));
    known.ok_or_else(|| Problem::field("time_zone", format!("there is no time zone `{name}`")))
}
