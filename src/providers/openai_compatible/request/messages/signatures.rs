//! Signatures that this gateway has put into an answer of another provider, and that the client
//! replays: taken away again, because a vendor refuses ids of thousands of letters (OpenAI takes
//! 40) and members that it does not know.
//!
//! They stand in ids of tool calls, see [`call_id`], and in `extra_content`, where they are told
//! from Google's own by the member `tidegate`.

use memchr::memmem;
use serde_json::Value;

use crate::dialects::openai_chat::call_id;

/// The member of `extra_content` that only this gateway writes.
const OURS: &str = "tidegate";

/// Whether messages can hold signatures at all, as far as a few bytes tell.
pub(super) fn may_stand_in(messages: &[u8]) -> bool {
    let marks = [call_id::MARK.as_bytes(), b"\"tidegate\""];
    marks
        .iter()
        .any(|mark| memmem::find(messages, mark).is_some())
}

/// The JSON of the bare id; `None` where it is bare already.
pub(super) fn bare_id(json: &[u8]) -> Option<String> {
    let id: String = serde_json::from_slice(json).ok()?;
    call_id::bare(&id).map(|bare| Value::from(bare).to_string())
}

/// The JSON of a message's calls without signatures; `None` where they have none.
pub(super) fn bare_calls(json: &[u8]) -> Option<String> {
    let mut calls: Value = serde_json::from_slice(json).ok()?;
    let mut has_changed = false;
    for call in calls
        .as_array_mut()?
        .iter_mut()
        .filter_map(Value::as_object_mut)
    {
        let id = call.get("id").and_then(Value::as_str);
        if let Some(bare) = id.and_then(call_id::bare).map(Value::from) {
            call.insert("id".to_owned(), bare);
            has_changed = true;
        }
        if call.get("extra_content").is_some_and(is_ours) {
            call.shift_remove("extra_content");
            has_changed = true;
        }
    }
    has_changed.then(|| calls.to_string())
}

/// Whether an `extra_content` is this gateway's.
pub(super) fn is_ours_json(json: &[u8]) -> bool {
    serde_json::from_slice(json).is_ok_and(|extra: Value| is_ours(&extra))
}

fn is_ours(extra: &Value) -> bool {
    extra.get(OURS).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_calls_become_what_the_provider_said() {
        assert_eq!(
            bare_id(br#""call_1__sig_gemini_AAAA""#).as_deref(),
            Some(r#""call_1""#)
        );
        let calls = br#"[{"id":"a__sig_gemini_AAAA","type":"function","extra_content":{"tidegate":{}},
            "function":{"name":"f","arguments":"{\"b\":1}"}},{"id":"b","extra_content":{"google":{}}}]"#;
        assert_eq!(
            bare_calls(calls).as_deref(),
            Some(
                r#"[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"b\":1}"}},{"id":"b","extra_content":{"google":{}}}]"#
            )
        );
    }

    #[test]
    fn what_holds_no_signature_is_left_alone() {
        for json in ["7", "null", "\"call_1\"", "\"call__sig_\""] {
            assert_eq!(bare_id(json.as_bytes()), None, "{json}");
        }
        for json in ["7", "null", "[7]", r#"[{"id":7}]"#, r#"[{"id":"call_1"}]"#] {
            assert_eq!(bare_calls(json.as_bytes()), None, "{json}");
        }
    }
}
