//! Rows as bound values, many in one prepared statement.

use std::sync::Arc;

use sqlx::any::{Any, AnyArguments};
use sqlx::query::Query;
use sqlx::{Arguments as _, AssertSqlSafe, SqlSafeStr as _, SqlStr};

use super::super::columns::Column;
use super::super::record::Value;
use crate::database::Error;

/// Rows of the largest statement: 26 columns of them are far below SQLite's 32,766 values.
const MOST: usize = 64;

/// Statements for 64, 32, … 1 rows: any number is a few of them, and a connection keeps them all
/// prepared.
#[derive(Debug)]
pub(in super::super) struct Insert {
    /// From the largest.
    sizes: Vec<(usize, SqlStr)>,
    columns: usize,
}

impl Insert {
    pub(super) fn new(table: &str, columns: &[Column]) -> Self {
        let halved = |rows: &usize| Some(rows / 2).filter(|rows| *rows > 0);
        let sizes = std::iter::successors(Some(MOST), halved);
        Self {
            sizes: sizes
                .map(|rows| (rows, statement(table, columns, rows)))
                .collect(),
            columns: columns.len(),
        }
    }

    /// The statements that insert these lines, in their order.
    pub(super) fn queries<'a, L, V>(
        &self,
        mut lines: &'a [L],
        values: impl Fn(&'a L) -> V,
    ) -> Result<Vec<Query<'static, Any, AnyArguments>>, Error>
    where
        V: IntoIterator<Item = Value<'a>>,
    {
        let mut queries = Vec::new();
        for (rows, sql) in &self.sizes {
            while let Some((now, later)) = lines.split_at_checked(*rows) {
                let mut arguments = AnyArguments::default();
                arguments.reserve(rows * self.columns, 0);
                for value in now.iter().flat_map(&values) {
                    bind(&mut arguments, value)?;
                }
                queries.push(sqlx::query_with(sql.clone(), arguments));
                lines = later;
            }
        }
        Ok(queries)
    }
}

fn statement(table: &str, columns: &[Column], rows: usize) -> SqlStr {
    let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
    let line = format!("({})", vec!["?"; columns.len()].join(", "));
    let sql = format!(
        "INSERT INTO {table} ({}) VALUES {} ON CONFLICT DO NOTHING",
        names.join(", "),
        vec![line; rows].join(", ")
    );
    AssertSqlSafe(Arc::<str>::from(sql)).into_sql_str()
}

fn bind(arguments: &mut AnyArguments, value: Value) -> Result<(), Error> {
    let bound = match value {
        Value::Text(text) => arguments.add(text.map(str::to_owned)),
        Value::Truth(truth) => arguments.add(truth),
        Value::Number(number) => {
            let number = number.map(i64::try_from).transpose();
            let number = number.map_err(|error| Error::Refused(error.to_string()))?;
            arguments.add(number)
        }
    };
    bound.map_err(|error| Error::Refused(error.to_string()))
}
