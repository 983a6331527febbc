//! Names of functions.
//!
//! OpenAI takes `[A-Za-z0-9_-]{1,64}`. Gemini takes dots and colons too, and 128 characters, but a
//! letter or an underscore must come first (google-genai 3.4.0, `FunctionDeclaration.name`). A
//! name that does not fit becomes another one, the same in each request, and is changed back in
//! answers by [`Recall::tool_names`](crate::providers::Recall::tool_names).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::chat::Request;

const MAX_LENGTH: usize = 128;

/// The name as the API takes it.
pub(super) fn sent(name: &str) -> Cow<'_, str> {
    if fits(name) {
        return Cow::Borrowed(name);
    }
    const KEPT: usize = 100;
    let letters = name.chars().take(KEPT);
    let mut changed = String::from("_");
    changed.extend(letters.map(|c| if is_allowed(c) { c } else { '_' }));
    changed.push('_');
    for byte in Sha256::digest(name).iter().take(4) {
        // Writing to a string cannot fail.
        let _ = write!(changed, "{byte:02x}");
    }
    Cow::Owned(changed)
}

/// The names that are changed: as sent → as the client knows them.
pub(super) fn changed(request: &Request<'_>) -> BTreeMap<String, String> {
    let names = request.tools.iter().map(|tool| &*tool.name);
    names
        .filter(|name| !fits(name))
        .map(|name| (sent(name).into_owned(), name.to_owned()))
        .collect()
}

fn fits(name: &str) -> bool {
    name.len() <= MAX_LENGTH
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(is_allowed)
}

fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_do_not_fit_are_changed() {
        for name in ["f", "_f", "get-weather_2", "a.b:c"] {
            assert_eq!(sent(name), name);
        }
        let long = "x".repeat(200);
        let odd = ["", "1st", "-f", "über", "a b", "a_b ", &long];
        let seen = odd.map(|name| sent(name).into_owned());
        for name in &seen {
            assert!(fits(name), "{name}");
            assert_eq!(sent(name), **name);
        }
        let distinct: std::collections::BTreeSet<_> = seen.iter().collect();
        assert_eq!(distinct.len(), odd.len());
    }
}
