//! Why a change of a key is refused.

use crate::database;

/// Why a change of a key is refused. Nothing is changed then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A field is wrong.
    Field {
        /// Its path, such as `budgets[0].usd`.
        field: String,
        /// What is wrong with it.
        message: String,
    },
    /// There is no such key.
    NotFound,
    /// There is one of this id already.
    Exists,
    /// It is in the configuration.
    Configured,
    /// Somebody else has changed it meanwhile.
    Conflict,
    /// There are as many as there can be.
    Full,
    /// The system has no randomness.
    NoRandomness,
    /// The database.
    Database(database::Error),
}

impl Problem {
    pub(super) fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Field {
            field: field.into(),
            message: message.into(),
        }
    }

    /// The same, where the field is part of another one.
    pub(super) fn within(self, outer: &str) -> Self {
        match self {
            Self::Field { field, message } => {
                let dot = if field.starts_with('[') { "" } else { "." };
                Self::field(format!("{outer}{dot}{field}"), message)
            }
            other => other,
        }
    }
}

impl From<database::Error> for Problem {
    fn from(error: database::Error) -> Self {
        Self::Database(error)
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}
