//! What an upstream has said, read without any care for what clients expect: the other side of the
//! comparison with what a strict client reads.

use serde_json::Value;

use crate::sdk::{Answer, Choice};

/// Folds the chunks of a stream.
pub(crate) fn fold<'a>(chunks: impl IntoIterator<Item = &'a Value>) -> Answer {
    let mut answer = Answer::default();
    for chunk in chunks {
        if chunk["usage"].is_object() {
            answer.usage = Some(chunk["usage"].clone());
        }
        for choice in chunk["choices"].as_array().into_iter().flatten() {
            let index = choice["index"].as_u64().unwrap_or(0);
            add(
                answer.choices.entry(index).or_default(),
                choice,
                &choice["delta"],
            );
        }
    }
    answer
}

/// Reads a whole answer.
pub(crate) fn whole(body: &Value) -> Answer {
    let mut answer = Answer {
        usage: Some(body["usage"].clone()).filter(Value::is_object),
        ..Answer::default()
    };
    for choice in body["choices"].as_array().into_iter().flatten() {
        let index = choice["index"].as_u64().unwrap_or(0);
        add(
            answer.choices.entry(index).or_default(),
            choice,
            &choice["message"],
        );
    }
    answer
}

fn add(sum: &mut Choice, choice: &Value, part: &Value) {
    match &part["content"] {
        Value::String(text) => sum.content.push_str(text),
        Value::Array(parts) => {
            for part in parts {
                sum.content
                    .push_str(part["text"].as_str().unwrap_or_default());
                for thought in part["thinking"].as_array().into_iter().flatten() {
                    sum.reasoning
                        .push_str(thought["text"].as_str().unwrap_or_default());
                }
            }
        }
        _ => {}
    }
    for name in ["reasoning_content", "reasoning"] {
        sum.reasoning
            .push_str(part[name].as_str().unwrap_or_default());
    }
    for call in part["tool_calls"].as_array().into_iter().flatten() {
        add_call(sum, call);
    }
    if let Some(reason) = choice["finish_reason"]
        .as_str()
        .filter(|reason| !reason.is_empty())
    {
        sum.finish = Some(reason.to_owned());
    }
}

fn add_call(sum: &mut Choice, call: &Value) {
    let function = &call["function"];
    let id = call["id"].as_str().unwrap_or_default();
    if !id.is_empty() {
        let name = function["name"].as_str().unwrap_or_default();
        sum.calls
            .push((id.to_owned(), name.to_owned(), String::new()));
    }
    let (_, _, arguments) = sum.calls.last_mut().expect("a call begins with its id");
    arguments.push_str(function["arguments"].as_str().unwrap_or_default());
}
