//! Signatures of tool calls, carried in the calls' ids.
//!
//! Gemini refuses a conversation whose tool calls have lost their signatures (400), and most
//! clients keep of a call what OpenAI's API has: its id, its name and its arguments. Of these only
//! the id is the gateway's to choose, and it comes back twice, in the call and in its result. So
//! the signature travels in it (docs/adr/0012):
//!
//! ```text
//! call_3f9a…__sig_gemini_EpEgCo4g…
//! `-- id --'     `kind-' `-proof in the alphabet of URLs, without padding
//! ```
//!
//! It is undone as soon as a request is read: providers never see it, neither those that are
//! translated to nor those whose bytes pass. An id that only looks like one of these is left alone.

use std::borrow::Cow;

use crate::chat::signature;

/// What stands between an id and its signature; a body without it holds no such id.
pub const MARK: &str = "__sig_";

/// The client's id of a call. A signature that would not come back as it is, because it has other
/// characters than base64 has, is left out.
pub(super) fn join<'a>(id: &'a str, signature: Option<&str>) -> Cow<'a, str> {
    let Some((Some(issuer), proof)) = signature.map(signature::split) else {
        return Cow::Borrowed(id);
    };
    if !is_issuer(issuer) || !is_base64(proof) || id.contains(MARK) {
        return Cow::Borrowed(id);
    }
    let mut joined = String::with_capacity(id.len().saturating_add(proof.len()).saturating_add(32));
    for piece in [id, MARK, issuer, "_"] {
        joined.push_str(piece);
    }
    let letters = proof.trim_end_matches('=').chars();
    joined.extend(letters.map(|letter| match letter {
        '+' => '-',
        '/' => '_',
        other => other,
    }));
    Cow::Owned(joined)
}

/// The id as the provider knows it, and the signature that it carried.
pub(super) fn split(id: Cow<'_, str>) -> (Cow<'_, str>, Option<String>) {
    let Some((bare, issuer, letters)) = parts(&id) else {
        return (id, None);
    };
    let mut proof = String::with_capacity(letters.len().saturating_add(2));
    proof.extend(letters.chars().map(|letter| match letter {
        '-' => '+',
        '_' => '/',
        other => other,
    }));
    while !proof.len().is_multiple_of(4) {
        proof.push('=');
    }
    let signature = signature::stamp(issuer, &proof);
    let end = bare.len();
    let bare = match id {
        Cow::Borrowed(id) => Cow::Borrowed(id.get(..end).unwrap_or(id)),
        Cow::Owned(mut id) => {
            id.truncate(end);
            Cow::Owned(id)
        }
    };
    (bare, Some(signature))
}

/// The id as the provider knows it, where it carries a signature.
pub fn bare(id: &str) -> Option<&str> {
    parts(id).map(|(bare, ..)| bare)
}

fn parts(id: &str) -> Option<(&str, &str, &str)> {
    let (bare, carried) = id.split_once(MARK)?;
    let (issuer, letters) = carried.split_once('_')?;
    let in_alphabet = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    // Four letters are three bytes: one letter alone is none.
    let is_proof = letters.len() % 4 != 1 && letters.bytes().all(in_alphabet);
    let is_ours = is_issuer(issuer) && !letters.is_empty() && is_proof;
    is_ours.then_some((bare, issuer, letters))
}

fn is_issuer(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// Whether it is base64 in whole groups, as JSON has bytes.
fn is_base64(text: &str) -> bool {
    let letters = text.trim_end_matches('=');
    let in_alphabet = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let is_padded = text.len().is_multiple_of(4) && text.len().saturating_sub(letters.len()) <= 2;
    !letters.is_empty() && is_padded && letters.bytes().all(in_alphabet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_comes_back_as_it_was() {
        for proof in ["EpEg", "+/+/", "AA==", "abc=", &"Zm9v".repeat(50_000)] {
            let signature = format!("gemini:{proof}");
            let joined = join("call_1", Some(&signature)).into_owned();
            let is_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
            assert!(joined.chars().all(is_safe), "{joined}");
            assert_eq!(bare(&joined), Some("call_1"));
            let (id, back) = split(Cow::Owned(joined));
            assert_eq!((&*id, back), ("call_1", Some(signature)));
        }
    }

    #[test]
    fn a_call_without_signature_keeps_its_id() {
        for signature in [
            None,
            Some("unstamped"),
            Some("gemini:"),
            Some("gemini:%%%%"),
        ] {
            assert_eq!(join("call_1", signature), "call_1", "{signature:?}");
        }
    }

    #[test]
    fn ids_that_only_look_like_it_are_left_alone() {
        for id in [
            "",
            "call_1",
            "call__sig_",
            "call__sig_gemini",
            "call__sig_gemini_",
            "call__sig_gemini_A",
            "call__sig_Gemini_AAAA",
            "call__sig_gemini_AA.A",
            "call__sig_gemini_ÄÄÄÄ",
        ] {
            assert_eq!(split(Cow::Borrowed(id)), (Cow::Borrowed(id), None));
            assert_eq!(bare(id), None);
        }
    }
}
