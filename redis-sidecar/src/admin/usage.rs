//! `/admin/usage` and `/admin/rows`: what was used.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tidegate::decimal::plain;
use tidegate::telemetry::row::Row;
use utoipa::IntoParams;

use super::Parts;
use crate::database::Error;
use crate::ledger::{DAY_MS, Dimension, TOKENS, UsageLine, UsageQuery};
use crate::service::Problem;

/// What is asked for where no time is said.
const USUAL_DAYS: u64 = 30;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// From when on: a day (UTC) or a time; absent: 30 days ago.
    from: Option<String>,
    /// Before when; absent: now.
    to: Option<String>,
    /// `key`, `team`, `organization`, `model`, `provider`, `day`, with commas between.
    group_by: Option<String>,
    /// `json` or `csv`.
    format: Option<String>,
}

#[utoipa::path(get, path = "/admin/usage", params(Asked),
    responses((status = 200, description = "Sums of requests, tokens and cost, a line a group"),
              (status = 400)))]
pub(super) async fn sums(
    State(parts): State<Arc<Parts>>,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Problem> {
    let Query(asked) = asked.map_err(|error| Problem::bad_request(error.body_text()))?;
    let query = query(&asked, parts.clock.wall_ms())?;
    let lines = parts.ledger.usage(&query).await.map_err(refusal)?;
    match asked.format.as_deref() {
        None | Some("json") => {
            let lines: Vec<_> = lines.iter().map(object).collect();
            Ok(Json(json!({ "usage": lines })).into_response())
        }
        Some("csv") => {
            let kind = [(header::CONTENT_TYPE, "text/csv; charset=utf-8")];
            Ok((kind, csv(&query.group_by, &lines)).into_response())
        }
        Some(_) => Err(Problem::bad_request("format: must be `json` or `csv`")),
    }
}

#[utoipa::path(get, path = "/admin/rows/{request_id}", params(("request_id" = String, Path)),
    responses((status = 200, description = "The request's row"), (status = 404)))]
pub(super) async fn row(
    State(parts): State<Arc<Parts>>,
    Path(request_id): Path<String>,
) -> Result<Json<Row>, Problem> {
    let row = parts.ledger.row(&request_id).await.map_err(refusal)?;
    row.map(Json).ok_or_else(|| Problem {
        status: StatusCode::NOT_FOUND,
        message: "there is no row of this request".to_owned(),
    })
}

fn query(asked: &Asked, now: u64) -> Result<UsageQuery, Problem> {
    let time = |name: &str, text: &Option<String>, usual: u64| match text {
        None => Ok(usual),
        Some(text) => milliseconds(text).ok_or_else(|| {
            let example = "must be a day or a time, such as `2026-11-25` or `2026-11-25T08:00:00Z`";
            Problem::bad_request(format!("{name}: {example}"))
        }),
    };
    let mut group_by = Vec::new();
    let names = asked.group_by.as_deref().unwrap_or_default().split(',');
    for name in names.map(str::trim).filter(|name| !name.is_empty()) {
        let known = Dimension::ALL.into_iter().find(|one| one.name() == name);
        match known {
            Some(dimension) if !group_by.contains(&dimension) => group_by.push(dimension),
            Some(_) => {}
            None => {
                let names: Vec<_> = Dimension::ALL.iter().map(|one| one.name()).collect();
                let message = format!("group_by: must be some of {}", names.join(", "));
                return Err(Problem::bad_request(message));
            }
        }
    }
    Ok(UsageQuery {
        from_ms: time("from", &asked.from, now.saturating_sub(USUAL_DAYS * DAY_MS))?,
        to_ms: time("to", &asked.to, now.saturating_add(1))?,
        group_by,
    })
}

fn milliseconds(text: &str) -> Option<u64> {
    let whole = format!("{text}T00:00:00Z");
    let time = text.parse().or_else(|_| whole.parse::<jiff::Timestamp>());
    u64::try_from(time.ok()?.as_millisecond()).ok()
}

/// A line as JSON. Money is a text: a number would lose its last digits with many readers.
fn object(line: &UsageLine) -> Value {
    let mut object = Map::new();
    for (dimension, value) in &line.by {
        object.insert(dimension.name().to_owned(), json!(value));
    }
    object.insert("requests".to_owned(), json!(line.requests));
    object.insert("unpriced_requests".to_owned(), json!(line.unpriced));
    for (name, count) in TOKENS.iter().zip(line.tokens) {
        object.insert((*name).to_owned(), json!(count));
    }
    object.insert("cost_usd".to_owned(), json!(dollars(line.cost_pico_usd)));
    Value::Object(object)
}

fn csv(group_by: &[Dimension], lines: &[UsageLine]) -> String {
    let names = group_by.iter().map(|one| one.name());
    let rest = ["requests", "unpriced_requests"].into_iter().chain(TOKENS);
    let head: Vec<_> = names.chain(rest).chain(["cost_usd"]).collect();
    let mut out = head.join(",") + "\r\n";
    for line in lines {
        let groups = group_by.iter().map(|one| {
            let value = line.by.get(one).and_then(Option::as_deref);
            quoted(value.unwrap_or_default())
        });
        let numbers = [line.requests, line.unpriced]
            .into_iter()
            .chain(line.tokens);
        let cells: Vec<_> = groups.chain(numbers.map(|n| n.to_string())).collect();
        out.push_str(&cells.join(","));
        out.push(',');
        out.push_str(&dollars(line.cost_pico_usd));
        out.push_str("\r\n");
    }
    out
}

/// As RFC 4180 has it; a text that a spreadsheet would take for a formula is made one that it does not.
fn quoted(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        "'"
    } else {
        ""
    };
    if guard.is_empty() && !text.contains([',', '"', '\n', '\r']) {
        return text.to_owned();
    }
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

/// Pico-dollars as dollars, exact.
fn dollars(pico: u128) -> String {
    const PICO: u128 = 1_000_000_000_000;
    let fraction = u64::try_from(pico % PICO).unwrap_or_default();
    plain(pico / PICO, fraction, 12)
}

pub(super) fn refusal(error: Error) -> Problem {
    let status = match error {
        Error::TooMuch(_) => StatusCode::BAD_REQUEST,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    Problem {
        status,
        message: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_are_exact_and_short() {
        let shown = [0, 1, 1_250_000_000_000, 30_000_000_000_000].map(dollars);
        assert_eq!(shown, ["0", "0.000000000001", "1.25", "30"]);
    }

    #[test]
    fn a_name_is_no_formula_and_no_second_cell() {
        assert_eq!(quoted("a,b\"c"), "\"a,b\"\"c\"");
        assert_eq!(quoted("=SUM(A1)"), "\"'=SUM(A1)\"");
        assert_eq!(quoted("plain"), "plain");
    }

    #[test]
    fn days_and_times_are_read() {
        assert_eq!(milliseconds("1970-01-02"), Some(86_400_000));
        assert_eq!(milliseconds("1970-01-01T00:00:01Z"), Some(1_000));
        assert_eq!(milliseconds("yesterday"), None);
    }
}
