//! The ledger in a database.

use std::ops::RangeInclusive;
use std::sync::Arc;

use tidegate::telemetry::row::Row;

use super::append::Append;
use super::partitions::Partitions;
use super::{Error, Ledger, Spent, SpentQuery, UsageLine, UsageQuery};
use super::{read, record, retention, spent, usage};
use crate::database::{Database, Kind};
use crate::store::Boxed;

/// A ledger in SQLite or PostgreSQL.
#[derive(Debug)]
pub struct SqlLedger {
    database: Arc<Database>,
    append: Append,
    partitions: Partitions,
}

impl SqlLedger {
    /// The ledger of a database, which is not reached yet.
    pub fn new(database: Arc<Database>) -> Self {
        let append = Append::new(database.kind());
        Self {
            database,
            append,
            partitions: Partitions::default(),
        }
    }
}

impl Ledger for SqlLedger {
    fn append<'a>(&'a self, rows: &'a [Row]) -> Boxed<'a, Result<u64, Error>> {
        Box::pin(async move {
            let pool = self.database.writer().await?;
            if self.database.kind() == Kind::Postgres {
                let days = rows.iter().map(record::day);
                self.partitions.make(pool, days).await?;
            }
            self.append.run(pool, rows).await
        })
    }

    fn usage<'a>(&'a self, query: &'a UsageQuery) -> Boxed<'a, Result<Vec<UsageLine>, Error>> {
        Box::pin(async move { usage::sum(self.database.reader().await?, query).await })
    }

    fn row<'a>(&'a self, request_id: &'a str) -> Boxed<'a, Result<Option<Row>, Error>> {
        Box::pin(async move { read::row(self.database.reader().await?, request_id).await })
    }

    fn spent<'a>(&'a self, query: &'a SpentQuery) -> Boxed<'a, Result<Vec<Spent>, Error>> {
        Box::pin(async move { spent::by_parts(self.database.reader().await?, query).await })
    }

    fn is_empty(&self) -> Boxed<'_, Result<bool, Error>> {
        Box::pin(async move { read::is_empty(self.database.reader().await?).await })
    }

    fn retain(&self, first: u64, last: u64) -> Boxed<'_, Result<(), Error>> {
        Box::pin(async move {
            let pool = self.database.writer().await?;
            if self.database.kind() == Kind::Sqlite {
                return retention::delete_before(pool, first).await;
            }
            self.partitions.make(pool, ahead(first, last)).await?;
            self.partitions.drop_before(pool, first).await
        })
    }
}

/// Days that are long past get their place when a row comes for them.
fn ahead(first: u64, last: u64) -> RangeInclusive<u64> {
    first.max(last.saturating_sub(retention::AHEAD))..=last
}
