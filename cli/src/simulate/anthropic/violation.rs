//! What is wrong with a field, in Anthropic's words.
//!
//! Source: error messages that users of the API quote, checked 2026-11-21.

use super::error::invalid;
use crate::simulate::shape::{Kind, Problem, Step, Violation};
use crate::simulate::vendor::Refusal;

/// A violation of `shapes.rs`.
pub(super) fn describe(violation: &Violation) -> Refusal {
    let path = path(&violation.path);
    let complaint = match &violation.problem {
        Problem::Missing => "Field required".to_owned(),
        Problem::MissingTag { tag } => return invalid(format!("{path}.{tag}: Field required")),
        Problem::Unknown => "Extra inputs are not permitted".to_owned(),
        Problem::WrongType { expected, .. } => {
            format!(
                "Input should be a valid {}",
                expected.last().map_or("value", |kind| noun(*kind))
            )
        }
        Problem::NotOneOf { allowed, .. } => format!("Input should be {}", alternatives(allowed)),
        Problem::UnknownCase { tag, got, allowed } => {
            let quoted: Vec<String> = allowed.iter().map(|case| format!("'{case}'")).collect();
            format!(
                "Input tag '{got}' found using '{tag}' does not match any of the expected tags: {}",
                quoted.join(", ")
            )
        }
        Problem::Below { min, .. } => format!("Input should be greater than or equal to {min}"),
        Problem::Above { max, .. } => format!("Input should be less than or equal to {max}"),
        Problem::TooShort { min, got, kind } => too_short(*min, *got, *kind),
        Problem::TooLong { max, got, kind } => too_long(*max, *got, *kind),
        Problem::NoMatch { pattern } => format!("String should match pattern '{pattern}'"),
    };
    // A body that is no object has no path.
    invalid(if path.is_empty() {
        complaint
    } else {
        format!("{path}: {complaint}")
    })
}

fn too_short(min: usize, got: usize, kind: Kind) -> String {
    match kind {
        Kind::Text => format!(
            "String should have at least {min} {}",
            plural("character", min)
        ),
        _ => format!(
            "List should have at least {min} {} after validation, not {got}",
            plural("item", min)
        ),
    }
}

fn too_long(max: usize, got: usize, kind: Kind) -> String {
    match kind {
        Kind::Text => format!(
            "String should have at most {max} {}",
            plural("character", max)
        ),
        _ => format!(
            "List should have at most {max} {} after validation, not {got}",
            plural("item", max)
        ),
    }
}

fn plural(noun: &str, count: usize) -> String {
    if count == 1 {
        noun.to_owned()
    } else {
        format!("{noun}s")
    }
}

/// `'auto', 'any' or 'none'`.
fn alternatives(values: &[&str]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| format!("'{value}'")).collect();
    match quoted.as_slice() {
        [head @ .., last] if !head.is_empty() => format!("{} or {last}", head.join(", ")),
        _ => quoted.concat(),
    }
}

/// `messages.0.content.1.text.cache_control`. The case of a block is part of it, the
/// role of a message is not.
fn path(steps: &[Step]) -> String {
    let mut parts = Vec::new();
    for step in steps {
        match step {
            Step::Field(name) => parts.push(name.clone()),
            Step::Index(index) => parts.push(index.to_string()),
            Step::Case("user" | "assistant" | "system") => {}
            Step::Case(case) => parts.push((*case).to_owned()),
        }
    }
    parts.join(".")
}

fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::Null => "null",
        Kind::Bool => "boolean",
        Kind::Integer => "integer",
        Kind::Number => "number",
        Kind::Text => "string",
        Kind::List | Kind::ListOfObjects => "list",
        Kind::Object => "dictionary",
    }
}
