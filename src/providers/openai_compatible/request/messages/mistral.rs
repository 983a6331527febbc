//! Content in Mistral's form, which has reasoning and media as parts of its own
//! (mistralai 3.7.0, `contentchunk.py`, checked 2026-11-25):
//!
//! | the client's | Mistral's |
//! |---|---|
//! | `reasoning_content` beside `content` | a part `thinking`, the first one |
//! | `input_audio: {data, format}` | `input_audio`, the data alone |
//! | `file: {file_data, filename}` | `document_url`, `document_name` |
//! | `file: {file_id}` | `file_id` |
//! | a part `refusal` | a part `text` |
//!
//! A message that has none of these keeps its bytes.

use serde_json::{Value, json};

use super::Message;
use crate::providers::openai_compatible::edit::Fate;

/// Puts a message's content into Mistral's form.
pub(super) fn parts(message: &mut Message<'_>) {
    if let Some(thinking) = thinking(message) {
        return with_thinking(message, thinking);
    }
    let content = message.member("content");
    let Some(Ok(Value::Array(mut parts))) = content.map(serde_json::from_slice) else {
        return;
    };
    let changed = parts
        .iter_mut()
        .fold(false, |any, part| convert(part) | any);
    if changed {
        message.set("content", Fate::Becomes(Value::Array(parts).to_string()));
    }
}

/// The reasoning of the assistant's turn, as Mistral's part.
fn thinking(message: &Message<'_>) -> Option<Value> {
    let names = ["reasoning_content", "reasoning"];
    let reasoning = names.iter().find_map(|name| {
        let text: String = serde_json::from_slice(message.member(name)?).ok()?;
        (!text.is_empty()).then_some(text)
    })?;
    let is_assistant = message.has_role("assistant");
    is_assistant
        .then(|| json!({"type": "thinking", "thinking": [{"type": "text", "text": reasoning}]}))
}

fn with_thinking(message: &mut Message<'_>, thinking: Value) {
    let mut parts = vec![thinking];
    match message.member("content").map(serde_json::from_slice) {
        Some(Ok(Value::String(text))) if !text.is_empty() => {
            parts.push(json!({"type": "text", "text": text}));
        }
        Some(Ok(Value::Array(more))) => parts.extend(more),
        _ => {}
    }
    for part in &mut parts {
        convert(part);
    }
    message.set("reasoning", Fate::Goes);
    message.set("reasoning_content", Fate::Goes);
    let content = Value::Array(parts).to_string();
    if message.member("content").is_some() {
        message.set("content", Fate::Becomes(content));
    } else {
        message.added.push_str(&format!("\"content\":{content},"));
    }
}

/// Puts a part into Mistral's form; says whether that has changed it.
fn convert(part: &mut Value) -> bool {
    let converted = match part.get("type").and_then(Value::as_str) {
        Some("input_audio") => audio(part),
        Some("file") => file(part),
        Some("refusal") => refusal(part),
        _ => None,
    };
    let Some(converted) = converted else {
        return false;
    };
    *part = converted;
    true
}

fn audio(part: &Value) -> Option<Value> {
    let data = part.get("input_audio")?.get("data")?;
    Some(json!({"type": "input_audio", "input_audio": data}))
}

fn file(part: &Value) -> Option<Value> {
    let file = part.get("file")?;
    if let Some(id) = file.get("file_id").filter(|id| id.is_string()) {
        return Some(json!({"type": "file", "file_id": id}));
    }
    let mut document = json!({"type": "document_url", "document_url": file.get("file_data")?});
    if let (Some(name), Some(document)) = (file.get("filename"), document.as_object_mut()) {
        document.insert("document_name".to_owned(), name.clone());
    }
    Some(document)
}

fn refusal(part: &Value) -> Option<Value> {
    let text = part.get("refusal")?;
    Some(json!({"type": "text", "text": text}))
}
