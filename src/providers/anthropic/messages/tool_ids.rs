//! Ids of tool calls that another provider has made.

use std::borrow::Cow;
use std::fmt::Write;

use sha2::{Digest, Sha256};

/// Longest id that is passed on.
const MAX_LENGTH: usize = 64;

/// An id that the API takes (`[A-Za-z0-9_-]`, at most 64 characters).
///
/// Others have dots, colons or hundreds of characters; they become a digest of themselves, so that
/// a call and its result still match, and the same history gives the same prompt. New ids are
/// always the API's own, so nothing needs to be mapped back.
pub(super) fn tool_id(id: &str) -> Cow<'_, str> {
    let mut bytes = id.bytes();
    let fits = (1..=MAX_LENGTH).contains(&id.len())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if fits {
        return Cow::Borrowed(id);
    }
    let digest = Sha256::digest(id.as_bytes());
    let mut replacement = String::from("toolu_");
    for byte in digest.iter().take(16) {
        // Writing to a string cannot fail.
        let _ = write!(replacement, "{byte:02x}");
    }
    Cow::Owned(replacement)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_fit_are_kept() {
        for id in ["toolu_01A09q90qw90lq917835lq9", "call_abc-DEF_1", "a"] {
            assert!(matches!(tool_id(id), Cow::Borrowed(kept) if kept == id));
        }
    }

    #[test]
    fn ids_that_do_not_fit_stay_distinct_and_stable() {
        let long = "x".repeat(65);
        let ids = ["functions.weather:0", "functions.weather.0", "", &long, "ü"];
        let mut replaced: Vec<_> = ids.iter().map(|id| tool_id(id).into_owned()).collect();
        assert_eq!(replaced[0], tool_id("functions.weather:0"));
        assert!(
            replaced.iter().all(|id| tool_id(id) == **id),
            "{replaced:?}"
        );
        replaced.sort();
        replaced.dedup();
        assert_eq!(replaced.len(), ids.len());
    }
}
