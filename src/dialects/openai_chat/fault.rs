//! What is wrong with a request, in OpenAI's words.

use crate::chat::Error;
use crate::json::{Fault, FaultKind};

/// The error that a client gets for a fault in its body.
pub(in crate::dialects) fn error(fault: &Fault, body: &[u8]) -> Error {
    let path = &fault.path;
    let (code, message) = match &fault.kind {
        FaultKind::Syntax(reason) => return syntax_error(reason, fault.position(body)),
        FaultKind::Missing if path == "model" => {
            return Error::invalid("you must provide a model parameter").with_param("model");
        }
        FaultKind::Missing => (
            "missing_required_parameter",
            format!("Missing required parameter: '{path}'."),
        ),
        FaultKind::Type { expected, found } => (
            "invalid_type",
            format!(
                "Invalid type for {}: expected {expected}, but got {found} instead.",
                name_of(path)
            ),
        ),
        FaultKind::Duplicate => (
            "duplicate_parameter",
            format!("Duplicate parameter: '{path}'."),
        ),
        FaultKind::Value { found, supported } => ("invalid_value", invalid_value(found, supported)),
        FaultKind::Invalid { code, reason } => (*code, format!("Invalid '{path}': {reason}.")),
    };
    let error = Error::invalid(message).with_code(code);
    match path.as_str() {
        "" => error,
        path => error.with_param(path),
    }
}

fn name_of(path: &str) -> String {
    match path {
        "" => "the request body".to_owned(),
        path => format!("'{path}'"),
    }
}

fn syntax_error(reason: &str, (line, column): (usize, usize)) -> Error {
    Error::invalid(format!(
        "We could not parse the JSON body of your request: {reason} at line {line} column {column}."
    ))
}

/// How much of a client's own value is told back.
const TOLD_BACK: usize = 64;

fn invalid_value(found: &str, supported: &[&str]) -> String {
    let found: String = found.chars().take(TOLD_BACK).collect();
    let quoted: Vec<String> = supported.iter().map(|value| format!("'{value}'")).collect();
    match quoted.split_last() {
        None => format!("Invalid value: '{found}'."),
        Some((only, [])) => format!("Invalid value: '{found}'. Value must be {only}."),
        Some((last, [first])) => {
            format!("Invalid value: '{found}'. Supported values are: {first} and {last}.")
        }
        Some((last, others)) => format!(
            "Invalid value: '{found}'. Supported values are: {}, and {last}.",
            others.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_listed_as_openai_lists_them() {
        assert_eq!(
            invalid_value("x", &["a", "b", "c"]),
            "Invalid value: 'x'. Supported values are: 'a', 'b', and 'c'."
        );
        assert_eq!(
            invalid_value("x", &["a", "b"]),
            "Invalid value: 'x'. Supported values are: 'a' and 'b'."
        );
        assert_eq!(
            invalid_value("x", &["a"]),
            "Invalid value: 'x'. Value must be 'a'."
        );
    }

    #[test]
    fn a_long_value_is_told_back_in_part() {
        assert!(invalid_value(&"é".repeat(10_000), &[]).len() < 200);
    }

    #[test]
    fn bad_json_is_told_with_its_position() {
        let fault = Fault::new(FaultKind::Syntax("expected `:`"), 3);
        let error = error(&fault, b"{\n\"a\"}");
        assert_eq!(
            error.message,
            "We could not parse the JSON body of your request: expected `:` at line 2 column 2."
        );
        assert_eq!((error.status, error.param), (400, None));
    }
}
