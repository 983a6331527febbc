//! Answers with status 200 that are of no use, where the operator counts them as failures.
//!
//! What is judged is what the client would get: OpenAI's format, whichever provider has answered. A
//! whole answer is judged as a whole ([`of_whole`]); of a stream only the [`Beginning`], because what
//! has reached the client cannot be taken back. An answer that cannot be read has no flaw: that it is
//! JSON was seen to before.

mod beginning;
mod said;
mod whole;

pub use beginning::Beginning;
pub use whole::of_whole;

use super::facts;
use crate::chat::{Error, Operation};
use crate::config::routing::{Flaw, Flaws};
use crate::dialects::openai_chat::Scan;

/// The flaws that an answer to this request can have, of those that its model falls back on.
pub fn possible(wanted: Flaws, operation: Operation, body: &[u8], scan: &Scan<'_>) -> Flaws {
    if wanted.is_empty() || operation != Operation::Chat {
        return Flaws::NONE;
    }
    let impossible = if scan.stream {
        Flaws::NONE
            .with(Flaw::MalformedToolCalls)
            .with(Flaw::InvalidJson)
    } else if facts::wants_json(body, scan) {
        Flaws::NONE
    } else {
        Flaws::NONE.with(Flaw::InvalidJson)
    };
    wanted.without(impossible)
}

/// The failure that an answer with this flaw is.
pub fn error(flaw: Flaw) -> Error {
    let message = match flaw {
        Flaw::Empty => "The provider's answer is empty.",
        Flaw::Refusal => "The model, or its provider's filter, refuses to answer.",
        Flaw::MalformedToolCalls => "The arguments of a tool call are not a JSON object.",
        Flaw::InvalidJson => "The answer is not JSON, although a JSON format was asked for.",
    };
    Error::upstream(message).with_code(code(flaw))
}

fn code(flaw: Flaw) -> &'static str {
    match flaw {
        Flaw::Empty => "empty_answer",
        Flaw::Refusal => REFUSED,
        Flaw::MalformedToolCalls => "malformed_tool_calls",
        Flaw::InvalidJson => "invalid_json_answer",
    }
}

/// Code of a refusal.
pub(super) const REFUSED: &str = "refused_answer";

/// Whether this failure is an answer with a flaw.
pub(super) fn is_flaw(error: &Error) -> bool {
    let mut codes = Flaw::ALL.iter().map(|(_, flaw)| code(*flaw));
    codes.any(|code| error.code.as_deref() == Some(code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialects::openai_chat::scan;

    fn all() -> Flaws {
        Flaw::ALL.iter().map(|(_, flaw)| *flaw).collect()
    }

    fn possible_in(body: &str) -> Vec<&'static str> {
        let scan = scan(body.as_bytes()).unwrap();
        possible(all(), Operation::Chat, body.as_bytes(), &scan).into()
    }

    #[test]
    fn only_who_asks_for_json_can_get_none() {
        let without = ["empty", "refusal", "malformed_tool_calls"];
        let asked = |format: &str| {
            possible_in(&format!(
                r#"{{"model":"m","messages":[],"response_format":{format}}}"#
            ))
        };
        assert_eq!(possible_in(r#"{"model":"m","messages":[]}"#), without);
        for format in [r#"{"type":"text"}"#, "null", "3"] {
            assert_eq!(asked(format), without, "{format}");
        }
        for kind in ["json_object", "json_schema"] {
            let possible = asked(&format!("{{\"type\":\"{kind}\"}}"));
            assert_eq!(possible.last(), Some(&"invalid_json"), "{kind}");
        }
    }

    #[test]
    fn of_a_stream_only_the_beginning_is_judged() {
        let body =
            r#"{"model":"m","messages":[],"stream":true,"response_format":{"type":"json_object"}}"#;
        assert_eq!(possible_in(body), ["empty", "refusal"]);
    }

    #[test]
    fn embeddings_have_no_flaws() {
        let body = br#"{"model":"m","input":"x"}"#;
        let scan = scan(body).unwrap();
        let possible = possible(all(), Operation::Embeddings, body, &scan);
        assert_eq!(possible, Flaws::NONE);
    }
}
