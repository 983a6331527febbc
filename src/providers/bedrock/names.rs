//! Names of tools: `[a-zA-Z0-9_-]{1,64}`.
//!
//! Clients of MCP servers send longer ones, with dots and slashes. What does not fit is cut and gets
//! a digest of the whole name, so that it stays distinct and the same history gives the same prompt;
//! the answer's reader puts the client's own name back.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// Longest name.
const MAX_LENGTH: usize = 64;

/// Bytes of the digest that a changed name ends with; twice as many digits.
const DIGEST: usize = 4;

/// The names that had to be changed.
#[derive(Default)]
pub(super) struct ToolNames {
    /// As sent → as the client knows it.
    changed: BTreeMap<String, String>,
}

impl ToolNames {
    /// The name that is sent for this one.
    pub(super) fn sent<'a>(&mut self, name: &'a str) -> Cow<'a, str> {
        if (1..=MAX_LENGTH).contains(&name.len()) && name.chars().all(fits) {
            return Cow::Borrowed(name);
        }
        let sent = shortened(name);
        self.changed.insert(sent.clone(), name.to_owned());
        Cow::Owned(sent)
    }

    pub(super) fn into_changed(self) -> BTreeMap<String, String> {
        self.changed
    }
}

fn fits(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

fn shortened(name: &str) -> String {
    let plain = |c: char| if fits(c) { c } else { '_' };
    let kept = MAX_LENGTH - 1 - 2 * DIGEST;
    let mut sent: String = name.chars().take(kept).map(plain).collect();
    sent.push('_');
    for byte in Sha256::digest(name).iter().take(DIGEST) {
        // Writing to a string cannot fail.
        let _ = write!(sent, "{byte:02x}");
    }
    sent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_fits_stays() {
        let mut names = ToolNames::default();
        let longest = "x".repeat(64);
        for name in ["get_weather", "a-B_9", &longest] {
            assert!(matches!(names.sent(name), Cow::Borrowed(sent) if sent == name));
        }
        assert!(names.into_changed().is_empty());
    }

    #[test]
    fn a_name_that_does_not_is_changed_and_can_be_put_back() {
        let long = format!("mcp__server__{}", "x".repeat(80));
        let longer = format!("{long}y");
        let mut names = ToolNames::default();
        let all = ["files.read", "files/read", "übersetze", "", &long, &longer];
        let sent = all.map(|name| names.sent(name).into_owned());
        for name in &sent {
            assert!(
                (1..=64).contains(&name.len()) && name.chars().all(fits),
                "{name}"
            );
        }
        let changed = names.into_changed();
        assert_eq!(changed.len(), all.len(), "all distinct");
        for (name, sent) in all.iter().zip(&sent) {
            assert_eq!(&changed[sent], name);
        }
        assert!(sent[0].starts_with("files_read_"));
    }
}
