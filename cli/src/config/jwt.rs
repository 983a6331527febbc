//! `jwt`: whose tokens are believed. Envoy verifies them; which key a token stands for is said where
//! the key is.

use std::cell::RefCell;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::base_url::{self, BaseUrl, Host};
use super::field::{Field, Section};
use super::name;

/// How long an issuer's keys are believed before they are fetched again.
const DEFAULT_CACHE: Duration = Duration::from_mins(5);

/// Somebody who issues tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Issuer {
    /// Its name in this file.
    pub(crate) name: String,
    /// What its tokens say in `iss`.
    pub(crate) issuer: String,
    /// One of these is in the tokens' `aud`; never empty.
    pub(crate) audiences: Vec<String>,
    pub(crate) keys: IssuerKeys,
}

/// Where an issuer's public keys are, as a JSON Web Key Set (RFC 7517).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum IssuerKeys {
    /// In a file, which Envoy reads at its start.
    File(PathBuf),
    /// At a URL.
    Remote(Box<Remote>),
}

/// Keys at a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remote {
    pub(crate) url: BaseUrl,
    /// As it stands in the file, with its query.
    pub(crate) text: String,
    pub(crate) cache: Duration,
    /// Certificates to trust; `None`: those of the system.
    pub(crate) ca_file: Option<PathBuf>,
}

/// The issuers in the file.
#[derive(Debug, Default)]
pub(super) struct Issuers<'a> {
    /// Those with mistakes included.
    entries: Vec<(&'a str, Field<'a>)>,
    pub(super) read: Vec<Issuer>,
    /// Those that a key has named.
    used: RefCell<HashSet<String>>,
}

impl<'a> Issuers<'a> {
    /// Notes that a key names one; one that does not exist is reported.
    pub(super) fn use_one(&self, field: &Field<'_>, name: &str) {
        let names = self.entries.iter().map(|(name, _)| *name);
        if names.clone().all(|known| known != name) {
            field.report_unknown("`jwt` has no issuer", name, names);
        }
        self.used.borrow_mut().insert(name.to_owned());
    }

    /// Reports each whose tokens are of no use, because no key names it.
    pub(super) fn report_unused(&self) {
        let used = self.used.borrow();
        for (name, field) in self
            .entries
            .iter()
            .filter(|(name, _)| !used.contains(*name))
        {
            field.report(format!(
                "nobody can come in with its tokens: no key has `jwt: {{issuer: {name}, claims: …}}`"
            ));
        }
    }
}

/// Reads the section.
pub(super) fn read<'a>(root: &Section<'a>, directory: &Path) -> Issuers<'a> {
    let entries = root.optional("jwt").and_then(|field| field.entries());
    let entries = entries.unwrap_or_default();
    let mut issuers: Vec<Issuer> = Vec::new();
    for (name, field) in &entries {
        name::short(field, "an issuer's name", name);
        let Some(issuer) = read_issuer(name, field, directory) else {
            continue;
        };
        // Envoy would verify a token by the keys of the first of them only.
        if let Some(first) = issuers.iter().find(|first| first.issuer == issuer.issuer) {
            field.report(format!("is the same issuer as `jwt.{}`", first.name));
        }
        issuers.push(issuer);
    }
    Issuers {
        entries,
        read: issuers,
        used: RefCell::default(),
    }
}

fn read_issuer(name: &str, field: &Field<'_>, directory: &Path) -> Option<Issuer> {
    let section = field.section(&["issuer", "audiences", "jwks"], &[])?;
    let issuer = section.required("issuer").and_then(|field| field.text());
    let audiences = read_audiences(&section);
    let keys = section.required("jwks");
    let keys = keys.and_then(|field| read_keys(&field, directory));
    Some(Issuer {
        name: name.to_owned(),
        issuer: issuer?.to_owned(),
        audiences: audiences?,
        keys: keys?,
    })
}

fn read_audiences(section: &Section<'_>) -> Option<Vec<String>> {
    const WHY: &str = "without one, a token for any other service of this issuer would let its \
                       holder in";
    let Some(field) = section.optional("audiences") else {
        section
            .field()
            .report(format!("`audiences` is missing: {WHY}"));
        return None;
    };
    let items = field.items()?;
    if items.is_empty() {
        field.report(format!("must have at least one audience: {WHY}"));
    }
    let texts = items.iter().map(|item| item.text().map(str::to_owned));
    texts.collect()
}

fn read_keys(field: &Field<'_>, directory: &Path) -> Option<IssuerKeys> {
    let section = field.section(&["file", "url", "cache", "tls"], &[])?;
    let (file, url) = (section.optional("file"), section.optional("url"));
    match (file, url) {
        (Some(file), None) => {
            for unused in ["cache", "tls"]
                .iter()
                .filter_map(|name| section.optional(name))
            {
                unused.report("belongs to a `url`; a file is read when Envoy starts");
            }
            Some(IssuerKeys::File(directory.join(file.text()?)))
        }
        (None, Some(url)) => {
            let remote = read_remote(&url, &section, directory)?;
            Some(IssuerKeys::Remote(Box::new(remote)))
        }
        _ => {
            field.report("must have exactly one of `file` and `url`");
            None
        }
    }
}

fn read_remote(field: &Field<'_>, section: &Section<'_>, directory: &Path) -> Option<Remote> {
    let cache = section.optional("cache");
    let cache = cache.map_or(Some(DEFAULT_CACHE), |field| field.duration());
    let tls = section.optional("tls");
    let tls = tls.and_then(|field| field.section(&["ca_file"], &[])?.required("ca_file"));
    let ca_file = tls.and_then(|field| Some(directory.join(field.text()?)));
    let url = read_url(field)?;
    Some(Remote {
        url,
        text: field.text()?.to_owned(),
        cache: cache?,
        ca_file,
    })
}

fn read_url(field: &Field<'_>) -> Option<BaseUrl> {
    let text = field.text()?;
    let before_query = text.split_once('?').map_or(text, |(before, _)| before);
    let url = base_url::parse(before_query).map_err(|message| field.report(message));
    let url = url.ok()?;
    let is_here = matches!(url.host, Host::Ip(address) if address.is_loopback());
    if !url.https && !is_here {
        field.report(
            "must begin with `https://`: whoever can change these keys on their way can be anybody; \
             plain HTTP is for this machine's own addresses, such as `http://127.0.0.1:8200/keys`",
        );
    }
    Some(url)
}
