//! What must hold between the fields of a request, turns and media aside.

use std::collections::HashSet;

use serde_json::Value;

use super::Version;
use super::error::invalid;
use crate::simulate::json::{list, text};
use crate::simulate::vendor::Refusal;

const MOST_CACHE_MARKS: usize = 4;

/// Roles are complained about before all else, in words of their own.
pub(super) fn roles(request: &Value) -> Result<(), Refusal> {
    let known = ["user", "assistant", "system"];
    let messages = list(request, "messages").iter();
    let roles = messages.filter_map(|message| message.get("role")?.as_str());
    match roles.into_iter().find(|role| !known.contains(role)) {
        Some(role) => Err(invalid(format!(
            "messages: Unexpected role \"{role}\". Allowed roles are \"user\" or \"assistant\"."
        ))),
        None => Ok(()),
    }
}

pub(super) fn check(request: &Value, version: Version) -> Result<(), Refusal> {
    if version == Version::Current {
        current(request)?;
    }
    thinking(request)?;
    tools(request)?;
    tool_choice(request)?;
    stop_sequences(request)?;
    cache_marks(request)
}

/// What the current version has taken away.
fn current(request: &Value) -> Result<(), Refusal> {
    let names = ["temperature", "top_p", "top_k"];
    if let Some(name) = names.iter().find(|name| request.get(**name).is_some()) {
        return Err(invalid(format!("{name}: Extra inputs are not permitted")));
    }
    for (index, message) in list(request, "messages").iter().enumerate() {
        for (position, block) in list(message, "content").iter().enumerate() {
            let path = format!("messages.{index}.content.{position}");
            match (text(message, "role"), text(block, "type")) {
                ("assistant", "document") => {
                    return Err(invalid(format!(
                        "{path}: `document` blocks are not permitted in assistant messages"
                    )));
                }
                ("user", "text") if !list(block, "citations").is_empty() => {
                    return Err(invalid(format!(
                        "{path}.text.citations: Extra inputs are not permitted"
                    )));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn thinking(request: &Value) -> Result<(), Refusal> {
    let kind = request
        .pointer("/thinking/type")
        .and_then(Value::as_str)
        .unwrap_or("disabled");
    if !matches!(kind, "enabled" | "adaptive") {
        return Ok(());
    }
    let budget = request
        .pointer("/thinking/budget_tokens")
        .and_then(Value::as_u64);
    let limit = request.get("max_tokens").and_then(Value::as_u64);
    if let (Some(budget), Some(limit)) = (budget, limit)
        && budget >= limit
    {
        return Err(invalid(
            "`max_tokens` must be greater than `thinking.budget_tokens`.",
        ));
    }
    if request
        .get("temperature")
        .and_then(Value::as_f64)
        .is_some_and(|value| value != 1.0)
    {
        return Err(invalid(
            "`temperature` may only be set to 1 when thinking is enabled or in adaptive mode.",
        ));
    }
    if request.get("top_k").is_some() {
        return Err(invalid(
            "`top_k` must be unset when thinking is enabled or in adaptive mode.",
        ));
    }
    if request
        .get("top_p")
        .and_then(Value::as_f64)
        .is_some_and(|value| value < 0.95)
    {
        return Err(invalid(
            "`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled or in adaptive mode.",
        ));
    }
    let forced = request.pointer("/tool_choice/type").and_then(Value::as_str);
    match forced {
        Some("any" | "tool") if kind == "enabled" => Err(invalid(
            "Thinking may not be enabled when tool_choice forces tool use.",
        )),
        _ => Ok(()),
    }
}

fn tools(request: &Value) -> Result<(), Refusal> {
    let mut names = HashSet::new();
    let tools = list(request, "tools").iter();
    for (index, tool) in tools.enumerate() {
        if !names.insert(text(tool, "name")) {
            return Err(invalid("tools: Tool names must be unique."));
        }
        let combined = |name: &&str| tool.pointer(&format!("/input_schema/{name}")).is_some();
        if ["oneOf", "allOf", "anyOf"].iter().any(combined) {
            return Err(invalid(format!(
                "tools.{index}.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level"
            )));
        }
    }
    Ok(())
}

fn tool_choice(request: &Value) -> Result<(), Refusal> {
    let Some(choice) = request.get("tool_choice") else {
        return Ok(());
    };
    let tools = list(request, "tools");
    if tools.is_empty() {
        return Err(invalid(
            "tool_choice: `tool_choice` may only be specified while providing `tools`.",
        ));
    }
    let Some(name) = choice.get("name").and_then(Value::as_str) else {
        return Ok(());
    };
    let known = tools
        .iter()
        .any(|tool| tool.get("name").and_then(Value::as_str) == Some(name));
    match known {
        true => Ok(()),
        false => Err(invalid(format!(
            "Tool '{name}' not found in provided tools"
        ))),
    }
}

fn stop_sequences(request: &Value) -> Result<(), Refusal> {
    let sequences = list(request, "stop_sequences").iter();
    let blank = |sequence: &Value| sequence.as_str().is_some_and(|text| text.trim().is_empty());
    match sequences.into_iter().any(blank) {
        true => Err(invalid(
            "stop_sequences: each stop sequence must contain non-whitespace",
        )),
        false => Ok(()),
    }
}

fn cache_marks(request: &Value) -> Result<(), Refusal> {
    let parts = ["tools", "system", "messages"]
        .iter()
        .filter_map(|name| request.get(*name));
    let count = parts.map(count_marks).sum::<usize>();
    if count > MOST_CACHE_MARKS {
        return Err(invalid(format!(
            "A maximum of 4 blocks with cache_control may be provided. Found {count}."
        )));
    }
    Ok(())
}

/// Marks of blocks and of the blocks inside them. What tools take and get is not
/// looked into: it may well have fields of this name.
fn count_marks(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(count_marks).sum(),
        Value::Object(block) => {
            let own = block
                .get("cache_control")
                .is_some_and(|mark| !mark.is_null());
            usize::from(own) + block.get("content").map_or(0, count_marks)
        }
        _ => 0,
    }
}
