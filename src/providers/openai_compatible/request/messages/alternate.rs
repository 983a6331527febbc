//! Turns that alternate, for chat templates that refuse all else: one system message, at the front,
//! and never two turns of the user or of the assistant in a row.
//!
//! It is asked for by the option `turns: alternate`. Messages of one role become one: texts with a
//! blank line between, parts of content one after the other. Calls of tools and their results stay
//! as they are.

use serde_json::{Map, Value};

/// The messages in turns that alternate, as JSON; `None` where they do already, or are no messages.
pub(super) fn alternate(messages: &[u8]) -> Option<String> {
    let messages: Vec<Map<String, Value>> = serde_json::from_slice(messages).ok()?;
    let count = messages.len();
    let is_in_front =
        |(place, message): (usize, &Map<String, Value>)| role(message) != "system" || place == 0;
    let was_in_order = messages.iter().enumerate().all(is_in_front);
    let (system, turns): (Vec<_>, Vec<_>) = messages
        .into_iter()
        .partition(|message| role(message) == "system");
    let mut merged: Vec<Map<String, Value>> = Vec::with_capacity(count);
    for message in system.into_iter().chain(turns) {
        match merged.last_mut() {
            Some(last) if may_join(last, &message) => join(last, message),
            _ => merged.push(message),
        }
    }
    let has_changed = merged.len() != count || !was_in_order;
    has_changed.then(|| {
        let merged = merged.into_iter().map(Value::Object);
        Value::Array(merged.collect()).to_string()
    })
}

fn role(message: &Map<String, Value>) -> &str {
    message
        .get("role")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn may_join(last: &Map<String, Value>, next: &Map<String, Value>) -> bool {
    let calls = |message: &Map<String, Value>| {
        let names = ["tool_calls", "function_call"];
        names
            .iter()
            .any(|name| message.get(*name).is_some_and(|calls| !calls.is_null()))
    };
    role(last) == role(next)
        && matches!(role(last), "system" | "user" | "assistant")
        && !calls(last)
        && !calls(next)
}

/// Adds the content of the next message; what else it has goes where the last one lacks it.
fn join(last: &mut Map<String, Value>, mut next: Map<String, Value>) {
    let more = next.shift_remove("content").unwrap_or_default();
    let content = last.entry("content").or_insert(Value::Null);
    *content = match (content.take(), more) {
        (Value::Null, only) | (only, Value::Null) => only,
        (Value::String(text), Value::String(more)) => format!("{text}\n\n{more}").into(),
        (first, second) => parts(first).into_iter().chain(parts(second)).collect(),
    };
    for (name, value) in next {
        last.entry(name).or_insert(value);
    }
}

/// Content as a list of parts.
fn parts(content: Value) -> Vec<Value> {
    match content {
        Value::Array(parts) => parts,
        text => vec![serde_json::json!({"type": "text", "text": text})],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn alternating(messages: Value) -> Option<Value> {
        let alternating = alternate(messages.to_string().as_bytes())?;
        Some(serde_json::from_str(&alternating).unwrap())
    }

    #[test]
    fn messages_of_one_role_become_one() {
        let messages = json!([
            {"role":"system","content":"a"},
            {"role":"user","content":"b"},
            {"role":"user","content":[{"type":"image_url","image_url":{"url":"u"}}],"name":"n"},
            {"role":"system","content":"c"},
            {"role":"user","content":"d"},
            {"role":"assistant","content":null},
            {"role":"assistant","content":"e"}
        ]);
        let expected = json!([
            {"role":"system","content":"a\n\nc"},
            {"role":"user","name":"n","content":[{"type":"text","text":"b"},
                {"type":"image_url","image_url":{"url":"u"}},{"type":"text","text":"d"}]},
            {"role":"assistant","content":"e"}
        ]);
        assert_eq!(alternating(messages), Some(expected));
    }

    #[test]
    fn calls_and_results_stay() {
        let messages = json!([
            {"role":"user","content":"b"},
            {"role":"assistant","content":"c"},
            {"role":"assistant","content":null,"tool_calls":[{"id":"x"},{"id":"y"}]},
            {"role":"tool","tool_call_id":"x","content":"1"},
            {"role":"tool","tool_call_id":"y","content":"2"},
            {"role":"assistant","content":"d"}
        ]);
        assert_eq!(alternating(messages), None);
    }

    #[test]
    fn a_system_message_comes_to_the_front() {
        let messages = json!([{"role":"user","content":"a"},{"role":"system","content":"b"}]);
        let expected = json!([{"role":"system","content":"b"},{"role":"user","content":"a"}]);
        assert_eq!(alternating(messages), Some(expected));
    }

    #[test]
    fn what_is_no_list_of_messages_stays() {
        for strange in ["null", "[7]", "{", "[]"] {
            assert_eq!(alternate(strange.as_bytes()), None);
        }
    }
}
