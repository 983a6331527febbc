//! Encrypted reasoning on its way through a chat client.
//!
//! With `store: false` the API keeps nothing, and wants its reasoning items back with the turn that
//! they belong to: id, encrypted content, and before the very item that they led to ("reasoning was
//! provided without its required following item"). A chat client knows none of that. It gets one
//! opaque text, as signature of a `thinking_blocks` entry where there is a summary to read, or as
//! the data of a redacted one, and returns it as such:
//!
//! ```text
//! item's id ":" id of the call that followed, empty for a message ":" encrypted content
//! ```
//!
//! It is stamped with the service's name, as all signatures are ([`chat::signature`]), which keeps
//! it from being shown to another provider's API, and theirs from being shown to this one: neither
//! could read it, and both would refuse the request.
//!
//! [`chat::signature`]: crate::chat::signature

use crate::chat::signature::{split, stamp};

/// A reasoning item that can be replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Carried<'a> {
    pub(super) id: &'a str,
    /// Id of the call that came next; empty where that was a message.
    pub(super) follows: &'a str,
    pub(super) encrypted: &'a str,
}

impl<'a> Carried<'a> {
    /// Reads what a client has returned; `None` where that is not this service's.
    pub(super) fn read(signature: &'a str, service: &str) -> Option<Self> {
        let (issuer, proof) = split(signature);
        let mut pieces = proof.splitn(3, ':');
        let carried = Self {
            id: pieces.next()?,
            follows: pieces.next()?,
            encrypted: pieces.next()?,
        };
        let is_whole = !carried.id.is_empty() && !carried.encrypted.is_empty();
        (issuer == Some(service) && is_whole).then_some(carried)
    }

    /// What the client gets.
    pub(super) fn signature(&self, service: &str) -> String {
        let Self {
            id,
            follows,
            encrypted,
        } = self;
        stamp(service, &format!("{id}:{follows}:{encrypted}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_returns_is_read_again() {
        let carried = Carried {
            id: "rs_1",
            follows: "call_2",
            encrypted: "gAAA:a=b",
        };
        let text = carried.signature("openai");
        assert_eq!(text, "openai:rs_1:call_2:gAAA:a=b");
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
