//! Signatures: a provider's opaque proofs of how it came to what it said.
//!
//! A client that replays an answer gives its signatures back, and the provider that made them
//! thinks on where it was. To any other provider they mean nothing, and most refuse them; since an
//! answer may be replayed to another target than it came from, a signature tells who made it. One
//! without a maker comes from a client that got it elsewhere, or from a provider whose signatures
//! are good on every host of its models.

/// Stands between the maker and the proof, and in no base64.
const SEPARATOR: char = ':';

/// The signature of the provider of this kind: `gemini:EpEg…`.
pub fn stamp(issuer: &str, proof: &str) -> String {
    format!("{issuer}{SEPARATOR}{proof}")
}

/// Who made a signature, where it tells, and the bare proof.
pub fn split(signature: &str) -> (Option<&str>, &str) {
    match signature.split_once(SEPARATOR) {
        Some((issuer, proof)) => (Some(issuer), proof),
        None => (None, signature),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamped_signature_tells_who_made_it() {
        assert_eq!(split(&stamp("gemini", "Ep+/=")), (Some("gemini"), "Ep+/="));
        assert_eq!(split("Ep+/="), (None, "Ep+/="));
    }
}
