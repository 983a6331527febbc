//! PostgreSQL's partitions: one a day of each table, so that old days go in one step and a question
//! about a time reads that time only.
//!
//! They are made ahead by [`retain`](super::Ledger::retain), and on demand where a row comes for a
//! day that has none. A table is made first and attached then: that waits for no reader, as
//! `CREATE TABLE … PARTITION OF` would. Several sidecars may do so at once; an advisory lock lets one
//! after the other.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use jiff::Span;
use jiff::civil::Date;
use sqlx::AnyPool;
use sqlx::any::Any;
use sqlx::{AssertSqlSafe, Row as _, Transaction};

use crate::database::Error;

const TABLES: [&str; 2] = ["requests", "attempts"];

/// Any number that is ours alone in the database.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7214308552019)";

/// The days that have partitions, as far as is known here.
#[derive(Debug, Default)]
pub(super) struct Partitions {
    known: Mutex<HashSet<u64>>,
}

impl Partitions {
    /// Makes those of these days that are not there.
    pub(super) async fn make(
        &self,
        pool: &AnyPool,
        days: impl Iterator<Item = u64>,
    ) -> Result<(), Error> {
        let missing = self.unknown(days);
        if missing.is_empty() {
            return Ok(());
        }
        let mut transaction = pool.begin().await?;
        sqlx::query(LOCK).execute(&mut *transaction).await?;
        for table in TABLES {
            let there = list(&mut transaction, table).await?;
            for day in missing.iter().filter(|day| !there.contains(day)) {
                attach(&mut transaction, table, *day).await?;
            }
        }
        transaction.commit().await?;
        self.known().extend(missing);
        Ok(())
    }

    /// Drops those of the days before `first`.
    pub(super) async fn drop_before(&self, pool: &AnyPool, first: u64) -> Result<(), Error> {
        self.known().retain(|day| *day >= first);
        for table in TABLES {
            let mut transaction = pool.begin().await?;
            sqlx::query(LOCK).execute(&mut *transaction).await?;
            let there = list(&mut transaction, table).await?;
            for day in there.into_iter().filter(|day| *day < first) {
                run(
                    &mut transaction,
                    format!("DROP TABLE {}", name(table, day)?),
                )
                .await?;
            }
            transaction.commit().await?;
        }
        Ok(())
    }

    fn unknown(&self, days: impl Iterator<Item = u64>) -> HashSet<u64> {
        let known = self.known();
        days.filter(|day| !known.contains(day)).collect()
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashSet<u64>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The days of which a table has partitions.
async fn list(transaction: &mut Transaction<'_, Any>, table: &str) -> Result<Vec<u64>, Error> {
    const PARTITIONS: &str = "SELECT CAST(child.relname AS TEXT) FROM pg_inherits \
         JOIN pg_class child ON child.oid = inhrelid WHERE inhparent = CAST($1 AS regclass)";
    let query = sqlx::query(PARTITIONS).bind(table.to_owned());
    let rows = query.fetch_all(&mut **transaction).await?;
    let mut days = Vec::with_capacity(rows.len());
    for row in rows {
        let name: String = row.try_get(0)?;
        days.extend(day_of(table, &name));
    }
    Ok(days)
}

async fn attach(
    transaction: &mut Transaction<'_, Any>,
    table: &str,
    day: u64,
) -> Result<(), Error> {
    let name = name(table, day)?;
    let next = day.saturating_add(1);
    let like = "INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES";
    run(
        transaction,
        format!("CREATE TABLE {name} (LIKE {table} {like})"),
    )
    .await?;
    let range = format!("FOR VALUES FROM ({day}) TO ({next})");
    run(
        transaction,
        format!("ALTER TABLE {table} ATTACH PARTITION {name} {range}"),
    )
    .await
}

async fn run(transaction: &mut Transaction<'_, Any>, sql: String) -> Result<(), Error> {
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// `requests_2026_11_25`.
fn name(table: &str, day: u64) -> Result<String, Error> {
    let days = i64::try_from(day).ok();
    let span = days.and_then(|days| Span::new().try_days(days).ok());
    let date = span.and_then(|span| EPOCH.checked_add(span).ok());
    let date = date.ok_or_else(|| Error::Refused(format!("day {day} is in no calendar")))?;
    Ok(format!("{table}_{}", date.strftime("%Y_%m_%d")))
}

fn day_of(table: &str, name: &str) -> Option<u64> {
    let date = name.strip_prefix(table)?.strip_prefix('_')?;
    let date = Date::strptime("%Y_%m_%d", date).ok()?;
    let days = date.since((jiff::Unit::Day, EPOCH)).ok()?.get_days();
    u64::try_from(days).ok()
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;

    use super::*;

    #[test]
    fn a_partition_is_called_by_its_date() {
        let day = 20_782;
        let name = name("requests", day).unwrap();
        assert_eq!(name, "requests_2026_11_25");
        assert_eq!(day_of("requests", &name), Some(day));
        assert_eq!(day_of("requests", "requests_of_my_own"), None);
        assert_eq!(
            EPOCH.checked_add(20_782.days()).unwrap().to_string(),
            "2026-11-25"
        );
        assert!(super::name("requests", u64::MAX).is_err());
    }
}
