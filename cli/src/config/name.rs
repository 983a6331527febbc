//! Which names are allowed, and why not others: they become cluster names, header values, map
//! keys of Envoy's route and parts of log lines, and must mean the same in all of them.

use tidegate::config::written::{KEY_ID_PUNCTUATION, name_problem};

use super::field::Field;

/// A provider's or a team's name: also a cluster's name and part of statistics' names.
pub(crate) fn short(field: &Field<'_>, what: &str, name: &str) -> bool {
    check(field, what, name, "._-")
}

/// A name that clients send: a model's or an alias. Vendors use `/`, `:`, `@` and `+` in theirs.
pub(crate) fn model(field: &Field<'_>, what: &str, name: &str) -> bool {
    check(field, what, name, "._-/:@+")
}

/// What is wrong with a virtual key's id.
pub(crate) fn key_id_problem(name: &str) -> Option<String> {
    problem("a key's id", name, KEY_ID_PUNCTUATION)
}

fn check(field: &Field<'_>, what: &str, name: &str, punctuation: &str) -> bool {
    let problem = problem(what, name, punctuation);
    let valid = problem.is_none();
    if let Some(problem) = problem {
        field.report(problem);
    }
    valid
}

fn problem(what: &str, name: &str, punctuation: &str) -> Option<String> {
    name_problem(name, punctuation).map(|problem| format!("{what} {problem}"))
}
