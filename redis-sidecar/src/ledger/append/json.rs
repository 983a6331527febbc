//! Rows as one JSON text, which the database takes apart.

use std::sync::Arc;

use serde::Serialize;
use sqlx::any::{Any, AnyArguments};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};

use super::super::columns::{Column, Holds};
use crate::database::Error;

/// A statement that inserts any number of rows.
#[derive(Debug)]
pub(in super::super) struct Insert(SqlStr);

impl Insert {
    pub(super) fn new(table: &str, columns: &[Column]) -> Self {
        let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
        let names = names.join(", ");
        let kinds = columns.iter().map(|(name, holds)| match holds {
            Holds::Text => format!("{name} TEXT"),
            Holds::Number => format!("{name} BIGINT"),
            Holds::Truth => format!("{name} BOOLEAN"),
        });
        let kinds: Vec<_> = kinds.collect();
        let sql = format!(
            "INSERT INTO {table} ({names}) SELECT {names} \
             FROM json_to_recordset($1::json) AS batch ({}) ON CONFLICT DO NOTHING",
            kinds.join(", ")
        );
        Self(AssertSqlSafe(Arc::<str>::from(sql)).into_sql_str())
    }

    pub(super) fn query(
        &self,
        lines: &[impl Serialize],
    ) -> Result<Query<'static, Any, AnyArguments>, Error> {
        let text = serde_json::to_string(lines);
        let text = text.map_err(|error| Error::Refused(error.to_string()))?;
        Ok(sqlx::query(self.0.clone()).bind(text))
    }
}
