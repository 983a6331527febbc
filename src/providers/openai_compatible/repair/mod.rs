//! Making messages, or pieces of them, what OpenAI's would be.
//!
//! One function a quirk. Each touches its own fields only; whatever else the vendor sends stays.
//! Quirks that show in every chunk of some vendors are mended by place, the others in a tree.

mod tools;

use serde_json::{Map, Value, json};

use super::edit::{Fate, Member};
use super::finish::{self, Finish};
pub(super) use tools::{Calls, whole_calls};

/// `reasoning` → `reasoning_content`, unless that is there already. Groq, OpenRouter, Together,
/// Ollama and vLLM have the former, DeepSeek, Qwen, xAI and so most clients the latter. An object
/// stays where it is: it is not the text that clients look for.
pub(super) fn reasoning_field(json: &[u8], members: &[Member<'_>], fates: &mut [Fate]) {
    let text = |member: &&Member<'_>| member.json(json).starts_with(b"\"");
    let has_text = |name: &str| {
        members
            .iter()
            .filter(text)
            .any(|member| member.name == name)
    };
    if has_text("reasoning") && !has_text("reasoning_content") {
        set(members, fates, "reasoning_content", Fate::Goes);
        set(
            members,
            fates,
            "reasoning",
            Fate::IsNamed("reasoning_content"),
        );
    }
}

/// A role that the choice has told before goes.
pub(super) fn repeated_role(members: &[Member<'_>], fates: &mut [Fate]) {
    set(members, fates, "role", Fate::Goes);
}

fn set(members: &[Member<'_>], fates: &mut [Fate], name: &str, fate: Fate) {
    for (member, current) in members.iter().zip(fates) {
        if member.name == name {
            *current = fate.clone();
        }
    }
}

/// Mistral's list content → text and reasoning. Parts of another kind (references) stay, as
/// `content_parts`.
pub(super) fn list_content(part: &mut Map<String, Value>) {
    let Some(Value::Array(list)) = part.get_mut("content") else {
        return;
    };
    let list = std::mem::take(list);
    let mut text = String::new();
    let mut reasoning = String::new();
    let mut others = Vec::new();
    for item in list {
        match item.get("type").and_then(Value::as_str) {
            Some("text") => push_text(&mut text, item.get("text")),
            Some("thinking") => push_text(&mut reasoning, item.get("thinking")),
            _ => others.push(item),
        }
    }
    part.insert("content".to_owned(), text.into());
    if !reasoning.is_empty() {
        part.insert("reasoning_content".to_owned(), reasoning.into());
    }
    if !others.is_empty() {
        part.insert("content_parts".to_owned(), others.into());
    }
}

/// Adds a string, or the texts of a list of parts.
fn push_text(text: &mut String, value: Option<&Value>) {
    match value {
        Some(Value::String(more)) => text.push_str(more),
        Some(Value::Array(parts)) => {
            let texts = parts.iter().filter_map(|part| part.get("text")?.as_str());
            text.extend(texts);
        }
        _ => {}
    }
}

/// A vendor's finish reason → OpenAI's.
pub(super) fn finish_reason(choice: &mut Map<String, Value>) {
    let Some(Value::String(reason)) = choice.get("finish_reason") else {
        return;
    };
    let told = match finish::read(reason) {
        Finish::Known | Finish::Failed => return,
        Finish::Means(word) => json!(word),
        Finish::Open => Value::Null,
    };
    choice.insert("finish_reason".to_owned(), told);
}

/// Calls `edit` with each choice and its index: what it says, else its place.
pub(super) fn each_choice(
    answer: &mut Map<String, Value>,
    mut edit: impl FnMut(u64, &mut Map<String, Value>),
) {
    let Some(Value::Array(choices)) = answer.get_mut("choices") else {
        return;
    };
    for (place, choice) in (0..).zip(choices) {
        if let Value::Object(choice) = choice {
            let index = choice.get("index").and_then(Value::as_u64);
            edit(index.unwrap_or(place), choice);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::openai_compatible::edit::edited_parts;

    fn edited(json: Value, edit: impl FnOnce(&mut Map<String, Value>)) -> Value {
        let Value::Object(mut object) = json else {
            panic!("an object is edited");
        };
        edit(&mut object);
        Value::Object(object)
    }

    fn renamed(delta: &str) -> Option<String> {
        let json = format!(r#"{{"choices":[{{"delta":{delta}}}]}}"#);
        let edited = edited_parts(json.as_bytes(), "delta", |_, members| {
            let mut fates = vec![Fate::Stays; members.len()];
            reasoning_field(json.as_bytes(), members, &mut fates);
            fates
        })?;
        let edited = String::from_utf8(edited).unwrap();
        let delta = edited.strip_prefix(r#"{"choices":[{"delta":"#).unwrap();
        Some(delta.strip_suffix("}]}").unwrap().to_owned())
    }

    #[test]
    fn reasoning_gets_the_name_that_clients_know() {
        assert_eq!(
            renamed(r#"{"reasoning":"r","channel":"analysis"}"#).unwrap(),
            r#"{"reasoning_content":"r","channel":"analysis"}"#
        );
        assert_eq!(
            renamed(r#"{"reasoning":"r","reasoning_content":null}"#).unwrap(),
            r#"{"reasoning_content":"r"}"#
        );
    }

    #[test]
    fn reasoning_that_is_there_twice_or_is_no_text_stays() {
        for delta in [
            r#"{"reasoning":"r","reasoning_content":"c"}"#,
            r#"{"reasoning":{"effort":"low"}}"#,
            r#"{"reasoning":null}"#,
        ] {
            assert_eq!(renamed(delta), None);
        }
    }

    #[test]
    fn a_list_of_parts_becomes_text_and_reasoning() {
        let part = json!({"content":[
            {"type":"thinking","thinking":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
            {"type":"text","text":"c"},
            {"type":"reference","reference_ids":[1]},
            {"type":"text","text":"d"}
        ]});
        assert_eq!(
            edited(part, list_content),
            json!({"content":"cd","reasoning_content":"ab",
                   "content_parts":[{"type":"reference","reference_ids":[1]}]})
        );
    }

    #[test]
    fn content_that_is_text_stays() {
        let part = json!({"content":"text"});
        assert_eq!(edited(part.clone(), list_content), part);
    }

    #[test]
    fn a_finish_reason_becomes_openais() {
        let reason = |word| edited(json!({ "finish_reason": word }), finish_reason);
        assert_eq!(reason("eos"), json!({"finish_reason":"stop"}));
        assert_eq!(reason(""), json!({"finish_reason":null}));
        assert_eq!(reason("length"), json!({"finish_reason":"length"}));
    }

    #[test]
    fn a_choice_without_index_counts_by_its_place() {
        let mut seen = Vec::new();
        edited(json!({"choices":[{},{"index":7},{}]}), |answer| {
            each_choice(answer, |index, _| seen.push(index));
        });
        assert_eq!(seen, [0, 7, 2]);
    }
}
