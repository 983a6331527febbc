//! What can go wrong with a database, by what is to be done about it.

use std::fmt;

/// Why the database did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// It cannot be reached, or cannot do it now: ask again later.
    Away(String),
    /// It will never take what it was given.
    Refused(String),
    /// What was asked takes too long, or gives too much: ask for less.
    TooMuch(String),
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Away(why) => write!(out, "the database is away: {why}"),
            Self::Refused(why) => write!(out, "the database refuses it: {why}"),
            Self::TooMuch(why) => out.write_str(why),
        }
    }
}

impl std::error::Error for Error {}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let sqlx::Error::Database(inner) = &error else {
            return Self::Away(error.to_string());
        };
        let code = inner.code().unwrap_or_default();
        match &*code {
            // PostgreSQL's query_canceled: our own statement_timeout.
            "57014" => Self::TooMuch("this takes too long: ask for less".to_owned()),
            code if is_about_the_data(code) => Self::Refused(inner.message().to_owned()),
            _ => Self::Away(inner.message().to_owned()),
        }
    }
}

/// PostgreSQL's classes "data exception" and "integrity constraint violation", which have five
/// characters; SQLite's primary codes TOOBIG, CONSTRAINT and MISMATCH, in the lowest eight bits.
fn is_about_the_data(code: &str) -> bool {
    if code.len() == 5 && (code.starts_with("22") || code.starts_with("23")) {
        return true;
    }
    let primary = code.parse::<u32>().map_or(0, |code| code & 0xff);
    code.len() < 5 && matches!(primary, 18..=20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_data_is_told_from_what_is_wrong_with_the_database() {
        for code in ["22P02", "23505", "19", "1555", "20"] {
            assert!(is_about_the_data(code), "{code}");
        }
        for code in ["57P01", "53300", "40P01", "5", "10", "13", "266", ""] {
            assert!(!is_about_the_data(code), "{code}");
        }
    }
}
