//! Ids of tool calls for a vendor that takes nine letters and digits only (Mistral's own models).
//!
//! A conversation may have begun with another provider. Its ids become hashes: the same id the same
//! hash, in the call and in its result, in this request and in later ones.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

const LENGTH: usize = 9;
const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The JSON of a short id for this one; `None` where it is short already.
pub(super) fn short_id(json: &[u8]) -> Option<String> {
    let id: String = serde_json::from_slice(json).ok()?;
    let short = shortened(&id)?;
    Some(format!("\"{short}\""))
}

/// The JSON of a message's calls with short ids; `None` where they are short already.
pub(super) fn short_ids(json: &[u8]) -> Option<String> {
    let mut calls: Value = serde_json::from_slice(json).ok()?;
    let mut has_changed = false;
    for call in calls.as_array_mut()? {
        let short = call.get("id").and_then(Value::as_str).and_then(shortened);
        if let (Some(short), Some(id)) = (short, call.get_mut("id")) {
            *id = short.into();
            has_changed = true;
        }
    }
    has_changed.then(|| calls.to_string())
}

fn shortened(id: &str) -> Option<String> {
    if id.len() == LENGTH && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let digest = Sha256::digest(id);
    let letters = digest.iter().take(LENGTH).filter_map(|byte| {
        let letter = ALPHABET.get(usize::from(byte % 32))?;
        Some(char::from(*letter))
    });
    Some(letters.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_ids_stay() {
        assert_eq!(short_id(b"\"gSIMJiOkT\""), None);
        assert_eq!(short_ids(br#"[{"id":"gSIMJiOkT"}]"#), None);
    }

    #[test]
    fn a_foreign_id_becomes_the_same_short_one_in_call_and_result() {
        let short = short_id(b"\"toolu_01A09q90qw90lq917835lq9\"").unwrap();
        assert_eq!(short.len(), LENGTH + 2);
        let calls = short_ids(
            br#"[{"id":"toolu_01A09q90qw90lq917835lq9","function":{"name":"f","arguments":"{\"b\":1,\"a\":2}"}}]"#,
        );
        let expected = format!(
            r#"[{{"id":{short},"function":{{"name":"f","arguments":"{{\"b\":1,\"a\":2}}"}}}}]"#
        );
        assert_eq!(calls.unwrap(), expected);
    }

    #[test]
    fn what_is_no_id_is_left_alone() {
        assert_eq!(short_id(b"7"), None);
        assert_eq!(short_ids(b"null"), None);
        assert_eq!(short_ids(br#"[{"id":7},{}]"#), None);
    }
}
