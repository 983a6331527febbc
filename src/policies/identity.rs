//! Who is calling, where it is no virtual key that says so: tokens (JWT) and client certificates.
//!
//! Envoy verifies both before the filter sees the request (docs/adr/0025), and the filter asks Envoy
//! for what it has found: never a header, which anybody can write. Each question is a host call, and
//! is asked only where a key of the configuration is known in that way.

mod tokens;

use std::collections::HashMap;
use std::rc::Rc;

use super::auth::Key;
use super::claims::Object;
use crate::chat::{Error, ErrorKind};
use crate::config::identity::{CertificateRule, TOKEN_FILTER, TokenRule, failure};
use tokens::Tokens;

/// One of Envoy's attributes, by the parts of its name joined by zero bytes.
pub type Attribute<'a> = &'a dyn Fn(&str) -> Option<Vec<u8>>;

/// All dynamic metadata of a request.
const METADATA: &str = "metadata";
/// First URI and first DNS name of a client's certificate. Envoy has refused the connection where a
/// certificate is not one of the configured authority's.
const URI: &str = "connection\0uri_san_peer_certificate";
const DNS: &str = "connection\0dns_san_peer_certificate";

/// Keys that are known by what Envoy has verified.
#[derive(Debug, Default)]
pub struct Identities {
    tokens: Tokens,
    uris: HashMap<String, Rc<Key>>,
    dns: HashMap<String, Rc<Key>>,
}

impl Identities {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.tokens.issuers().is_empty() && self.uris.is_empty() && self.dns.is_empty()
    }

    /// Tokens that this rule describes stand for this key.
    pub fn add_token(&mut self, rule: TokenRule, key: &Rc<Key>) {
        self.tokens.add(rule, key);
    }

    /// Certificates that this rule describes stand for this key.
    pub fn add_certificate(&mut self, rule: CertificateRule, key: &Rc<Key>) {
        match rule {
            CertificateRule::Uri(uri) => self.uris.insert(uri, Rc::clone(key)),
            CertificateRule::Dns(name) => {
                self.dns.insert(name.to_ascii_lowercase(), Rc::clone(key))
            }
        };
    }

    /// The caller of a request that shows no key: Envoy has taken a good token out of it, or its
    /// connection has a certificate. `None` where there is neither.
    ///
    /// # Errors
    /// 401 where there is one, and no key belongs to it.
    pub fn verified(&self, attribute: Attribute<'_>) -> Result<Option<Rc<Key>>, Error> {
        match self.by_token(attribute)? {
            Some(key) => Ok(Some(key)),
            None => self.by_certificate(attribute),
        }
    }

    /// What to say of something that was shown and is no key; `None` where it is no token either.
    pub fn refusal(&self, shown: &[u8], attribute: Attribute<'_>) -> Option<Error> {
        if self.tokens.issuers().is_empty() || !is_token(shown) {
            return None;
        }
        let metadata = attribute(METADATA).unwrap_or_default();
        let found = Object::of_filter(&metadata, TOKEN_FILTER);
        let reasons = self.tokens.issuers().iter().filter_map(|issuer| {
            let failure = found?.object(&failure(issuer))?;
            failure.text("message").map(reason)
        });
        // Each issuer says that a token is not its own; one may say more.
        let reason = reasons.max_by_key(|reason| *reason != Reason::Issuer);
        Some(reason.unwrap_or(Reason::Other).error())
    }

    fn by_token(&self, attribute: Attribute<'_>) -> Result<Option<Rc<Key>>, Error> {
        if self.tokens.issuers().is_empty() {
            return Ok(None);
        }
        let metadata = attribute(METADATA).unwrap_or_default();
        let Some(found) = Object::of_filter(&metadata, TOKEN_FILTER) else {
            return Ok(None);
        };
        if let Some(key) = self.tokens.find(found) {
            return Ok(Some(Rc::clone(key)));
        }
        let mut issuers = self.tokens.issuers().iter();
        match issuers.any(|issuer| found.object(issuer).is_some()) {
            true => Err(stranger("token")),
            false => Ok(None),
        }
    }

    fn by_certificate(&self, attribute: Attribute<'_>) -> Result<Option<Rc<Key>>, Error> {
        let mut is_shown = false;
        for (known, name) in [(&self.uris, URI), (&self.dns, DNS)] {
            if known.is_empty() {
                continue;
            }
            let Some(shown) = text(attribute(name)) else {
                continue;
            };
            is_shown = true;
            // Case means nothing in a DNS name, and something in a URI.
            let shown = if name == DNS {
                shown.to_ascii_lowercase()
            } else {
                shown
            };
            if let Some(key) = known.get(&shown) {
                return Ok(Some(Rc::clone(key)));
            }
        }
        if is_shown {
            Err(stranger("client certificate"))
        } else {
            Ok(None)
        }
    }
}

fn text(value: Option<Vec<u8>>) -> Option<String> {
    String::from_utf8(value?)
        .ok()
        .filter(|text| !text.is_empty())
}

/// Three parts of base64url, of which the first is a JSON object.
fn is_token(shown: &[u8]) -> bool {
    let dots = shown.iter().filter(|byte| **byte == b'.').count();
    dots == 2 && shown.starts_with(b"eyJ")
}

/// Why Envoy has not taken a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    Expired,
    NotYetValid,
    Audience,
    Issuer,
    Signature,
    /// Nobody can say: the issuer's keys are not to be had.
    Unavailable,
    Other,
}

/// Envoy's words for it (jwt_verify_lib's `status.cc`; those of 1.40 checked 2026-11-25).
fn reason(message: &str) -> Reason {
    match message {
        "Jwt is expired" => Reason::Expired,
        "Jwt not yet valid" => Reason::NotYetValid,
        "Audiences in Jwt are not allowed" => Reason::Audience,
        "Jwt issuer is not configured" => Reason::Issuer,
        "Jwt verification fails" | "Jwks doesn't have key to match kid or alg from Jwt" => {
            Reason::Signature
        }
        "Jwks remote fetch is failed" => Reason::Unavailable,
        _ => Reason::Other,
    }
}

impl Reason {
    fn error(self) -> Error {
        let why = match self {
            Self::Expired => "The token has expired. Get a new one from its issuer.",
            Self::NotYetValid => "The token is not valid yet. Check the clock of its issuer.",
            Self::Audience => {
                "The token is not for this gateway: its `aud` is another. Ask its issuer for one \
                 that is."
            }
            Self::Issuer => {
                "The token is of an issuer that this gateway does not know. Get one from an issuer \
                 that it knows."
            }
            Self::Signature => {
                "The token's signature is by none of its issuer's keys, or it has no expiry. Get a new \
                 one from its issuer."
            }
            Self::Other => {
                "The token cannot be verified. Get a new one from an issuer that this gateway knows."
            }
            Self::Unavailable => {
                let why = "The keys of the token's issuer cannot be had now. Try again later.";
                return Error::new(ErrorKind::Overloaded, why).with_code("issuer_unavailable");
            }
        };
        Error::new(ErrorKind::Authentication, why).with_code("invalid_token")
    }
}

fn stranger(what: &str) -> Error {
    let message = format!(
        "The {what} is good, but belongs to no key of this gateway. Ask whoever runs it to add one."
    );
    Error::new(ErrorKind::Authentication, message).with_code("unknown_identity")
}

#[cfg(test)]
mod tests;
