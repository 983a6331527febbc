//! Arguments of a call.
//!
//! They come whole, or, where the client has asked Vertex for it
//! (`streamFunctionCallArguments`), as values with their places, strings in several pieces:
//!
//! ```text
//! {"jsonPath": "$.cities[0].name", "stringValue": "Bos", "willContinue": true}
//! ```
//!
//! Pieces are put together to the whole object, which is bounded. A place that is no path, or that
//! contradicts an earlier one, fails the answer: its call would be another one.

use std::borrow::Cow;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::super::wire::read::PartialArg;
use super::malformed;
use crate::chat::Error;

/// Most bytes of strings and paths of one call.
const MAX_SIZE: usize = 16 * 1024 * 1024;

/// Deepest place of a value.
const MAX_DEPTH: usize = 64;

/// Most elements that a list may get at once: pieces come in order.
const MAX_GAP: usize = 1024;

/// JSON without the white space that AI Studio writes around values.
pub(super) fn compact(json: &RawValue) -> Cow<'_, str> {
    let text = json.get();
    if !text.contains(['\n', '\r', ' ', '\t']) {
        return Cow::Borrowed(text);
    }
    let (mut in_string, mut is_escaped) = (false, false);
    let kept = text.chars().filter(|&c| {
        if in_string {
            in_string = c != '"' || is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            return true;
        }
        in_string = c == '"';
        !c.is_ascii_whitespace()
    });
    Cow::Owned(kept.collect())
}

/// Arguments that are put together.
pub(super) struct Arguments {
    root: Value,
    size: usize,
}

impl Arguments {
    /// The beginning, which may hold some of them already.
    pub(super) fn new(args: Option<&RawValue>) -> Self {
        let whole = args.and_then(|args| serde_json::from_str(args.get()).ok());
        Self {
            root: whole
                .filter(Value::is_object)
                .unwrap_or_else(|| Value::Object(Map::new())),
            size: args.map_or(0, |args| args.get().len()),
        }
    }

    /// Takes a piece.
    ///
    /// # Errors
    /// Where it has no place, or the arguments become too large.
    pub(super) fn add(&mut self, piece: &PartialArg<'_>) -> Result<(), Error> {
        let path = piece.json_path.as_deref().ok_or_else(malformed)?;
        let text = piece.string_value.as_deref();
        let grown = path.len().saturating_add(text.map_or(0, str::len));
        self.size = self.size.saturating_add(grown);
        if self.size > MAX_SIZE {
            return Err(Error::upstream("a tool call of Gemini's is too large"));
        }
        let slot = place(&mut self.root, path).ok_or_else(malformed)?;
        match (slot, text) {
            (Value::String(whole), Some(text)) => whole.push_str(text),
            (slot @ Value::Null, Some(text)) => *slot = text.into(),
            (slot @ Value::Null, None) => *slot = scalar(piece),
            _ => return Err(malformed()),
        }
        Ok(())
    }

    /// The JSON of the whole object.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(super) fn into_json(self) -> Result<String, Error> {
        serde_json::to_string(&self.root).map_err(|_| malformed())
    }
}

fn scalar(piece: &PartialArg<'_>) -> Value {
    match (&piece.number_value, piece.bool_value) {
        (Some(number), _) => Value::Number(number.clone()),
        (None, Some(truth)) => Value::Bool(truth),
        (None, None) => Value::Null,
    }
}

/// The value in a place, which is made where it is not there yet.
fn place<'v>(root: &'v mut Value, path: &str) -> Option<&'v mut Value> {
    let mut rest = path.strip_prefix('$')?;
    let mut value = root;
    for _ in 0..MAX_DEPTH {
        let Some((step, after)) = step(rest) else {
            return rest.is_empty().then_some(value);
        };
        rest = after;
        value = match step {
            Step::Member(name) => {
                let object = become_if_null(value, || Value::Object(Map::new()));
                object.as_object_mut()?.entry(name).or_insert(Value::Null)
            }
            Step::Element(index) => {
                let list = become_if_null(value, || Value::Array(Vec::new()));
                let list = list.as_array_mut()?;
                if index >= list.len().saturating_add(MAX_GAP) {
                    return None;
                }
                if index >= list.len() {
                    list.resize(index.saturating_add(1), Value::Null);
                }
                list.get_mut(index)?
            }
        };
    }
    None
}

fn become_if_null(value: &mut Value, new: impl FnOnce() -> Value) -> &mut Value {
    if value.is_null() {
        *value = new();
    }
    value
}

enum Step {
    Member(String),
    Element(usize),
}

/// The first step of a path (RFC 9535, single places only): `.name`, `[0]`, `['name']`.
fn step(path: &str) -> Option<(Step, &str)> {
    if let Some(rest) = path.strip_prefix('.') {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, rest) = rest.split_at_checked(end)?;
        return (!name.is_empty()).then(|| (Step::Member(name.to_owned()), rest));
    }
    let inside = path.strip_prefix('[')?;
    for quote in ['\'', '"'] {
        if let Some(quoted) = inside.strip_prefix(quote) {
            return quoted_name(quoted, quote);
        }
    }
    let (index, rest) = inside.split_once(']')?;
    Some((Step::Element(index.parse().ok()?), rest))
}

/// A name in quotes, and what comes behind its bracket.
fn quoted_name(text: &str, quote: char) -> Option<(Step, &str)> {
    let mut name = String::new();
    let mut letters = text.chars();
    loop {
        match letters.next()? {
            '\\' => name.push(letters.next()?),
            letter if letter == quote => break,
            letter => name.push(letter),
        }
    }
    Some((Step::Member(name), letters.as_str().strip_prefix(']')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put_together(pieces: &[&str]) -> Result<String, Error> {
        let mut arguments = Arguments::new(None);
        for piece in pieces {
            arguments.add(&serde_json::from_str(piece).unwrap())?;
        }
        arguments.into_json()
    }

    #[test]
    fn pieces_find_their_places() {
        let seen = put_together(&[
            r#"{"jsonPath":"$.city","stringValue":"Bos","willContinue":true}"#,
            r#"{"jsonPath":"$.city","stringValue":"ton"}"#,
            r#"{"jsonPath":"$.days[0].hot","boolValue":true}"#,
            r#"{"jsonPath":"$.days[1]['a.b'][0]","numberValue":1.5}"#,
            r#"{"jsonPath":"$['it\\'s']","nullValue":"NULL_VALUE"}"#,
            r#"{"jsonPath":"$.n","numberValue":12}"#,
        ]);
        let expected =
            r#"{"city":"Boston","days":[{"hot":true},{"a.b":[1.5]}],"it's":null,"n":12}"#;
        assert_eq!(seen.unwrap(), expected);
        assert_eq!(put_together(&[]).unwrap(), "{}");
    }

    #[test]
    fn places_that_are_none_fail() {
        let deep = format!("${}", ".a".repeat(MAX_DEPTH + 1));
        for path in [
            "",
            "city",
            "$.",
            "$x",
            "$..a",
            "$[",
            "$[x]",
            "$['a]",
            "$['a'x",
            "$[-1]",
            "$[99999999]",
            &deep,
        ] {
            let piece = format!(r#"{{"jsonPath":{},"boolValue":true}}"#, Value::from(path));
            assert!(put_together(&[&piece]).is_err(), "{path}");
        }
        let string_then_object = [
            r#"{"jsonPath":"$.a","stringValue":"x"}"#,
            r#"{"jsonPath":"$.a.b","stringValue":"y"}"#,
        ];
        assert!(put_together(&string_then_object).is_err());
        assert!(put_together(&[r#"{"stringValue":"x"}"#]).is_err());
    }

    #[test]
    fn white_space_between_values_goes() {
        for (json, expected) in [
            (r#"{"a":1}"#, r#"{"a":1}"#),
            (
                "{\n  \"a b\": [ 1, \"x \\\" y\\\\\" ]\n}",
                r#"{"a b":["1"]}"#,
            ),
        ] {
            let raw: &RawValue = serde_json::from_str(json).unwrap();
            let seen = compact(raw);
            let same: Value = serde_json::from_str(&seen).unwrap();
            assert_eq!(same, serde_json::from_str::<Value>(json).unwrap());
            assert!(!seen.contains('\n') && seen.len() >= expected.len());
        }
    }
}
