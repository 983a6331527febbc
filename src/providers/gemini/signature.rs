//! Thought signatures: sealed thoughts of the model, which it wants back on the part that they
//! came with.
//!
//! * Gemini 3 refuses (400) a call of a tool that has lost its signature; of several calls in one
//!   turn only the first has one. A call that another model has made, or whose signature a client
//!   has lost, gets a stand-in that Google has made for it.
//! * AI Studio and Vertex refuse one another's (pydantic-ai 2.68.0, tried 2026-10-27), so that
//!   [`stamp`] notes who made it, and [`own`] gives away only what the same host has made. One
//!   without maker is taken for the host's own: it comes from a client of Google's own endpoint.
//!
//! How they travel through a client is told in docs/adr/0012.

use super::endpoint::Host;
use crate::chat::signature;

/// Tells the API not to look for a signature: base64, as all signatures are, of
/// `skip_thought_signature_validator`.
pub(super) const STAND_IN: &str = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=";

/// A signature for the client to keep.
pub(super) fn stamp(host: Host, proof: &str) -> String {
    signature::stamp(host.kind(), proof)
}

/// The proof, if it says that the host has made it. What other vendors sign tells no maker.
pub(super) fn stamped(host: Host, signature: &str) -> Option<&str> {
    let (issuer, proof) = signature::split(signature);
    (issuer == Some(host.kind()) && !proof.is_empty()).then_some(proof)
}

/// The proof, if the host has made it or may have.
pub(super) fn own(host: Host, signature: &str) -> Option<&str> {
    let (issuer, proof) = signature::split(signature);
    let is_own = issuer.is_none_or(|issuer| issuer == host.kind());
    (is_own && !proof.is_empty()).then_some(proof)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn a_host_is_given_its_own_signatures_only() {
        let stamped = stamp(Host::AiStudio, "EpEg");
        assert_eq!(own(Host::AiStudio, &stamped), Some("EpEg"));
        assert_eq!(own(Host::Vertex, &stamped), None);
        assert_eq!(own(Host::Vertex, "EpEg"), Some("EpEg"));
        assert_eq!(own(Host::Vertex, "vertex:"), None);
        assert_eq!(super::stamped(Host::AiStudio, &stamped), Some("EpEg"));
        assert_eq!(super::stamped(Host::AiStudio, "EpEg"), None);
    }

    #[test]
    fn the_stand_in_is_googles() {
        let bytes = STANDARD.decode(STAND_IN).unwrap();
        assert_eq!(bytes, b"skip_thought_signature_validator");
    }
}
