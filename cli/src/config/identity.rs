//! `keys[].jwt` and `keys[].certificate`: by what a key is known beside its hash.

use std::collections::BTreeMap;

use tidegate::config::identity::{CertificateRule, Claim, TokenRule};

use super::field::Field;
use super::jwt::Issuers;

/// The longest SPIFFE ID (SPIFFE-ID, 2.3).
const LONGEST_URI: usize = 2048;

/// What the rest of the file says about identities.
pub(super) struct Verified<'a> {
    pub(super) issuers: &'a Issuers<'a>,
    /// Whether clients are asked for certificates.
    pub(super) certificates: bool,
}

/// `{issuer: corporate, claims: {sub: billing}}`.
pub(super) fn read_token(field: &Field<'_>, verified: &Verified<'_>) -> Option<TokenRule> {
    let section = field.section(&["issuer", "claims"], &[])?;
    let issuer = section
        .required("issuer")
        .and_then(|field| read_issuer(&field, verified));
    let claims = section.required("claims").and_then(|field| {
        let claims = read_claims(&field)?;
        if claims.is_empty() {
            field.report("must have at least one claim: every token of the issuer would do");
        }
        Some(claims)
    });
    Some(TokenRule {
        issuer: issuer?,
        claims: claims?,
    })
}

fn read_issuer(field: &Field<'_>, verified: &Verified<'_>) -> Option<String> {
    let name = field.text()?;
    verified.issuers.use_one(field, name);
    Some(name.to_owned())
}

fn read_claims(field: &Field<'_>) -> Option<BTreeMap<String, Claim>> {
    let entries = field.entries()?.into_iter();
    let claim = |(name, field): (&str, Field<'_>)| Some((name.to_owned(), read_claim(&field)?));
    all(entries.map(claim)).map(BTreeMap::from_iter)
}

fn read_claim(field: &Field<'_>) -> Option<Claim> {
    if field.is_map() {
        return read_claims(field).map(Claim::Object);
    }
    if !field.is_list() {
        return field.text().map(|text| Claim::Text(text.to_owned()));
    }
    let items = field.items()?;
    if items.is_empty() {
        field.report("must have at least one item, or be a single text");
    }
    let items = items.iter().map(|item| item.text().map(str::to_owned));
    all(items).map(Claim::Items)
}

/// All of them are read, so that each can report its own problem.
fn all<T>(read: impl Iterator<Item = Option<T>>) -> Option<Vec<T>> {
    let read: Vec<_> = read.collect();
    read.into_iter().collect()
}

/// `{uri: "spiffe://acme/ns/billing/sa/api"}` or `{dns: billing.acme.internal}`.
pub(super) fn read_certificate(
    field: &Field<'_>,
    verified: &Verified<'_>,
) -> Option<CertificateRule> {
    let section = field.section(&["uri", "dns"], &[])?;
    if !verified.certificates {
        field.report(
            "nobody is asked for a certificate: `listen.tls.client_certificates` says which \
             authorities are believed",
        );
    }
    match (section.optional("uri"), section.optional("dns")) {
        (Some(uri), None) => read_uri(&uri).map(CertificateRule::Uri),
        (None, Some(dns)) => read_dns(&dns).map(CertificateRule::Dns),
        _ => {
            field.report("must have exactly one of `uri` and `dns`");
            None
        }
    }
}

fn read_uri(field: &Field<'_>) -> Option<String> {
    let text = field.text()?;
    let problem = match text.split_once(':') {
        Some(("spiffe", rest)) => !is_spiffe(rest),
        Some((scheme, rest)) => scheme.is_empty() || rest.is_empty(),
        None => true,
    };
    if problem || text.len() > LONGEST_URI {
        field.report(format!(
            "must be the URI in a certificate, such as `spiffe://acme.example/ns/billing/sa/api`, \
             in full, not `{text}`"
        ));
    }
    Some(text.to_owned())
}

/// A trust domain and a path (SPIFFE-ID, 2.1 and 2.2).
fn is_spiffe(rest: &str) -> bool {
    let Some((domain, path)) = rest
        .strip_prefix("//")
        .and_then(|rest| rest.split_once('/'))
    else {
        return false;
    };
    let of_domain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c);
    let of_path = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    let is_segment =
        |segment: &str| !matches!(segment, "" | "." | "..") && segment.chars().all(of_path);
    !domain.is_empty() && domain.chars().all(of_domain) && path.split('/').all(is_segment)
}

fn read_dns(field: &Field<'_>) -> Option<String> {
    let text = field.text()?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    if !text.chars().all(allowed) {
        field.report(format!(
            "must be the name in a certificate, such as `billing.acme.internal`, in full, not `{text}`"
        ));
    }
    Some(text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spiffe_id_has_a_domain_and_a_path() {
        for right in [
            "//acme/api",
            "//acme.example/ns/billing/sa/API-2",
            "//a_b/c.d",
        ] {
            assert!(is_spiffe(right), "{right}");
        }
        for wrong in [
            "acme/api",
            "//acme",
            "//acme/",
            "//acme/a/",
            "//acme//a",
            "///a",
            "//Acme/a",
            "//acme/../a",
            "//acme/a?b",
            "//acme:443/a",
            "//acme/*",
            "//user@acme/a",
        ] {
            assert!(!is_spiffe(wrong), "{wrong}");
        }
    }
}
