//! What a scope has spent, by parts of a time: to seed counters whose memory is lost, and to compare
//! with those that have theirs.

use sqlx::AnyPool;
use sqlx::{AssertSqlSafe, Row as _};
use tidegate::config::limits::{Measure, ScopeKind};

use super::columns::TOKENS;
use super::{DAY_MS, Spent, SpentQuery};
use crate::database::Error;

/// Requests that were refused, or left before they were complete, have set nothing aside; nor has who
/// asks for the list of models, nor have copies of requests.
const COUNTED: &str = "outcome NOT IN ('refused', 'incomplete') AND endpoint <> 'models' \
    AND endpoint NOT LIKE 'shadow/%'";

pub(super) async fn by_parts(pool: &AnyPool, query: &SpentQuery) -> Result<Vec<Spent>, Error> {
    let Some(amount) = amount(query.measure) else {
        return Ok(Vec::new());
    };
    let whose = match query.scope.kind {
        ScopeKind::Key => "key_id = $6",
        ScopeKind::Team => "team = $6",
        ScopeKind::Organization => "organization = $6",
        ScopeKind::Model => "model = $6",
        // A statement has the same parameters whatever it asks.
        ScopeKind::Gateway => "$6 = $6",
    };
    let sql = format!(
        "SELECT MAX(ended_ms), {amount} FROM requests \
         WHERE day >= $1 AND day <= $2 AND ended_ms >= $3 AND ended_ms < $4 \
         AND {whose} AND {COUNTED} GROUP BY ended_ms / $5 ORDER BY 1"
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(signed(query.from_ms / DAY_MS))
        .bind(signed(query.to_ms / DAY_MS))
        .bind(signed(query.from_ms))
        .bind(signed(query.to_ms))
        .bind(signed(query.part_ms.max(1)))
        .bind(query.scope.name.clone())
        .fetch_all(pool)
        .await?;
    let mut parts = Vec::with_capacity(rows.len());
    for row in rows {
        let latest_ms = unsigned(row.try_get(0)?);
        let amount: String = row.try_get(1)?;
        let amount = amount.parse().unwrap_or(u64::MAX);
        parts.push(Spent { latest_ms, amount });
    }
    parts.retain(|part| part.amount > 0);
    Ok(parts)
}

/// The sum of a measure, as text: PostgreSQL's sums have no bound.
fn amount(measure: Measure) -> Option<String> {
    let sum = match measure {
        Measure::Requests => "COUNT(*)".to_owned(),
        Measure::Tokens => format!("SUM({})", TOKENS.join(" + ")),
        // In nano-dollars, each request's rounded up, as the filter does.
        Measure::Cost => "COALESCE(SUM(cost_pico_usd / 1000 + \
             CASE WHEN cost_pico_usd % 1000 > 0 THEN 1 ELSE 0 END), 0)"
            .to_owned(),
        Measure::ParallelRequests => return None,
    };
    Some(format!("CAST({sum} AS TEXT)"))
}

/// No time is beyond what a signed number holds.
pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}
