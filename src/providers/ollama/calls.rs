//! Ids of tool calls.
//!
//! Clients need one for each call, and no other call of the conversation may have it. Older servers
//! give none. Then it is made from the time at which the answer began, to the nanosecond, and from
//! the call's name and place: the same answer has the same ids however it is cut, and the next one
//! has others.

use std::collections::BTreeSet;
use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::wire::read::{Answer, ToolCall};
use crate::chat::Error;
use crate::providers::json::Str;

/// More calls than any answer has.
const MAX_CALLS: usize = 1024;

/// The calls of one answer.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// What tells the answer from others.
    seed: String,
    ids: BTreeSet<String>,
}

/// A call as a client knows it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call<'a> {
    pub(super) id: String,
    pub(super) name: &'a str,
    pub(super) arguments: String,
}

impl Calls {
    /// Those of the answer that begins with this.
    pub(super) fn of(answer: &Answer<'_>) -> Self {
        let model = answer.model.as_deref().unwrap_or_default();
        let created_at = answer.created_at.as_deref().unwrap_or_default();
        Self {
            seed: format!("{model}\n{created_at}"),
            ids: BTreeSet::new(),
        }
    }

    /// Whether there are any.
    pub(super) fn any(&self) -> bool {
        !self.ids.is_empty()
    }

    /// The next call.
    ///
    /// # Errors
    /// Where it lacks what makes it one, or there are too many.
    pub(super) fn next<'a>(&mut self, call: &'a ToolCall<'_>) -> Result<Call<'a>, Error> {
        let incomplete = || Error::upstream("Ollama sent a tool call that cannot be understood");
        let function = call.function.as_ref().ok_or_else(incomplete)?;
        let name = function.name.as_deref().filter(|name| !name.is_empty());
        let name = name.ok_or_else(incomplete)?;
        let arguments = arguments(function.arguments.map_or("", |json| json.get()));
        if self.ids.len() >= MAX_CALLS {
            return Err(Error::upstream("Ollama sent too many tool calls"));
        }
        let own = call.id.as_deref().filter(|id| !id.is_empty());
        let own = own.filter(|id| !self.ids.contains(*id)).map(str::to_owned);
        let id = own.unwrap_or_else(|| self.made_id(name));
        self.ids.insert(id.clone());
        Ok(Call {
            id,
            name,
            arguments,
        })
    }

    fn made_id(&self, name: &str) -> String {
        let place = self.ids.len();
        let digest = Sha256::digest(format!("{}\n{place}\n{name}", self.seed));
        let mut id = String::from("call_");
        for byte in digest.iter().take(12) {
            // Writing to a string cannot fail.
            let _ = write!(id, "{byte:02x}");
        }
        id
    }
}

/// The arguments as JSON text: an object, or the text that some servers put into a string.
fn arguments(json: &str) -> String {
    match serde_json::from_str::<Str<'_>>(json) {
        Ok(text) if text.trim().is_empty() => "{}".to_owned(),
        Ok(text) => text.to_string(),
        Err(_) if matches!(json, "" | "null") => "{}".to_owned(),
        Err(_) => json.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(created_at: &str, calls: &str) -> Vec<String> {
        let answer = format!(r#"{{"model":"m","created_at":"{created_at}"}}"#);
        let mut known = Calls::of(&serde_json::from_str(&answer).unwrap());
        let calls: Vec<ToolCall<'_>> = serde_json::from_str(calls).unwrap();
        let next = |call| known.next(call).unwrap().id;
        calls.iter().map(next).collect()
    }

    const TWICE: &str =
        r#"[{"function":{"name":"f","arguments":{}}},{"function":{"name":"f","arguments":{}}}]"#;

    #[test]
    fn ids_are_made_unique_and_stay() {
        let seen = ids("2026-01-01T00:00:00.000000001Z", TWICE);
        assert!(
            seen[0] != seen[1] && seen[0].starts_with("call_"),
            "{seen:?}"
        );
        assert_eq!(seen, ids("2026-01-01T00:00:00.000000001Z", TWICE));
        let later = ids("2026-01-01T00:00:00.000000002Z", TWICE);
        assert!(seen.iter().all(|id| !later.contains(id)));
    }

    #[test]
    fn the_servers_own_id_is_kept_once() {
        let calls = r#"[{"id":"call_1","function":{"name":"f"}},{"id":"call_1","function":{"name":"f"}},{"id":"","function":{"name":"f"}}]"#;
        let seen = ids("", calls);
        assert_eq!(seen[0], "call_1");
        assert!(seen[1] != seen[0] && seen[2] != seen[1] && !seen[2].is_empty());
    }

    #[test]
    fn arguments_are_the_text_of_an_object() {
        assert_eq!(arguments(r#"{"a": 1}"#), r#"{"a": 1}"#);
        assert_eq!(arguments(r#""{\"a\":1}""#), r#"{"a":1}"#);
        for nothing in ["", "null", "\"\"", "\" \""] {
            assert_eq!(arguments(nothing), "{}", "{nothing}");
        }
    }

    #[test]
    fn a_call_without_a_name_is_none_and_there_is_an_end_to_them() {
        let mut calls = Calls::default();
        for call in ["{}", r#"{"function":{}}"#, r#"{"function":{"name":""}}"#] {
            assert!(calls.next(&serde_json::from_str(call).unwrap()).is_err());
        }
        let call = serde_json::from_str(r#"{"function":{"name":"f"}}"#).unwrap();
        let taken = (0..2 * MAX_CALLS).take_while(|_| calls.next(&call).is_ok());
        assert_eq!(taken.count(), MAX_CALLS);
    }
}
