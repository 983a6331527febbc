//! One row, as it came.

use sqlx::AnyPool;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};
use tidegate::telemetry::row::{AttemptRow, AttemptStatus, Row, Tokens};

use super::columns::{self, Holds, TOKENS};
use super::spent::unsigned;
use crate::database::Error;

pub(super) async fn row(pool: &AnyPool, request_id: &str) -> Result<Option<Row>, Error> {
    let sql = select("requests", &columns::of_requests());
    let query = sqlx::query(AssertSqlSafe(format!("{sql} LIMIT 1")));
    let Some(found) = query
        .bind(request_id.to_owned())
        .fetch_optional(pool)
        .await?
    else {
        return Ok(None);
    };
    let mut row = request(&found)?;
    let sql = select("attempts", &columns::of_attempts());
    let query = sqlx::query(AssertSqlSafe(format!("{sql} ORDER BY attempt")));
    let attempts = query.bind(request_id.to_owned()).fetch_all(pool).await?;
    row.attempts = attempts.iter().map(attempt).collect::<Result<_, _>>()?;
    Ok(Some(row))
}

pub(super) async fn is_empty(pool: &AnyPool) -> Result<bool, Error> {
    let query = sqlx::query("SELECT day FROM requests LIMIT 1");
    Ok(query.fetch_optional(pool).await?.is_none())
}

fn select(table: &str, columns: &[(&str, Holds)]) -> String {
    let columns = columns.iter().map(|(name, holds)| match holds {
        // SQLite has no other truth than a number.
        Holds::Truth => format!("CASE WHEN {name} THEN 1 ELSE 0 END AS {name}"),
        Holds::Text | Holds::Number => (*name).to_owned(),
    });
    let columns: Vec<_> = columns.collect();
    format!(
        "SELECT {} FROM {table} WHERE request_id = $1",
        columns.join(", ")
    )
}

fn request(row: &AnyRow) -> Result<Row, Error> {
    let stream = count(row, "stream")? == 1;
    let status = u16::try_from(count(row, "status")?).unwrap_or_default();
    Ok(Row {
        request_id: row.try_get("request_id")?,
        ended_ms: count(row, "ended_ms")?,
        duration_us: count(row, "duration_us")?,
        endpoint: row.try_get("endpoint")?,
        key_id: row.try_get("key_id")?,
        team: row.try_get("team")?,
        organization: row.try_get("organization")?,
        model: row.try_get("model")?,
        provider: row.try_get("provider")?,
        served_model: row.try_get("served_model")?,
        stream,
        status,
        outcome: row.try_get("outcome")?,
        error_code: row.try_get("error_code")?,
        first_token_us: maybe(row, "first_token_us")?,
        tokens: tokens(row)?,
        cost_pico_usd: maybe(row, "cost_pico_usd")?,
        price_version: row.try_get("price_version")?,
        attempts: Vec::new(),
    })
}

fn attempt(row: &AnyRow) -> Result<AttemptRow, Error> {
    let status: String = row.try_get("status")?;
    Ok(AttemptRow {
        provider: row.try_get("provider")?,
        model: row.try_get("model")?,
        status: match status.parse() {
            Ok(code) => AttemptStatus::Code(code),
            Err(_) => AttemptStatus::Word(status),
        },
        duration_us: maybe(row, "duration_us")?,
        tokens: tokens(row)?,
        cost_pico_usd: maybe(row, "cost_pico_usd")?,
    })
}

fn tokens(row: &AnyRow) -> Result<Tokens, Error> {
    let mut counts = [0; TOKENS.len()];
    for (count, name) in counts.iter_mut().zip(TOKENS) {
        *count = self::count(row, name)?;
    }
    let [
        input,
        cache_read,
        cache_write_5m,
        cache_write_1h,
        audio_input,
        output,
        reasoning,
        audio_output,
    ] = counts;
    Ok(Tokens {
        input,
        cache_read,
        cache_write_5m,
        cache_write_1h,
        audio_input,
        output,
        reasoning,
        audio_output,
    })
}

fn count(row: &AnyRow, column: &str) -> Result<u64, Error> {
    Ok(unsigned(row.try_get(column)?))
}

fn maybe(row: &AnyRow, column: &str) -> Result<Option<u64>, Error> {
    let value: Option<i64> = row.try_get(column)?;
    Ok(value.map(unsigned))
}
