//! Keys in the database.
//!
//! Every change first counts itself, in the one row that all changes update: they come one after the
//! other, and the count tells every sidecar that something has changed.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::any::{Any, AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Row as _, Transaction};

use super::problem::Problem;
use super::record::{Previous, Record};
use crate::database::{Database, Error};

/// Keys at most: all of them go to every filter whenever one changes.
const MOST: i64 = 20_000;

macro_rules! columns {
    () => {
        "id, sha256, previous_sha256, previous_until, team, models, expires, disabled, \
         rate_limits, budgets, metadata, created_ms, changed_ms, revision"
    };
}

const ALL: &str = concat!("SELECT ", columns!(), " FROM keys ORDER BY id");
const ONE: &str = concat!("SELECT ", columns!(), " FROM keys WHERE id = $1");

const INSERT: &str = concat!(
    "INSERT INTO keys (",
    columns!(),
    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
     ON CONFLICT DO NOTHING"
);

const UPDATE: &str = "UPDATE keys SET sha256 = $2, previous_sha256 = $3, previous_until = $4, \
     team = $5, models = $6, expires = $7, disabled = $8, rate_limits = $9, budgets = $10, \
     metadata = $11, created_ms = $12, changed_ms = $13, revision = $14 \
     WHERE id = $1 AND revision = $15";

/// The keys that were made through the admin API.
#[derive(Debug, Clone)]
pub struct KeyStore {
    database: Arc<Database>,
}

impl KeyStore {
    /// Keys of this database.
    pub fn new(database: Arc<Database>) -> Self {
        Self { database }
    }

    /// How many changes there were.
    ///
    /// # Errors
    /// [`Error::Away`].
    pub async fn changes(&self) -> Result<u64, Error> {
        let query = sqlx::query("SELECT count FROM key_changes");
        let row = query.fetch_one(self.database.reader().await?).await?;
        Ok(unsigned(row.try_get(0)?))
    }

    /// All keys, by their ids.
    ///
    /// # Errors
    /// [`Error::Away`].
    pub async fn all(&self) -> Result<Vec<Record>, Error> {
        let rows = sqlx::query(ALL)
            .fetch_all(self.database.reader().await?)
            .await?;
        rows.iter().map(read).collect()
    }

    /// The key of this id.
    ///
    /// # Errors
    /// [`Error::Away`].
    pub async fn one(&self, id: &str) -> Result<Option<Record>, Error> {
        let query = sqlx::query(ONE).bind(id.to_owned());
        let row = query.fetch_optional(self.database.reader().await?).await?;
        row.as_ref().map(read).transpose()
    }

    /// Adds a key.
    ///
    /// # Errors
    /// [`Problem::Exists`], [`Problem::Full`], [`Problem::Database`].
    pub async fn insert(&self, record: &Record) -> Result<(), Problem> {
        let (mut transaction, revision) = self.begin().await?;
        let count = sqlx::query("SELECT COUNT(*) FROM keys")
            .fetch_one(&mut *transaction)
            .await?;
        if count.try_get::<i64, _>(0)? >= MOST {
            return Err(Problem::Full);
        }
        let query = bind(INSERT, record, revision)?;
        if query.execute(&mut *transaction).await?.rows_affected() == 0 {
            return Err(Problem::Exists);
        }
        Ok(transaction.commit().await?)
    }

    /// Changes a key, unless somebody else has done so since it was read.
    ///
    /// # Errors
    /// [`Problem::Conflict`], [`Problem::Database`].
    pub async fn update(&self, record: &Record) -> Result<(), Problem> {
        let (mut transaction, revision) = self.begin().await?;
        let query = bind(UPDATE, record, revision)?.bind(record.revision.cast_signed());
        if query.execute(&mut *transaction).await?.rows_affected() == 0 {
            return Err(Problem::Conflict);
        }
        Ok(transaction.commit().await?)
    }

    /// Takes a key away.
    ///
    /// # Errors
    /// [`Problem::NotFound`], [`Problem::Database`].
    pub async fn delete(&self, id: &str) -> Result<(), Problem> {
        let (mut transaction, _) = self.begin().await?;
        let query = sqlx::query("DELETE FROM keys WHERE id = $1").bind(id.to_owned());
        if query.execute(&mut *transaction).await?.rows_affected() == 0 {
            return Err(Problem::NotFound);
        }
        Ok(transaction.commit().await?)
    }

    /// A change; what returns without a commit is undone.
    async fn begin(&self) -> Result<(Transaction<'static, Any>, i64), Problem> {
        let mut transaction = self.database.writer().await?.begin().await?;
        let query = sqlx::query("UPDATE key_changes SET count = count + 1 RETURNING count");
        let row = query.fetch_one(&mut *transaction).await?;
        let revision = row.try_get(0)?;
        Ok((transaction, revision))
    }
}

fn bind(
    sql: &'static str,
    record: &Record,
    revision: i64,
) -> Result<Query<'static, Any, AnyArguments>, Problem> {
    let previous = record.previous.as_ref();
    Ok(sqlx::query(sql)
        .bind(record.id.clone())
        .bind(record.sha256.clone())
        .bind(previous.map(|previous| previous.sha256.clone()))
        .bind(previous.map(|previous| previous.until.cast_signed()))
        .bind(record.team.clone())
        .bind(record.models.as_ref().map(json).transpose()?)
        .bind(record.expires.map(u64::cast_signed))
        .bind(i64::from(record.disabled))
        .bind(record.rate_limits.as_ref().map(json).transpose()?)
        .bind(record.budgets.as_ref().map(json).transpose()?)
        .bind(json(&record.metadata)?)
        .bind(record.created_ms.cast_signed())
        .bind(record.changed_ms.cast_signed())
        .bind(revision))
}

fn read(row: &AnyRow) -> Result<Record, Error> {
    let previous: Option<String> = row.try_get("previous_sha256")?;
    let until: Option<i64> = row.try_get("previous_until")?;
    let previous = previous.zip(until).map(|(sha256, until)| Previous {
        sha256,
        until: unsigned(until),
    });
    let expires: Option<i64> = row.try_get("expires")?;
    Ok(Record {
        id: row.try_get("id")?,
        sha256: row.try_get("sha256")?,
        previous,
        team: row.try_get("team")?,
        models: from_json(row, "models")?,
        expires: expires.map(unsigned),
        disabled: row.try_get::<i64, _>("disabled")? != 0,
        rate_limits: from_json(row, "rate_limits")?,
        budgets: from_json(row, "budgets")?,
        metadata: from_json(row, "metadata")?.unwrap_or_default(),
        created_ms: unsigned(row.try_get("created_ms")?),
        changed_ms: unsigned(row.try_get("changed_ms")?),
        revision: unsigned(row.try_get("revision")?),
    })
}

fn json(value: &impl Serialize) -> Result<String, Problem> {
    let text = serde_json::to_string(value);
    text.map_err(|error| Problem::Database(Error::Refused(error.to_string())))
}

fn from_json<T: DeserializeOwned>(row: &AnyRow, column: &str) -> Result<Option<T>, Error> {
    let text: Option<String> = row.try_get(column)?;
    let value = text.map(|text| serde_json::from_str(&text)).transpose();
    value.map_err(|error| Error::Away(format!("keys.{column}: {error}")))
}

fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}
