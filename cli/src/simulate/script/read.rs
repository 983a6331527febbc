//! Where steps come from: scripts in YAML or JSON, and headers of a request.

use hyper::HeaderMap;
use serde_json::{Map, Value};

use super::Step;
use crate::yaml::{self, Position};

/// Reads a script; JSON is YAML too.
pub(crate) fn parse(text: &str) -> Result<Vec<Step>, String> {
    match serde_json::from_str(text) {
        Ok(document) => steps(document),
        Err(_) => steps(yaml_to_json(text)?),
    }
}

pub(crate) fn yaml_to_json(text: &str) -> Result<Value, String> {
    let node = yaml::load(text).map_err(|why| {
        let Position { line, column } = why.at;
        format!("line {line}, column {column}: {}", why.message)
    })?;
    Ok(json(node.value))
}

/// A plain scalar is what JSON takes it for, and a text otherwise.
fn json(value: yaml::Value) -> Value {
    match value {
        yaml::Value::Null => Value::Null,
        yaml::Value::Scalar { text, plain: false } => Value::String(text),
        yaml::Value::Scalar { text, plain: true } => {
            serde_json::from_str(&text).unwrap_or(Value::String(text))
        }
        yaml::Value::List(items) => items.into_iter().map(|item| json(item.value)).collect(),
        yaml::Value::Map(entries) => entries
            .into_iter()
            .map(|(key, node)| (key.name, json(node.value)))
            .collect(),
    }
}

/// A list of steps, or an object with such a list under `steps`.
fn steps(document: Value) -> Result<Vec<Step>, String> {
    let list = match document {
        Value::Array(list) => list,
        Value::Object(mut object) => match object.remove("steps") {
            Some(Value::Array(list)) if object.is_empty() => list,
            _ => return Err("a script is a list of steps, or {\"steps\": [...]}".to_owned()),
        },
        _ => return Err("a script is a list of steps".to_owned()),
    };
    let last = list.len().saturating_sub(1);
    list.into_iter()
        .enumerate()
        .map(|(index, step)| read_step(index, last, step))
        .collect()
}

fn read_step(index: usize, last: usize, step: Value) -> Result<Step, String> {
    let step: Step =
        serde_json::from_value(step).map_err(|why| format!("steps[{index}]: {why}"))?;
    step.check()
        .map_err(|why| format!("steps[{index}]: {why}"))?;
    if step.repeat && index != last {
        return Err(format!(
            "steps[{index}].repeat: only the last step can repeat"
        ));
    }
    Ok(step)
}

const PREFIX: &str = "x-simulate-";

/// Whether a request carries a step of its own.
pub(crate) fn is_scripted(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| name.as_str().starts_with(PREFIX))
}

/// The step that a request carries in its `x-simulate-*` headers.
pub(super) fn from_headers(headers: &HeaderMap) -> Result<Option<Step>, String> {
    let mut fields = Map::new();
    for (name, value) in headers {
        let Some(field) = name.as_str().strip_prefix(PREFIX) else {
            continue;
        };
        let text = value
            .to_str()
            .map_err(|_| format!("{name}: not printable ASCII"))?;
        let value = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
        fields.insert(field.replace('-', "_"), value);
    }
    if fields.is_empty() {
        return Ok(None);
    }
    let step: Step = serde_json::from_value(Value::Object(fields))
        .map_err(|why| format!("x-simulate-* headers: {why}"))?;
    step.check()
        .map_err(|why| format!("x-simulate-* headers: {why}"))?;
    Ok(Some(step))
}
