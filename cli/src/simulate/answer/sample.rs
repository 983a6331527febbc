//! An instance of a JSON Schema: the simplest one that fits.
//!
//! Covered: `const`, `enum`, `default`, `examples`, `type` (also a list), `properties`
//! with `required`, `items`, `minItems`, `minimum`, `minLength`, `anyOf`, `oneOf`,
//! `allOf`, `$ref` into `$defs` or `definitions`. Anything else is ignored; what
//! cannot be understood becomes `null`.

use serde_json::{Map, Value, json};

use crate::simulate::json::list;

/// Recursive schemas end here.
const DEPTH: usize = 24;

pub(crate) fn instance(schema: &Value) -> Value {
    value(schema, schema, DEPTH)
}

fn value(schema: &Value, root: &Value, depth: usize) -> Value {
    let Some(depth) = depth.checked_sub(1) else {
        return Value::Null;
    };
    if let Some(given) = given(schema) {
        return given;
    }
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        return resolve(target, root).map_or(Value::Null, |schema| value(schema, root, depth));
    }
    if let Some(option) = first_option(schema) {
        return value(option, root, depth);
    }
    match type_name(schema) {
        Some("object") => object(schema, root, depth),
        Some("array") => array(schema, root, depth),
        Some("string") => text(schema),
        Some("integer") => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        Some("number") => schema.get("minimum").cloned().unwrap_or_else(|| json!(1.5)),
        Some("boolean") => Value::Bool(true),
        _ if schema.get("properties").is_some() => object(schema, root, depth),
        _ => Value::Null,
    }
}

/// A value that the schema itself names.
fn given(schema: &Value) -> Option<Value> {
    let first = |key: &str| {
        schema
            .get(key)
            .and_then(Value::as_array)
            .and_then(|all| all.first())
    };
    schema
        .get("const")
        .or_else(|| first("enum"))
        .or_else(|| schema.get("default"))
        .or_else(|| first("examples"))
        .cloned()
}

fn resolve<'a>(target: &str, root: &'a Value) -> Option<&'a Value> {
    root.pointer(target.strip_prefix('#')?)
}

/// The first alternative that is not `null`.
fn first_option(schema: &Value) -> Option<&Value> {
    let options = schema
        .get("anyOf")
        .or_else(|| schema.get("oneOf"))?
        .as_array()?;
    options
        .iter()
        .find(|option| type_name(option) != Some("null"))
        .or_else(|| options.first())
}

fn type_name(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::Array(types) => types
            .iter()
            .filter_map(Value::as_str)
            .find(|name| *name != "null")
            .or(Some("null")),
        single => single.as_str(),
    }
}

fn object(schema: &Value, root: &Value, depth: usize) -> Value {
    let mut filled = Map::new();
    fill(&mut filled, schema, root, depth);
    for part in list(schema, "allOf").iter() {
        fill(&mut filled, part, root, depth);
    }
    Value::Object(filled)
}

fn fill(filled: &mut Map<String, Value>, schema: &Value, root: &Value, depth: usize) {
    let names = list(schema, "required").iter();
    for name in names.filter_map(Value::as_str) {
        let property = schema
            .get("properties")
            .and_then(|properties| properties.get(name));
        let filling = property.map_or(Value::Null, |property| value(property, root, depth));
        filled.insert(name.to_owned(), filling);
    }
}

fn array(schema: &Value, root: &Value, depth: usize) -> Value {
    let count = schema
        .get("minItems")
        .and_then(Value::as_u64)
        .unwrap_or(1)
        .clamp(1, 16);
    let item = schema
        .get("items")
        .map_or(Value::Null, |items| value(items, root, depth));
    (0..count).map(|_| item.clone()).collect()
}

fn text(schema: &Value) -> Value {
    let text = match schema.get("format").and_then(Value::as_str) {
        Some("date") => "2026-01-02",
        Some("date-time") => "2026-01-02T03:04:05Z",
        Some("email") => "someone@example.com",
        Some("uri") => "https://example.com/",
        Some("uuid") => "00000000-0000-4000-8000-000000000000",
        _ => "example",
    };
    let shortest = schema
        .get("minLength")
        .and_then(Value::as_u64)
        .unwrap_or(0)
        .min(1_000);
    let missing = usize::try_from(shortest)
        .unwrap_or(0)
        .saturating_sub(text.len());
    Value::String(format!("{text}{}", "e".repeat(missing)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn required_properties_are_filled_in_and_optional_ones_left_out() {
        let schema = json!({"type": "object", "required": ["city", "days", "units"], "properties": {
            "city": {"type": "string"}, "days": {"type": ["null", "integer"], "minimum": 3},
            "units": {"enum": ["metric", "imperial"]}, "note": {"type": "string"}}});
        assert_eq!(
            instance(&schema),
            json!({"city": "example", "days": 3, "units": "metric"})
        );
    }

    #[test]
    fn references_alternatives_and_lists_are_followed() {
        let schema = json!({"$defs": {"step": {"type": "object", "required": ["why"],
            "properties": {"why": {"anyOf": [{"type": "null"}, {"type": "string"}]}}}},
            "type": "object", "required": ["steps"],
            "properties": {"steps": {"type": "array", "minItems": 2, "items": {"$ref": "#/$defs/step"}}}});
        assert_eq!(
            instance(&schema),
            json!({"steps": [{"why": "example"}, {"why": "example"}]})
        );
    }

    #[test]
    fn a_schema_that_contains_itself_ends() {
        let schema =
            json!({"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#"}}});
        assert!(instance(&schema).is_object());
    }
}
