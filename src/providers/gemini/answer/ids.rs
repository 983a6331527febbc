//! Ids of tool calls, where the host gives none: Vertex, and models before Gemini 3.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// An id for the call of a function with these arguments that no other call of the conversation has, as far as the answer's own id is unique: a
/// hash of that and the call's place. Where the answer has none, two calls are told apart by what
/// they say.
pub(super) fn made_up(answer: &str, choice: u32, number: u32, call: (&str, &str)) -> String {
    let (name, arguments) = call;
    let said = [answer, name, arguments];
    let mut hash = Sha256::new()
        .chain_update(choice.to_be_bytes())
        .chain_update(number.to_be_bytes());
    for text in said {
        hash.update(text);
        // A byte that no text has: texts are told apart from their neighbours.
        hash.update([0xff]);
    }
    let mut id = String::from("call_");
    for byte in hash.finalize().iter().take(12) {
        // Writing to a string cannot fail.
        let _ = write!(id, "{byte:02x}");
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_by_answer_place_and_call_and_are_the_same_again() {
        let (call, other) = (("f", r#"{"a":1}"#), ("f", r#"{"a":2}"#));
        let ids = [
            made_up("r1", 0, 0, call),
            made_up("r2", 0, 0, call),
            made_up("r1", 1, 0, call),
            made_up("r1", 0, 1, call),
            made_up("r1", 0, 0, other),
        ];
        let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len());
        assert_eq!(ids[0], made_up("r1", 0, 0, call));
        assert!(ids.iter().all(|id| id.len() <= 40), "OpenAI's limit");
    }
}
