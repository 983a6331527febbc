//! Writing a batch: one statement a table, whatever the number of rows, in one transaction.
//!
//! The batch goes to the database as one JSON text, and the database takes it apart.

use std::fmt::Write as _;
use std::sync::Arc;

use sqlx::AnyPool;
use sqlx::AssertSqlSafe;
use tidegate::telemetry::row::Row;

use super::columns::{self, Holds};
use super::record;
use crate::database::{Error, Kind};

/// The statements that append.
#[derive(Debug, Clone)]
pub(super) struct Append {
    requests: Arc<str>,
    attempts: Arc<str>,
}

impl Append {
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            requests: insert(kind, "requests", &columns::of_requests()),
            attempts: insert(kind, "attempts", &columns::of_attempts()),
        }
    }

    /// Appends all rows or none; returns how many were new.
    pub(super) async fn run(&self, pool: &AnyPool, rows: &[Row]) -> Result<u64, Error> {
        let mut rows: Vec<_> = rows.iter().collect();
        // In the same order everywhere: of two that append the same rows, one waits for the other.
        rows.sort_unstable_by_key(|row| (record::day(row), &row.request_id));
        let requests = as_json(rows.iter().map(|row| record::Request::from(*row)))?;
        let attempts = as_json(rows.iter().flat_map(|row| record::attempts(row)))?;

        let mut transaction = pool.begin().await?;
        let new = sqlx::query(AssertSqlSafe(Arc::clone(&self.requests)))
            .bind(requests)
            .execute(&mut *transaction)
            .await?;
        sqlx::query(AssertSqlSafe(Arc::clone(&self.attempts)))
            .bind(attempts)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(new.rows_affected())
    }
}

fn as_json(lines: impl Iterator<Item = impl serde::Serialize>) -> Result<String, Error> {
    let lines: Vec<_> = lines.collect();
    serde_json::to_string(&lines).map_err(|error| Error::Refused(error.to_string()))
}

fn insert(kind: Kind, table: &str, columns: &[(&'static str, Holds)]) -> Arc<str> {
    let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
    let names = names.join(", ");
    let source = match kind {
        Kind::Sqlite => sqlite_source(columns),
        Kind::Postgres => postgres_source(&names, columns),
    };
    let mut sql = format!("INSERT INTO {table} ({names}) ");
    let _ = write!(sql, "{source} ON CONFLICT DO NOTHING");
    sql.into()
}

/// `WHERE true`: without it, SQLite takes `ON CONFLICT` for part of a join.
fn sqlite_source(columns: &[(&'static str, Holds)]) -> String {
    let values = columns
        .iter()
        .map(|(name, _)| format!("value ->> '{name}'"));
    let values: Vec<_> = values.collect();
    format!("SELECT {} FROM json_each($1) WHERE true", values.join(", "))
}

fn postgres_source(names: &str, columns: &[(&'static str, Holds)]) -> String {
    let kinds = columns.iter().map(|(name, holds)| match holds {
        Holds::Text => format!("{name} TEXT"),
        Holds::Number => format!("{name} BIGINT"),
        Holds::Truth => format!("{name} BOOLEAN"),
    });
    let kinds: Vec<_> = kinds.collect();
    let kinds = kinds.join(", ");
    format!("SELECT {names} FROM json_to_recordset($1::json) AS batch ({kinds})")
}
