//! Output schemas: only the part of JSON Schema that decoding can be constrained to.
//!
//! Source: the vendor's page on structured outputs and the errors that users quote,
//! checked 2026-11-21.

use serde_json::{Map, Value};

use super::error::invalid;
use crate::simulate::json::list;
use crate::simulate::vendor::Refusal;

/// Keywords that are refused wherever they stand, with the type in whose name.
const REFUSED: &[(&str, &[&str])] = &[
    (
        "integer",
        &[
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
        ],
    ),
    (
        "number",
        &[
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
        ],
    ),
    ("string", &["minLength", "maxLength"]),
    ("array", &["maxItems", "uniqueItems", "contains"]),
    (
        "object",
        &[
            "minProperties",
            "maxProperties",
            "patternProperties",
            "propertyNames",
        ],
    ),
];

pub(super) fn check(request: &Value) -> Result<(), Refusal> {
    if let Some(schema) = request.pointer("/output_config/format/schema") {
        subschema("output_config.format.schema", schema)?;
    }
    let tools = list(request, "tools").iter();
    for (index, tool) in tools.enumerate() {
        if let (Some(Value::Bool(true)), Some(schema)) =
            (tool.get("strict"), tool.get("input_schema"))
        {
            subschema(&format!("tools.{index}.custom"), schema)?;
        }
    }
    Ok(())
}

fn subschema(place: &str, schema: &Value) -> Result<(), Refusal> {
    let Value::Object(schema) = schema else {
        return Ok(());
    };
    for name in ["oneOf", "not", "if", "dependentSchemas"] {
        if schema.contains_key(name) {
            return Err(invalid(format!(
                "{place}: Schema keyword '{name}' is not supported"
            )));
        }
    }
    keywords(place, schema)?;
    closed(place, schema)?;
    for part in parts(schema) {
        subschema(place, part)?;
    }
    Ok(())
}

fn keywords(place: &str, schema: &Map<String, Value>) -> Result<(), Refusal> {
    for (kind, refused) in REFUSED.iter().filter(|(kind, _)| is_type(schema, kind)) {
        if let Some(name) = refused.iter().find(|name| schema.contains_key(**name)) {
            return Err(invalid(format!(
                "{place}: For '{kind}' type, property '{name}' is not supported"
            )));
        }
    }
    match schema.get("minItems").and_then(Value::as_u64) {
        Some(2..) => Err(invalid(format!(
            "{place}: For 'array' type, 'minItems' values other than 0 or 1 are not supported"
        ))),
        _ => Ok(()),
    }
}

fn closed(place: &str, schema: &Map<String, Value>) -> Result<(), Refusal> {
    let open = schema.get("additionalProperties") != Some(&Value::Bool(false));
    if is_type(schema, "object") && open {
        return Err(invalid(format!(
            "{place}: For 'object' type, 'additionalProperties' must be explicitly set to false"
        )));
    }
    Ok(())
}

fn is_type(schema: &Map<String, Value>, kind: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(name)) => name == kind,
        Some(Value::Array(names)) => names.iter().any(|name| name == kind),
        _ => false,
    }
}

/// The schemas inside a schema.
fn parts(schema: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    let named = ["properties", "$defs", "definitions"]
        .into_iter()
        .filter_map(|name| schema.get(name)?.as_object())
        .flat_map(Map::values);
    let listed = ["anyOf", "allOf", "prefixItems"]
        .into_iter()
        .filter_map(|name| schema.get(name)?.as_array())
        .flatten();
    named.chain(listed).chain(schema.get("items"))
}
