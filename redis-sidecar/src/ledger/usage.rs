//! Sums over rows of a time: by key, team, organisation, model, provider, day.
//!
//! Grouped by provider, sums are over attempts, as a request may be for several providers; a request
//! without an attempt then has none. Sums of money are exact, whatever they come to. Copies of requests
//! are in no sum: they are the operator's, whoever's the requests are.

use std::collections::BTreeMap;

use serde::Deserialize;
use sqlx::AnyPool;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};
use utoipa::ToSchema;

use super::DAY_MS;
use super::columns::TOKENS;
use super::spent::{signed, unsigned};
use crate::database::Error;

/// Lines of an answer.
const MOST_LINES: usize = 50_000;
/// Costs are summed in two parts: SQLite's sums end at 2⁶³, nine million dollars.
const PART: u128 = 1_000_000_000;

/// What can be grouped by.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// The virtual key.
    Key,
    /// Its team.
    Team,
    /// The team's organisation.
    Organization,
    /// The model that was asked for.
    Model,
    /// The provider that an attempt was for.
    Provider,
    /// The day (UTC) on which the request ended.
    Day,
}

impl Dimension {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Key,
        Self::Team,
        Self::Organization,
        Self::Model,
        Self::Provider,
        Self::Day,
    ];

    /// Its name in questions and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Team => "team",
            Self::Organization => "organization",
            Self::Model => "model",
            Self::Provider => "provider",
            Self::Day => "day",
        }
    }

    fn column(self) -> &'static str {
        match self {
            Self::Key => "r.key_id",
            Self::Team => "r.team",
            Self::Organization => "r.organization",
            Self::Model => "r.model",
            Self::Provider => "a.provider",
            Self::Day => "CAST(r.day AS TEXT)",
        }
    }
}

/// Which sums are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageQuery {
    /// From when on, in milliseconds since 1970.
    pub from_ms: u64,
    /// Before when.
    pub to_ms: u64,
    /// By what; nothing twice.
    pub group_by: Vec<Dimension>,
}

/// Sums of one group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsageLine {
    /// What the group is of; `None` where rows have no such thing.
    pub by: BTreeMap<Dimension, Option<String>>,
    /// Requests.
    pub requests: u64,
    /// Requests (by provider: attempts) that used tokens and have no cost, as no price was known.
    pub unpriced: u64,
    /// Tokens, in the order of [`Tokens`](tidegate::telemetry::row::Tokens).
    pub tokens: [u64; 8],
    /// Cost in pico-dollars.
    pub cost_pico_usd: u128,
}

pub(super) async fn sum(pool: &AnyPool, query: &UsageQuery) -> Result<Vec<UsageLine>, Error> {
    let sql = statement(&query.group_by);
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(signed(query.from_ms / DAY_MS))
        .bind(signed(query.to_ms / DAY_MS))
        .bind(signed(query.from_ms))
        .bind(signed(query.to_ms))
        .fetch_all(pool)
        .await?;
    if rows.len() > MOST_LINES {
        return Err(Error::TooMuch(format!(
            "these are more than {MOST_LINES} groups: ask for a shorter time, or by less"
        )));
    }
    let lines = rows.iter().map(|row| read(row, &query.group_by));
    let mut lines = lines.collect::<Result<Vec<_>, _>>()?;
    lines.sort_unstable_by(|a, b| a.by.cmp(&b.by));
    Ok(lines)
}

fn statement(group_by: &[Dimension]) -> String {
    let by_provider = group_by.contains(&Dimension::Provider);
    let (of, requests, join) = match by_provider {
        false => ("r", "COUNT(*)", ""),
        true => (
            "a",
            "COUNT(DISTINCT r.request_id)",
            "LEFT JOIN attempts a ON a.day = r.day AND a.request_id = r.request_id",
        ),
    };
    let columns: Vec<_> = group_by
        .iter()
        .map(|dimension| dimension.column())
        .collect();
    let tokens = TOKENS.map(|name| format!("{of}.{name}"));
    let is_unpriced = format!("{of}.cost_pico_usd IS NULL AND {} > 0", tokens.join(" + "));
    let mut select: Vec<_> = columns.iter().map(|&column| column.to_owned()).collect();
    select.push(requests.to_owned());
    select.push(format!("COUNT(CASE WHEN {is_unpriced} THEN 1 END)"));
    select.extend(tokens.iter().map(|column| total(column)));
    select.push(total(&format!("{of}.cost_pico_usd / {PART}")));
    select.push(total(&format!("{of}.cost_pico_usd % {PART}")));
    let group = match columns.is_empty() {
        true => String::new(),
        false => format!("GROUP BY {}", columns.join(", ")),
    };
    format!(
        "SELECT {} FROM requests r {join} WHERE r.day >= $1 AND r.day <= $2 \
         AND r.ended_ms >= $3 AND r.ended_ms < $4 AND r.endpoint NOT LIKE 'shadow/%' {group} LIMIT {}",
        select.join(", "),
        MOST_LINES + 1
    )
}

fn total(of: &str) -> String {
    format!("CAST(COALESCE(SUM({of}), 0) AS TEXT)")
}

fn read(row: &AnyRow, group_by: &[Dimension]) -> Result<UsageLine, Error> {
    let mut line = UsageLine::default();
    for (index, dimension) in group_by.iter().enumerate() {
        let value: Option<String> = row.try_get(index)?;
        let value = match dimension {
            Dimension::Day => value.and_then(|day| date(&day)),
            _ => value,
        };
        line.by.insert(*dimension, value);
    }
    let first = group_by.len();
    line.requests = unsigned(row.try_get(first)?);
    line.unpriced = unsigned(row.try_get(first + 1)?);
    for (index, count) in line.tokens.iter_mut().enumerate() {
        *count = u64::try_from(number(row, first + 2 + index)?).unwrap_or(u64::MAX);
    }
    let cost = first + 2 + TOKENS.len();
    let whole = number(row, cost)?.saturating_mul(PART);
    line.cost_pico_usd = whole.saturating_add(number(row, cost + 1)?);
    Ok(line)
}

fn number(row: &AnyRow, index: usize) -> Result<u128, Error> {
    let text: String = row.try_get(index)?;
    text.parse()
        .map_err(|_| Error::Away(format!("a sum that is no number: {text}")))
}

/// `2026-11-25` of a day since 1970.
fn date(day: &str) -> Option<String> {
    let seconds = day.parse::<i64>().ok()?.checked_mul(86_400)?;
    let time = jiff::Timestamp::from_second(seconds).ok()?;
    Some(time.strftime("%Y-%m-%d").to_string())
}
