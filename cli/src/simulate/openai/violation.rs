//! What is wrong with a field, in OpenAI's words.
//!
//! Source: error messages that users of the API quote, checked 2026-11-21.

use super::error::invalid;
use crate::simulate::shape::{Kind, Problem, Step, Violation};
use crate::simulate::vendor::Refusal;

/// A violation of `shapes.rs`.
pub(super) fn describe(violation: &Violation) -> Refusal {
    let path = path(&violation.path);
    match &violation.problem {
        Problem::Missing => missing(&path),
        Problem::MissingTag { tag } => missing(&join(&path, tag)),
        Problem::Unknown => {
            invalid(format!("Unknown parameter: '{path}'.")).param(path).code("unknown_parameter")
        }
        Problem::WrongType { expected, got } => wrong_type(path, expected, *got),
        Problem::NotOneOf { got, allowed } => not_supported(path, got, allowed),
        Problem::UnknownCase { tag, got, allowed } => not_supported(join(&path, tag), got, allowed),
        Problem::Below { min, got, kind } => {
            let kind = noun(*kind);
            invalid(format!(
                "Invalid '{path}': {kind} below minimum value. Expected a value >= {min}, but got {got} instead."
            ))
            .param(path)
            .code(&format!("{kind}_below_min_value"))
        }
        Problem::Above { max, got, kind } => {
            let kind = noun(*kind);
            invalid(format!(
                "Invalid '{path}': {kind} above maximum value. Expected a value <= {max}, but got {got} instead."
            ))
            .param(path)
            .code(&format!("{kind}_above_max_value"))
        }
        Problem::TooShort { min, got, kind } => too_short(path, *min, *got, *kind),
        Problem::TooLong { max, got, kind } => too_long(path, *max, *got, *kind),
        Problem::NoMatch { pattern } => invalid(format!(
            "Invalid '{path}': string does not match pattern. Expected a string that matches the pattern '{pattern}'."
        ))
        .param(path)
        .code("invalid_value"),
    }
}

fn missing(path: &str) -> Refusal {
    invalid(format!("Missing required parameter: '{path}'."))
        .param(path)
        .code("missing_required_parameter")
}

fn wrong_type(path: String, expected: &[Kind], got: Kind) -> Refusal {
    let names: Vec<&str> = expected.iter().map(|kind| a(*kind)).collect();
    let expected = match names.as_slice() {
        [single] => (*single).to_owned(),
        several => format!("one of {}", alternatives(several)),
    };
    invalid(format!(
        "Invalid type for '{path}': expected {expected}, but got {} instead.",
        a(got)
    ))
    .param(path)
    .code("invalid_type")
}

/// `a string or array of objects`: the article is said once.
fn alternatives(names: &[&str]) -> String {
    let bare = |(index, name): (usize, &&str)| match index {
        0 => (*name).to_owned(),
        _ => name
            .split_once(' ')
            .map_or(*name, |(_, noun)| noun)
            .to_owned(),
    };
    names
        .iter()
        .enumerate()
        .map(bare)
        .collect::<Vec<_>>()
        .join(" or ")
}

fn not_supported(path: String, got: &str, allowed: &[&str]) -> Refusal {
    let allowed = enumerate(allowed);
    invalid(format!(
        "Invalid value: '{got}'. Supported values are: {allowed}."
    ))
    .param(path)
    .code("invalid_value")
}

/// `'a', 'b', and 'c'`.
pub(super) fn enumerate(values: &[&str]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| format!("'{value}'")).collect();
    match quoted.as_slice() {
        [first, second] => format!("{first} and {second}"),
        [head @ .., last] if !head.is_empty() => format!("{}, and {last}", head.join(", ")),
        few => few.concat(),
    }
}

fn too_short(path: String, min: usize, got: usize, kind: Kind) -> Refusal {
    let noun = noun(kind);
    if got == 0 {
        let an = a(kind)
            .replacen(' ', " empty ", 1)
            .replacen("a empty", "an empty", 1);
        return invalid(format!(
            "Invalid '{path}': empty {noun}. Expected {} with minimum length {min}, but got {an} instead.",
            a(kind)
        ))
        .param(path)
        .code(&format!("empty_{noun}"));
    }
    invalid(format!(
        "Invalid '{path}': {noun} too short. Expected {0} with minimum length {min}, but got {0} with length {got} instead.",
        a(kind)
    ))
    .param(path)
    .code(&format!("{noun}_below_min_length"))
}

fn too_long(path: String, max: usize, got: usize, kind: Kind) -> Refusal {
    let noun = noun(kind);
    invalid(format!(
        "Invalid '{path}': {noun} too long. Expected {0} with maximum length {max}, but got {0} with length {got} instead.",
        a(kind)
    ))
    .param(path)
    .code(&format!("{noun}_above_max_length"))
}

/// `messages[0].content`.
fn path(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Field(name) => path = join(&path, name),
            Step::Index(index) => path = format!("{path}[{index}]"),
            Step::Case(_) => {}
        }
    }
    path
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

fn a(kind: Kind) -> &'static str {
    match kind {
        Kind::Null => "null",
        Kind::Bool => "a boolean",
        Kind::Integer => "an integer",
        Kind::Number => "a decimal",
        Kind::Text => "a string",
        Kind::List => "an array",
        Kind::ListOfObjects => "an array of objects",
        Kind::Object => "an object",
    }
}

fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::Null => "null",
        Kind::Bool => "boolean",
        Kind::Integer => "integer",
        Kind::Number => "decimal",
        Kind::Text => "string",
        Kind::List | Kind::ListOfObjects => "array",
        Kind::Object => "object",
    }
}
