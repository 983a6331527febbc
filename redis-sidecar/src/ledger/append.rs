//! Writing a batch, in one transaction: few statements a table, whatever the number of rows.

mod bound;
mod json;

use sqlx::AnyPool;
use tidegate::telemetry::row::Row;

use super::columns;
use super::record::{self, Attempt, Request};
use crate::database::{Error, Kind};

/// The statements that append.
///
/// SQLite runs in this process: taking JSON apart would cost more there than all the rest of the
/// writing. PostgreSQL does so in its own, and gets a batch as one text.
#[derive(Debug)]
pub(super) enum Append {
    Sqlite(Tables<bound::Insert>),
    Postgres(Tables<json::Insert>),
}

#[derive(Debug)]
pub(super) struct Tables<T> {
    requests: T,
    attempts: T,
}

impl<T> Tables<T> {
    fn new(insert: impl Fn(&str, &[columns::Column]) -> T) -> Self {
        Self {
            requests: insert("requests", &columns::of_requests()),
            attempts: insert("attempts", &columns::of_attempts()),
        }
    }
}

impl Append {
    pub(super) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => Self::Sqlite(Tables::new(bound::Insert::new)),
            Kind::Postgres => Self::Postgres(Tables::new(json::Insert::new)),
        }
    }

    /// Appends all rows or none; returns how many were new.
    pub(super) async fn run(&self, pool: &AnyPool, rows: &[Row]) -> Result<u64, Error> {
        let mut rows: Vec<_> = rows.iter().collect();
        // In the same order everywhere: of two that append the same rows, one waits for the other.
        rows.sort_unstable_by_key(|row| (record::day(row), &row.request_id));
        let requests: Vec<_> = rows.iter().map(|row| Request::from(*row)).collect();
        let attempts: Vec<_> = rows.iter().flat_map(|row| record::attempts(row)).collect();
        match self {
            Self::Sqlite(tables) => write_bound(tables, pool, &requests, &attempts).await,
            Self::Postgres(tables) => write_json(tables, pool, &requests, &attempts).await,
        }
    }
}

async fn write_bound(
    tables: &Tables<bound::Insert>,
    pool: &AnyPool,
    requests: &[Request<'_>],
    attempts: &[Attempt<'_>],
) -> Result<u64, Error> {
    let requests = tables.requests.queries(requests, Request::values)?;
    let attempts = tables.attempts.queries(attempts, Attempt::values)?;
    let mut transaction = pool.begin().await?;
    let mut new = 0u64;
    for query in requests {
        let done = query.execute(&mut *transaction).await?;
        new = new.saturating_add(done.rows_affected());
    }
    for query in attempts {
        query.execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(new)
}

async fn write_json(
    tables: &Tables<json::Insert>,
    pool: &AnyPool,
    requests: &[Request<'_>],
    attempts: &[Attempt<'_>],
) -> Result<u64, Error> {
    let requests = tables.requests.query(requests)?;
    let attempts = tables.attempts.query(attempts)?;
    let mut transaction = pool.begin().await?;
    let new = requests.execute(&mut *transaction).await?;
    attempts.execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(new.rows_affected())
}
