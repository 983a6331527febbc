//! Short looks into parts of a body that is known to be JSON.

use crate::json::{Fault, Kind, Reader};

/// Whether an object has this member with this text.
pub(super) fn has_member(object: &str, name: &str, value: &str) -> bool {
    has(&mut Reader::of(object), name, |text| text == value).unwrap_or(false)
}

/// Takes a value, and says whether it is an object that has this member with such a text.
fn has(
    reader: &mut Reader<'_>,
    wanted: &str,
    is_meant: impl Fn(&str) -> bool,
) -> Result<bool, Fault> {
    let mut found = false;
    reader.members(|reader, name| {
        if name != wanted {
            return reader.skip();
        }
        if let Some(text) = reader.string_or_skip()? {
            found = is_meant(&text);
        }
        Ok(())
    })?;
    Ok(found)
}

/// Whether one of the messages has a picture.
pub(super) fn has_pictures(messages: &str) -> bool {
    let mut found = false;
    let read = Reader::of(messages).array(|message| {
        message.members(|reader, name| {
            if name != "content" || reader.kind()? != Kind::Array {
                return reader.skip();
            }
            reader.array(|part| {
                found |= has(part, "type", |kind| kind == "image_url")?;
                Ok(())
            })
        })?;
        Ok(())
    });
    read.is_ok() && found
}

/// The stable beginning of a conversation, as it is written: what comes before the first answer of
/// the model's. Later turns of the same conversation begin with the same bytes.
pub(super) fn stable_prefix(messages: &str) -> &str {
    let mut end = 0;
    let mut is_over = false;
    // The reader goes on to the end of the array, which is JSON already; only its places count.
    let read = Reader::of(messages).array(|message| {
        let is_answer = is_answer(message)?;
        is_over |= is_answer;
        if !is_over {
            end = message.offset();
        }
        Ok(())
    });
    if read.is_err() {
        return "";
    }
    messages.get(..end).unwrap_or_default()
}

fn is_answer(message: &mut Reader<'_>) -> Result<bool, Fault> {
    has(message, "role", |role| {
        matches!(role, "assistant" | "tool" | "function")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_by_name_and_text() {
        let object = r#"{"a":{"type":"x"}, "type":"json_schema","n":1}"#;
        assert!(has_member(object, "type", "json_schema"));
        for (name, value) in [("type", "x"), ("n", "1"), ("b", "")] {
            assert!(!has_member(object, name, value), "{name}");
        }
        assert!(!has_member("[]", "a", "b"));
    }

    #[test]
    fn pictures_are_found_in_parts_and_not_in_texts() {
        let part = r#"[{"role":"user","content":[{"type":"text","text":"x"},{"image_url":{"url":"u"},"type":"image_url"}]}]"#;
        assert!(has_pictures(part));
        let words =
            r#"[{"role":"user","content":"\"type\":\"image_url\""},1,{"content":[2,{"type":3}]}]"#;
        assert!(!has_pictures(words));
    }

    #[test]
    fn a_conversation_is_known_by_what_comes_before_the_first_answer() {
        let first = r#"[{"role":"system","content":"s"},{"role":"user","content":"u"}]"#;
        let later = r#"[{"role":"system","content":"s"},{"role":"user","content":"u"},{"role":"assistant","content":"a"},{"role":"user","content":"v"}]"#;
        assert_eq!(stable_prefix(first), stable_prefix(later));
        assert!(stable_prefix(first).ends_with(r#""u"}"#));
        assert_eq!(stable_prefix("3"), "");
    }
}
