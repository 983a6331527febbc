//! JSON schemas that the API can hold a model to.
//!
//! Its constrained decoding takes a part of JSON schema: every object is closed, and ranges,
//! lengths and patterns are refused. The rules are those of `lib/_parse/_transform.py` in
//! Anthropic's SDK 2.11.0 (checked 2026-11-21), which rewrites schemas in the same way; type
//! arrays and `default` are taken too (structured outputs guide).
//!
//! A schema that fits keeps its bytes. Only one that does not is read into a tree; that is off the
//! usual path, and bounded by serde_json's limit on depth.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use fit::Fit;

mod fit;

/// What can be done with a schema.
pub(in crate::providers) enum Held {
    /// It fits.
    AsItIs,
    /// It fits after this has been made of it; what was taken out is in the descriptions.
    Rewritten(Box<RawValue>),
    /// It has objects with any number of fields, which the API cannot be told.
    Impossible,
}

/// Keywords of which a schema must have one: the API has no schema for "anything".
const SHAPES: &[&str] = &["type", "enum", "const", "anyOf", "allOf", "$ref"];

/// Formats of strings that the API knows.
const FORMATS: &[&str] = &[
    "date-time",
    "time",
    "date",
    "duration",
    "email",
    "hostname",
    "uri",
    "ipv4",
    "ipv6",
    "uuid",
];

/// Whether the API takes a schema as it is.
pub(in crate::providers) fn fits(json: &RawValue) -> bool {
    serde_json::from_str::<Fit>(json.get()).is_ok()
}

/// Makes a schema fit.
pub(in crate::providers) fn hold(json: &RawValue) -> Held {
    if fits(json) {
        return Held::AsItIs;
    }
    serde_json::from_str(json.get())
        .ok()
        .and_then(closed)
        .and_then(|schema| serde_json::value::to_raw_value(&schema).ok())
        .map_or(Held::Impossible, Held::Rewritten)
}

/// A schema in the API's part of JSON schema, its keys in their order; `None` where it is open.
fn closed(schema: Value) -> Option<Value> {
    let Value::Object(fields) = schema else {
        return None;
    };
    let is_reference = fields.contains_key("$ref");
    let is_object = is_object(&fields);
    if is_object && !is_reference && is_open(&fields) {
        return None;
    }
    let mut kept = Map::new();
    let mut lost = Vec::new();
    for (name, value) in fields {
        match keep(&name, value) {
            Kept::As(name, value) => {
                kept.insert(name, value?);
            }
            Kept::Closed => {}
            Kept::Not(_) if is_reference => {}
            Kept::Not(value) => lost.push(format!("{name}: {value}")),
        }
    }
    if is_object && !is_reference {
        kept.entry("type").or_insert_with(|| "object".into());
        kept.insert("additionalProperties".to_owned(), false.into());
    }
    describe(&mut kept, &lost);
    let has_shape = kept.keys().any(|name| SHAPES.contains(&name.as_str()));
    has_shape.then_some(Value::Object(kept))
}

/// What becomes of one keyword.
enum Kept {
    /// It stays under this name; `None` where there is an open object inside.
    As(String, Option<Value>),
    /// It says that the object is closed, or should be.
    Closed,
    /// It goes, and is told in words.
    Not(Value),
}

fn keep(name: &str, value: Value) -> Kept {
    let kept = match (name, &value) {
        ("properties" | "$defs" | "definitions", Value::Object(_)) => each_field(value),
        ("anyOf" | "oneOf" | "allOf", Value::Array(_)) => each_item(value),
        ("items", Value::Object(_)) => closed(value),
        ("additionalProperties" | "$schema", _) => return Kept::Closed,
        ("enum", Value::Array(values)) if values.iter().all(is_primitive) => Some(value),
        ("const", value) if is_primitive(value) => Some(value.clone()),
        ("format", Value::String(format)) if FORMATS.contains(&format.as_str()) => Some(value),
        ("minItems", Value::Number(least)) if least.as_u64().is_some_and(|n| n <= 1) => Some(value),
        ("type" | "required" | "description" | "title" | "default" | "$ref", _) => Some(value),
        _ => return Kept::Not(value),
    };
    let name = if name == "oneOf" { "anyOf" } else { name };
    Kept::As(name.to_owned(), kept)
}

fn each_field(value: Value) -> Option<Value> {
    let Value::Object(fields) = value else {
        return None;
    };
    let close = |(name, schema)| Some((name, closed(schema)?));
    fields
        .into_iter()
        .map(close)
        .collect::<Option<Map<_, _>>>()
        .map(Value::Object)
}

fn each_item(value: Value) -> Option<Value> {
    let Value::Array(items) = value else {
        return None;
    };
    let items: Option<Vec<_>> = items.into_iter().map(closed).collect();
    items.map(Value::Array)
}

fn is_object(fields: &Map<String, Value>) -> bool {
    match fields.get("type") {
        Some(Value::String(name)) => name == "object",
        Some(Value::Array(names)) => names.iter().any(|name| name == "object"),
        _ => fields.contains_key("properties"),
    }
}

/// Whether an object's fields are not all named: closing it would change what it can hold.
fn is_open(fields: &Map<String, Value>) -> bool {
    let has_properties = fields
        .get("properties")
        .and_then(Value::as_object)
        .is_some_and(|properties| !properties.is_empty());
    match fields.get("additionalProperties") {
        Some(Value::Bool(false)) => false,
        Some(Value::Object(_)) => true,
        _ => !has_properties,
    }
}

fn is_primitive(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

/// Tells in words what the model cannot be held to.
fn describe(schema: &mut Map<String, Value>, lost: &[String]) {
    if lost.is_empty() {
        return;
    }
    let lost = format!("{{{}}}", lost.join(", "));
    let text = match schema.get("description").and_then(Value::as_str) {
        Some(description) => format!("{description}\n\n{lost}"),
        None => lost,
    };
    schema.insert("description".to_owned(), text.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(schema: &str) -> String {
        let raw: &RawValue = serde_json::from_str(schema).unwrap();
        match hold(raw) {
            Held::AsItIs => "as it is".to_owned(),
            Held::Impossible => "impossible".to_owned(),
            Held::Rewritten(schema) => {
                assert!(fits(&schema), "a rewritten schema fits: {schema}");
                schema.get().to_owned()
            }
        }
    }

    #[test]
    fn a_schema_that_fits_is_left_alone() {
        for schema in [
            r#"{"type":"string"}"#,
            r##"{"type":"object","properties":{"z":{"$ref":"#/$defs/z"},"a":{"type":["string","null"],"description":"d"}},
                "required":["z","a"],"additionalProperties":false,
                "$defs":{"z":{"enum":["x",1,null,true]}}}"##,
            r#"{"type":"array","items":{"anyOf":[{"type":"null"},{"const":3}]},"minItems":1}"#,
            r#"{"type":"string","format":"date-time","title":"t","default":"now"}"#,
        ] {
            assert_eq!(held(schema), "as it is", "{schema}");
        }
    }

    #[test]
    fn objects_are_closed_and_ranges_are_told_in_words() {
        for (schema, expected) in [
            (
                r#"{"type":"object","properties":{"n":{"type":"integer","minimum":1,"maximum":9,"description":"How many"}}}"#,
                r#"{"type":"object","properties":{"n":{"type":"integer","description":"How many\n\n{minimum: 1, maximum: 9}"}},"additionalProperties":false}"#,
            ),
            (
                r#"{"$schema":"x","properties":{"b":{"oneOf":[{"type":"string","pattern":"^a"},{"type":"null"}]}},"additionalProperties":true}"#,
                r#"{"properties":{"b":{"anyOf":[{"type":"string","description":"{pattern: \"^a\"}"},{"type":"null"}]}},"type":"object","additionalProperties":false}"#,
            ),
            (
                r#"{"type":"array","items":{"type":"string","format":"regex"},"minItems":2,"uniqueItems":true}"#,
                r#"{"type":"array","items":{"type":"string","description":"{format: \"regex\"}"},"description":"{minItems: 2, uniqueItems: true}"}"#,
            ),
            (
                r##"{"$defs":{"a":{"type":"object","properties":{"x":{"type":"string"}}}},"$ref":"#/$defs/a","examples":[1]}"##,
                r##"{"$defs":{"a":{"type":"object","properties":{"x":{"type":"string"}},"additionalProperties":false}},"$ref":"#/$defs/a"}"##,
            ),
            (
                r#"{"enum":[{"a":1}],"type":"string"}"#,
                r#"{"type":"string","description":"{enum: [{\"a\":1}]}"}"#,
            ),
        ] {
            assert_eq!(held(schema), expected);
        }
    }

    #[test]
    fn an_object_with_any_fields_cannot_be_closed() {
        for schema in [
            r#"{"type":"object"}"#,
            r#"{"type":"object","properties":{}}"#,
            r#"{"type":"object","additionalProperties":{"type":"string"}}"#,
            r#"{"type":"object","properties":{"map":{"type":["object","null"]}},"additionalProperties":false}"#,
            r#"{"type":"array","items":{"type":"object","additionalProperties":true}}"#,
            r#"{"type":"object","properties":{"any":true}}"#,
            r#"{"type":"object","properties":{"any":{}},"additionalProperties":false}"#,
            r#"{"not":{"type":"string"}}"#,
            "7",
        ] {
            assert_eq!(held(schema), "impossible", "{schema}");
        }
    }

    #[test]
    fn a_schema_of_absurd_depth_is_no_schema() {
        let schema = format!(
            "{}{}",
            r#"{"items":"#.repeat(100_000),
            "{}".to_owned() + &"}".repeat(100_000)
        );
        assert_eq!(held(&schema), "impossible");
    }
}
