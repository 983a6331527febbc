//! Encrypted reasoning on its way through a chat client.
//!
//! With `store: false` the API keeps nothing, and wants its reasoning items back with the turn that
//! they belong to: id, encrypted content, and before the very item that they led to ("reasoning was
//! provided without its required following item"). A chat client knows none of that. It gets one
//! opaque text, as signature of a `thinking_blocks` entry where there is a summary to read, or as
//! the data of a redacted one, and returns it as such:
//!
//! ```text
//! SERVICE ":" item's id ":" id of the call that followed, empty for a message ":" encrypted content
//! ```
//!
//! The service's name keeps it from being shown to another provider's API, and theirs from being
//! shown to this one: neither could read it, and both would refuse the request.

use std::fmt;

/// A reasoning item that can be replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Carried<'a> {
    /// Who can read it.
    pub(super) service: &'a str,
    pub(super) id: &'a str,
    /// Id of the call that came next; empty where that was a message.
    pub(super) follows: &'a str,
    pub(super) encrypted: &'a str,
}

impl<'a> Carried<'a> {
    /// Reads what a client has returned; `None` where that is not this service's.
    pub(super) fn read(text: &'a str, service: &str) -> Option<Self> {
        let mut pieces = text.splitn(4, ':');
        let carried = Self {
            service: pieces.next()?,
            id: pieces.next()?,
            follows: pieces.next()?,
            encrypted: pieces.next()?,
        };
        let is_whole = !carried.id.is_empty() && !carried.encrypted.is_empty();
        (carried.service == service && is_whole).then_some(carried)
    }
}

impl fmt::Display for Carried<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            service,
            id,
            follows,
            encrypted,
        } = self;
        write!(f, "{service}:{id}:{follows}:{encrypted}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_returns_is_read_again() {
        let carried = Carried {
            service: "openai",
            id: "rs_1",
            follows: "call_2",
            encrypted: "gAAA:a=b",
        };
        let text = carried.to_string();
        assert_eq!(Carried::read(&text, "openai"), Some(carried));
        assert_eq!(Carried::read(&text, "azure"), None);
    }

    #[test]
    fn what_others_have_signed_is_not_ours() {
        for text in [
            "",
            "EqQBCgIYAhIk",
            "openai:rs_1:x",
            "openai:::x",
            "openai:rs_1::",
        ] {
            assert_eq!(Carried::read(text, "openai"), None, "{text}");
        }
    }
}
