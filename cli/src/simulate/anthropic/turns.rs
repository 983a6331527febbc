//! The conversation: nothing empty, tool calls answered at once, thinking untouched.

use std::collections::HashSet;

use serde_json::Value;

use super::error::invalid;
use super::render::signature;
use crate::simulate::json::{list, text};
use crate::simulate::vendor::Refusal;

pub(super) fn check(request: &Value) -> Result<(), Refusal> {
    let messages = list(request, "messages");
    if messages.is_empty() {
        return Err(invalid("messages: at least one message is required"));
    }
    system(request)?;
    for (index, message) in messages.iter().enumerate() {
        let last = index + 1 == messages.len();
        not_empty(index, message, last)?;
        texts("messages", message.get("content"))?;
        signatures(index, message)?;
    }
    unique_calls(messages)?;
    for (index, message) in messages.iter().enumerate() {
        let next = messages.get(index + 1);
        calls_are_answered(index, message, next)?;
        let previous = index.checked_sub(1).and_then(|index| messages.get(index));
        answers_have_calls(index, message, previous)?;
    }
    thinking_comes_first(request, messages)?;
    prefill(messages)
}

fn system(request: &Value) -> Result<(), Refusal> {
    match request.get("system") {
        Some(Value::String(_)) | None => Ok(()),
        blocks => texts("system", blocks),
    }
}

fn not_empty(index: usize, message: &Value, last: bool) -> Result<(), Refusal> {
    let empty = match message.get("content") {
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(blocks)) => blocks.is_empty(),
        _ => true,
    };
    let optional = last && text(message, "role") == "assistant";
    if empty && !optional {
        return Err(invalid(format!(
            "messages.{index}: all messages must have non-empty content except for the optional final assistant message"
        )));
    }
    Ok(())
}

/// Text blocks, also those of tool results.
fn texts(place: &str, content: Option<&Value>) -> Result<(), Refusal> {
    if let Some(Value::String(text)) = content {
        return not_blank(place, text);
    }
    for block in content.and_then(Value::as_array).into_iter().flatten() {
        match text(block, "type") {
            "text" => not_blank(place, text(block, "text"))?,
            "tool_result" if block.get("content").is_some_and(Value::is_array) => {
                texts(place, block.get("content"))?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn not_blank(place: &str, text: &str) -> Result<(), Refusal> {
    if text.is_empty() {
        return Err(invalid(format!(
            "{place}: text content blocks must be non-empty"
        )));
    }
    if text.trim().is_empty() {
        return Err(invalid(format!(
            "{place}: text content blocks must contain non-whitespace text"
        )));
    }
    Ok(())
}

/// Thinking must come back as it was given out.
fn signatures(index: usize, message: &Value) -> Result<(), Refusal> {
    for (position, block) in list(message, "content").iter().enumerate() {
        let thinking = text(block, "type") == "thinking";
        if thinking && text(block, "signature") != signature(text(block, "thinking")) {
            return Err(invalid(format!(
                "messages.{index}.content.{position}: Invalid `signature` in `thinking` block"
            )));
        }
    }
    Ok(())
}

fn unique_calls(messages: &[Value]) -> Result<(), Refusal> {
    let mut seen = HashSet::new();
    let blocks = messages.iter().flat_map(|message| list(message, "content"));
    for id in blocks
        .filter(|block| text(block, "type") == "tool_use")
        .map(|block| text(block, "id"))
    {
        if !seen.insert(id) {
            return Err(invalid("messages: `tool_use` ids must be unique"));
        }
    }
    Ok(())
}

/// The next message starts with one result for each call.
fn calls_are_answered(index: usize, message: &Value, next: Option<&Value>) -> Result<(), Refusal> {
    let calls = ids(message, "tool_use", "id");
    if calls.is_empty() || text(message, "role") != "assistant" {
        return Ok(());
    }
    let blocks = next.map_or(&[][..], |next| list(next, "content"));
    let results: Vec<&str> = blocks
        .iter()
        .take_while(|block| text(block, "type") == "tool_result")
        .map(|block| text(block, "tool_use_id"))
        .collect();
    let open: Vec<&str> = calls
        .into_iter()
        .filter(|id| !results.contains(id))
        .collect();
    if open.is_empty() {
        return Ok(());
    }
    Err(invalid(format!(
        "messages.{index}: `tool_use` ids were found without `tool_result` blocks immediately after: {}. \
         Each `tool_use` block must have a corresponding `tool_result` block in the next message.",
        open.join(", ")
    )))
}

fn answers_have_calls(
    index: usize,
    message: &Value,
    previous: Option<&Value>,
) -> Result<(), Refusal> {
    let calls = previous.map_or_else(Vec::new, |previous| ids(previous, "tool_use", "id"));
    let mut answered = HashSet::new();
    for (position, block) in list(message, "content").iter().enumerate() {
        if text(block, "type") != "tool_result" {
            continue;
        }
        let id = text(block, "tool_use_id");
        if !calls.contains(&id) {
            return Err(invalid(format!(
                "messages.{index}.content.{position}: unexpected `tool_use_id` found in `tool_result` blocks: {id}. \
                 Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
            )));
        }
        if !answered.insert(id) {
            return Err(invalid(format!(
                "messages.{index}.content.{position}: each tool_use must have a single result. \
                 Found multiple `tool_result` blocks with id: {id}"
            )));
        }
    }
    Ok(())
}

/// With manual thinking, a turn that waits for tools begins with its thinking.
fn thinking_comes_first(request: &Value, messages: &[Value]) -> Result<(), Refusal> {
    if request.pointer("/thinking/type").and_then(Value::as_str) != Some("enabled") {
        return Ok(());
    }
    let waits = messages
        .last()
        .is_some_and(|last| !ids(last, "tool_result", "tool_use_id").is_empty());
    let Some((index, turn)) = messages
        .iter()
        .enumerate()
        .rfind(|(_, message)| text(message, "role") == "assistant")
    else {
        return Ok(());
    };
    let first = list(turn, "content")
        .first()
        .map_or("text", |block| text(block, "type"));
    if !waits || matches!(first, "thinking" | "redacted_thinking") {
        return Ok(());
    }
    Err(invalid(format!(
        "messages.{index}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `{first}`. \
         When `thinking` is enabled, a final `assistant` message must start with a thinking block \
         (preceeding the lastmost set of `tool_use` and `tool_result` blocks)."
    )))
}

fn prefill(messages: &[Value]) -> Result<(), Refusal> {
    let Some(last) = messages
        .last()
        .filter(|last| text(last, "role") == "assistant")
    else {
        return Ok(());
    };
    let end = match last.get("content") {
        Some(Value::String(text)) => text.as_str(),
        _ => list(last, "content")
            .last()
            .map_or("", |block| text(block, "text")),
    };
    if end.ends_with(char::is_whitespace) {
        return Err(invalid(
            "messages: final assistant content cannot end with trailing whitespace",
        ));
    }
    Ok(())
}

fn ids<'a>(message: &'a Value, kind: &str, name: &str) -> Vec<&'a str> {
    let blocks = list(message, "content")
        .iter()
        .filter(|block| text(block, "type") == kind);
    blocks.map(|block| text(block, name)).collect()
}
