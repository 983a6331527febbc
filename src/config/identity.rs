//! What a key can be known by beside its hash: a token or a certificate that Envoy has verified.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Envoy's filter that verifies tokens, and the name of the dynamic metadata in which it leaves what
/// it has found: for each issuer the claims under the issuer's name, or why there are none under
/// [`failure`].
pub const TOKEN_FILTER: &str = "envoy.filters.http.jwt_authn";

/// Name under which Envoy says why it has not taken a token for one of this issuer. No issuer has
/// such a name.
pub fn failure(issuer: &str) -> String {
    format!("{issuer}/failed")
}

/// Which tokens stand for a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenRule {
    /// Name of the issuer in the configuration.
    pub issuer: String,
    /// What their claims must be, all of them; never empty.
    pub claims: BTreeMap<String, Claim>,
}

/// What a claim must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Claim {
    /// This text.
    Text(String),
    /// A list that has all of these texts.
    Items(Vec<String>),
    /// An object with these claims, and perhaps others.
    Object(BTreeMap<String, Claim>),
}

/// Which certificates stand for a key, by their subject alternative name. Envoy tells the first of
/// each kind only, and SPIFFE allows no second one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateRule {
    /// Those with this URI, such as `spiffe://acme/ns/billing/sa/api`.
    Uri(String),
    /// Those with this DNS name.
    Dns(String),
}
