//! A key's limits, in the words of the configuration.

use serde::{Deserialize, Serialize};
use tidegate::config::limits::{Limit, Measure, OnUnavailable, Window};
use tidegate::config::written::{MOST_IN_A_WINDOW, MOST_PARALLEL, RATE_UNITS, duration_ms};
use utoipa::ToSchema;

use super::problem::Problem;

const SECOND_MS: u64 = 1_000;
const DAY_MS: u64 = 86_400_000;

/// Requests and tokens in a time, and requests at the same time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RateLimits {
    /// Requests within any second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_second: Option<u64>,
    /// Requests within any minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_minute: Option<u64>,
    /// Requests within any hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_hour: Option<u64>,
    /// Requests within any 24 hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_day: Option<u64>,
    /// Requests within other times.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<Rate>,
    /// Tokens, input and output together, within any second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens_per_second: Option<u64>,
    /// Tokens within any minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens_per_minute: Option<u64>,
    /// Tokens within any hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens_per_hour: Option<u64>,
    /// Tokens within any 24 hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens_per_day: Option<u64>,
    /// Tokens within other times.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<Rate>,
    /// Requests at the same time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parallel_requests: Option<u64>,
    /// What to do with requests while nobody can count them: `allow` (the default) or `deny`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub on_unavailable: Option<OnUnavailable>,
}

/// A limit over a time of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// The most within the time.
    pub limit: u64,
    /// The time, from `1s` to `24h`.
    #[schema(example = "10s")]
    pub per: String,
}

impl RateLimits {
    /// The limits that it stands for.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn limits(&self) -> Result<Vec<Limit>, Problem> {
        let on_unavailable = self.on_unavailable.unwrap_or(OnUnavailable::Allow);
        let mut limits: Vec<Limit> = Vec::new();
        for (field, measure, window, limit) in self.named().chain(self.listed()?) {
            let most = match measure {
                Measure::ParallelRequests => MOST_PARALLEL,
                _ => MOST_IN_A_WINDOW,
            };
            if !(1..=most).contains(&limit) {
                return Err(Problem::field(field, format!("must be from 1 to {most}")));
            }
            let is_twice = |other: &Limit| other.measure == measure && other.window == window;
            if limits.iter().any(is_twice) {
                return Err(Problem::field(field, "has a limit over this time already"));
            }
            limits.push(Limit {
                measure,
                limit,
                window,
                on_unavailable,
            });
        }
        Ok(limits)
    }

    fn named(&self) -> impl Iterator<Item = Found> {
        let requests = [
            self.requests_per_second,
            self.requests_per_minute,
            self.requests_per_hour,
            self.requests_per_day,
        ];
        let tokens = [
            self.tokens_per_second,
            self.tokens_per_minute,
            self.tokens_per_hour,
            self.tokens_per_day,
        ];
        let of = |measure: Measure, limits: [Option<u64>; 4]| {
            RATE_UNITS
                .into_iter()
                .zip(limits)
                .filter_map(move |((unit, millis), limit)| {
                    let field = format!("{}_per_{unit}", measure.name());
                    Some((field, measure, Window::Sliding(millis), limit?))
                })
        };
        let held = Measure::ParallelRequests;
        let parallel = self.parallel_requests.into_iter();
        let parallel =
            parallel.map(move |limit| (held.name().to_owned(), held, Window::Held, limit));
        of(Measure::Requests, requests)
            .chain(of(Measure::Tokens, tokens))
            .chain(parallel)
    }

    fn listed(&self) -> Result<Vec<Found>, Problem> {
        let lists = [
            ("requests", Measure::Requests, &self.requests),
            ("tokens", Measure::Tokens, &self.tokens),
        ];
        let mut found = Vec::new();
        for (field, measure, rates) in lists {
            for (index, rate) in rates.iter().enumerate() {
                let field = format!("{field}[{index}]");
                let Some(millis) = millis(&rate.per) else {
                    let message = "must be a time from `1s` to `24h`, such as `10s` or `5m`";
                    return Err(Problem::field(format!("{field}.per"), message));
                };
                found.push((field, measure, Window::Sliding(millis), rate.limit));
            }
        }
        Ok(found)
    }
}

type Found = (String, Measure, Window, u64);

fn millis(text: &str) -> Option<u64> {
    duration_ms(text).filter(|millis| (SECOND_MS..=DAY_MS).contains(millis))
}

#[cfg(test)]
mod tests;
