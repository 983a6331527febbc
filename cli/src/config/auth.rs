//! `keys` and `auth`: who may come in.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use tidegate::config::identity::{CertificateRule, TokenRule};
use tidegate::config::limits::ScopeKind;
use tidegate::config::runtime::{Auth, VirtualKey};

use super::field::{Field, Section};
use super::identity::{self, Verified};
use super::limits::{self, Counters, Groups, Limits};
use super::model::Names;
use super::name;
use super::sidecar::Metadata;

const MAX_METADATA: usize = 32;
const MAX_METADATA_TEXT: usize = 256;

/// Who may come in, and what is known of them.
#[derive(Debug)]
pub(super) struct Clients {
    pub(super) auth: Auth,
    pub(super) metadata: Metadata,
}

/// What the rest of the file says that matters to keys.
pub(super) struct Around<'a> {
    pub(super) models: &'a Names<'a>,
    pub(super) groups: &'a Groups<'a>,
    /// Limits of keys that have none of their own.
    pub(super) defaults: &'a Limits,
    pub(super) verified: &'a Verified<'a>,
    /// Whether keys can be made while the gateway runs.
    pub(super) has_store: bool,
}

/// Reads `keys` or `auth: none`; exactly one of them must be there.
pub(super) fn read(
    root: &Section<'_>,
    around: &Around<'_>,
    counters: &mut Counters,
) -> Option<Clients> {
    let mut keys = |field: Field<'_>| Keys::new(around, counters).read(&field);
    match (root.optional("auth"), root.optional("keys")) {
        (None, None) => {
            root.field().report(
                "who may come in? Add `keys` (`tidegate key new ID` makes one), or say \
                 `auth: none` to let everybody in",
            );
            None
        }
        (Some(auth), None) => {
            if let Some(defaults) = root.optional("defaults") {
                defaults
                    .report("are limits of each key, and there is none; `limits` are everybody's");
            }
            let open = Clients {
                auth: Auth::None,
                metadata: Metadata::new(),
            };
            auth.choice(&[("none", ())]).map(|()| open)
        }
        (None, Some(field)) => keys(field),
        (Some(auth), Some(field)) => {
            auth.report("`auth: none` lets everybody in, but there are `keys` too; keep one");
            keys(field)
        }
    }
}

const FIELDS: [&str; 9] = [
    "id",
    "sha256",
    "jwt",
    "certificate",
    "team",
    "models",
    "expires",
    "metadata",
    "routing_headers",
];

/// Reads the list of keys.
struct Keys<'a> {
    around: &'a Around<'a>,
    counters: &'a mut Counters,
    metadata: Metadata,
    /// Ids and hashes so far, with the paths of their keys.
    ids: HashMap<String, String>,
    hashes: HashMap<String, String>,
    tokens: Vec<(TokenRule, String)>,
    certificates: Vec<(CertificateRule, String)>,
}

/// By what a key is known.
#[derive(Default)]
struct Proofs {
    sha256: Option<String>,
    token: Option<TokenRule>,
    certificate: Option<CertificateRule>,
}

impl<'a> Keys<'a> {
    fn new(around: &'a Around<'a>, counters: &'a mut Counters) -> Self {
        Self {
            around,
            counters,
            metadata: Metadata::new(),
            ids: HashMap::new(),
            hashes: HashMap::new(),
            tokens: Vec::new(),
            certificates: Vec::new(),
        }
    }

    fn read(mut self, field: &Field<'_>) -> Option<Clients> {
        let items = field.items()?;
        if items.is_empty() && !self.around.has_store {
            field.report("there is no key in this list: nobody could come in");
        }
        let keys = items
            .iter()
            .filter_map(|item| self.read_key(item))
            .collect();
        Some(Clients {
            auth: Auth::Keys(keys),
            metadata: self.metadata,
        })
    }

    fn read_key(&mut self, field: &Field<'_>) -> Option<VirtualKey> {
        let section = field.section(&[&FIELDS[..], &limits::FIELDS].concat(), &[])?;
        let id = section.required("id");
        let id = id.and_then(|field| read_id(&field, &mut self.ids));
        let proofs = self.read_proofs(&section);
        let team = section.optional("team");
        let team = team.map(|field| self.around.groups.membership(&field));
        let team = team.unwrap_or_default();
        let models = section.optional("models");
        let models = models.map(|field| read_models(&field, self.around.models));
        let expires = section.optional("expires");
        let expires = expires.and_then(|field| read_time(&field));
        let metadata = section
            .optional("metadata")
            .map(|field| read_metadata(&field));
        let routing_headers = section.optional("routing_headers");
        let routing_headers = routing_headers.map(|field| field.switch());
        let own = Limits::read(&section).or(self.around.defaults);
        let id = id?;
        let mut counters = self.counters.add(ScopeKind::Key, &id, &own);
        counters.extend(team.counters);
        self.metadata
            .extend(metadata.map(|metadata| (id.clone(), metadata)));
        Some(VirtualKey {
            id,
            sha256: proofs.sha256,
            token: proofs.token,
            certificate: proofs.certificate,
            team: team.team,
            models,
            organization: team.organization,
            expires,
            counters,
            routing_headers: routing_headers.flatten().unwrap_or_default(),
        })
    }

    /// At least one must be there.
    fn read_proofs(&mut self, section: &Section<'_>) -> Proofs {
        let verified = self.around.verified;
        let fields = ["sha256", "jwt", "certificate"].map(|name| section.optional(name));
        if fields.iter().all(Option::is_none) {
            section.field().report(
                "has nothing to be known by: add `sha256` (`tidegate key new ID` prints it), `jwt` \
                 or `certificate`",
            );
        }
        let [sha256, token, certificate] = fields;
        let sha256 = sha256.map(|field| read_sha256(&field, &mut self.hashes));
        let token = token.map(|field| {
            let rule = identity::read_token(&field, verified)?;
            Some(once(&field, rule, &mut self.tokens))
        });
        let certificate = certificate.map(|field| {
            let rule = identity::read_certificate(&field, verified)?;
            Some(once(&field, rule, &mut self.certificates))
        });
        // What is there and wrong has been reported.
        Proofs {
            sha256: sha256.flatten(),
            token: token.flatten(),
            certificate: certificate.flatten(),
        }
    }
}

/// Reports a rule that an earlier key has, too: the later one would never be the caller.
fn once<T: PartialEq + Clone>(field: &Field<'_>, rule: T, seen: &mut Vec<(T, String)>) -> T {
    if let Some((_, first)) = seen.iter().find(|(known, _)| *known == rule) {
        field.report(format!("is the same as {first}"));
    }
    seen.push((rule.clone(), field.path().to_owned()));
    rule
}

fn read_id(field: &Field<'_>, seen: &mut HashMap<String, String>) -> Option<String> {
    let id = field.text()?;
    if let Some(problem) = name::key_id_problem(id) {
        field.report(problem);
    }
    match seen.get(id) {
        Some(first) => field.report(format!("`{id}` is already the id of {first}")),
        None => {
            seen.insert(id.to_owned(), field.path().to_owned());
        }
    }
    Some(id.to_owned())
}

/// What stands here instead of a hash may be the key itself, and is not repeated.
fn read_sha256(field: &Field<'_>, seen: &mut HashMap<String, String>) -> Option<String> {
    let text = field.text()?;
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        field.report(
            "must be the SHA-256 of the key, 64 hexadecimal digits (`tidegate key new ID` prints \
             it); the key itself never stands in this file",
        );
        return None;
    }
    let hash = text.to_ascii_lowercase();
    if let Some(first) = seen.get(&hash) {
        field.report(format!("is the same key as {first}"));
    }
    seen.insert(hash.clone(), field.path().to_owned());
    Some(hash)
}

fn read_models(field: &Field<'_>, models: &Names<'_>) -> Vec<String> {
    let items = field.items().unwrap_or_default();
    if items.is_empty() {
        field.report("a key that may use no model is of no use; without `models` it may use all");
    }
    let model = |item: &Field<'_>| models.resolve(item, item.text()?).map(str::to_owned);
    items.iter().filter_map(model).collect()
}

/// Seconds since 1970.
fn read_time(field: &Field<'_>) -> Option<u64> {
    let text = field.text()?;
    let time = text.parse::<Timestamp>().ok();
    let seconds = time.and_then(|time| u64::try_from(time.as_second()).ok());
    if seconds.is_none() {
        field.report(format!(
            "must be a time with its offset, such as `2027-01-01T00:00:00Z`, not `{text}`"
        ));
    }
    seconds
}

/// Texts for people, by names of their own.
fn read_metadata(field: &Field<'_>) -> BTreeMap<String, String> {
    let entries = field.entries().unwrap_or_default();
    if entries.len() > MAX_METADATA {
        field.report(format!("has more than {MAX_METADATA} entries"));
    }
    let entry = |(name, field): (&str, Field<'_>)| {
        let text = field.text()?;
        if text.len() > MAX_METADATA_TEXT || name.len() > MAX_METADATA_TEXT {
            field.report(format!("is longer than {MAX_METADATA_TEXT} bytes"));
        }
        Some((name.to_owned(), text.to_owned()))
    };
    entries.into_iter().filter_map(entry).collect()
}
