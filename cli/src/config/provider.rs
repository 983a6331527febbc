//! `providers`: where requests can go.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tidegate::config::runtime::{ProviderConfig, RemoteImages};
use tidegate::providers::{self, BaseUrl as BaseUrlOf, Options, UnknownFields, Wire};

use super::base_url::{self, BaseUrl};
use super::field::{Field, Section};
use super::{Provider, Tls, credentials, name, timeouts};

const FIELDS: &[&str] = &[
    "kind",
    "base_url",
    "api_key",
    "auth",
    "headers",
    "unknown_fields",
    "strict",
    "default_max_tokens",
    "tls",
    "timeouts",
];

/// What the rest of the file says about all providers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Defaults<'a> {
    pub(crate) connect_timeout: Duration,
    pub(crate) unknown_fields: UnknownFields,
    pub(crate) max_body_bytes: u64,
    pub(crate) remote_images: Option<&'a RemoteImages>,
    /// Relative paths are relative to this.
    pub(crate) directory: &'a Path,
}

/// Reads one provider.
pub(crate) fn read(provider: &str, field: &Field<'_>, defaults: Defaults<'_>) -> Option<Provider> {
    name::short(field, "a provider's name", provider);
    // `openai:` with nothing after it would be a provider without a key: said as such below.
    field.entries()?;
    let kind = read_kind(provider, field)?;
    let mut fields = FIELDS.to_vec();
    fields.extend(kind.options.iter().map(|option| option.name));
    let section = field.section(&fields, &[])?;
    let options = read_options(&section, &kind);
    let url = read_base_url(&section, &kind, &options);
    let api_key_env = section
        .optional("api_key")
        .map(|field| read_api_key(&field));
    let auth = section.optional("auth");
    let credentials = auth
        .as_ref()
        .and_then(|field| credentials::read(field, kind.kind, &options, defaults.directory));
    match (&api_key_env, &auth) {
        (None, None) => report_missing_key(&section, &kind),
        (Some(_), Some(auth)) => {
            auth.report("stands beside `api_key`; only one of them can be shown")
        }
        _ => {}
    }
    let headers = section
        .optional("headers")
        .map(|field| read_headers(&field));
    let unknown_fields = section
        .optional("unknown_fields")
        .map(|field| read_unknown_fields(&field));
    let strict = section.optional("strict").and_then(|field| field.switch());
    let max_tokens = section.optional("default_max_tokens");
    let default_max_tokens = max_tokens.and_then(|field| field.integer(1..=10_000_000));
    let ca_file = read_tls(&section, url.as_ref(), defaults.directory);
    let connect_timeout = timeouts::connect(section.optional("timeouts"), defaults.connect_timeout);
    let url = url?;
    Some(Provider {
        filter: ProviderConfig {
            shadow: false,
            name: provider.to_owned(),
            kind: kind.kind.to_owned(),
            authority: url.authority,
            scheme: if url.https { "https" } else { "http" }.to_owned(),
            base_path: url.path,
            api_key_env: api_key_env.flatten(),
            headers: headers.unwrap_or_default(),
            unknown_fields: unknown_fields.flatten().unwrap_or(defaults.unknown_fields),
            strict: strict.unwrap_or_default(),
            default_max_tokens,
            options,
            remote_images: defaults
                .remote_images
                .filter(|_| takes_image_bytes_only(&kind))
                .cloned(),
            max_body_bytes: defaults.max_body_bytes,
        },
        host: url.host,
        port: url.port,
        tls: url.https.then_some(Tls { ca_file }),
        connect_timeout,
        credentials,
    })
}

/// `pass`, `drop` or `refuse`.
pub(crate) fn read_unknown_fields(field: &Field<'_>) -> Option<UnknownFields> {
    field.choice(&[
        ("pass", UnknownFields::Pass),
        ("drop", UnknownFields::Drop),
        ("refuse", UnknownFields::Refuse),
    ])
}

/// The kind, which is the provider's name where nothing is said.
fn read_kind(provider: &str, entry: &Field<'_>) -> Option<providers::Provider> {
    let Some(field) = entry.lookup("kind") else {
        let found = providers::find(provider);
        if found.is_none() {
            let kinds: Vec<_> = providers::kinds().collect();
            entry.report(format!(
                "`kind` is missing, and `{provider}` is not the name of one; kinds: {}",
                kinds.join(", ")
            ));
        }
        return found;
    };
    let kind = field.text()?;
    let found = providers::find(kind);
    if found.is_none() {
        field.report_unknown("there is no kind", kind, providers::kinds());
    }
    found
}

/// Whether pictures have to be fetched for providers of this kind.
fn takes_image_bytes_only(kind: &providers::Provider) -> bool {
    kind.native()
        .is_some_and(|native| native.takes_image_bytes_only())
}

/// The settings that only this kind has.
fn read_options(section: &Section<'_>, kind: &providers::Provider) -> Options {
    let mut options = Options::default();
    for spec in kind.options {
        let field = match spec.required {
            true => section.required(spec.name),
            false => section.optional(spec.name),
        };
        let Some(field) = field else { continue };
        match field.text().map(|value| (value, (spec.check)(value))) {
            Some((value, Ok(()))) => {
                options.0.insert(spec.name.to_owned(), value.to_owned());
            }
            Some((_, Err(message))) => field.report(message),
            None => {}
        }
    }
    options
}

fn read_base_url(
    section: &Section<'_>,
    kind: &providers::Provider,
    options: &Options,
) -> Option<BaseUrl> {
    let Some(field) = section.optional("base_url") else {
        let own = kind.base_url.with(options);
        let own = own.and_then(|url| base_url::parse(&url).ok());
        if own.is_none() {
            section.field().report(format!(
                "`base_url` is missing: kind `{}` has no address of its own",
                kind.kind
            ));
        }
        return own;
    };
    let parsed = base_url::parse(field.text()?);
    let url = parsed.map_err(|message| field.report(message)).ok()?;
    if let Some(tail) = path_of_the_api(kind, options, &url) {
        field.report(format!(
            "must end before `{tail}`, as in the SDK of kind `{}`",
            kind.kind
        ));
    }
    Some(url)
}

/// What of a base URL the filter adds itself. As in the official SDKs, of which only OpenAI's has
/// the version in the base URL.
fn path_of_the_api(
    kind: &providers::Provider,
    options: &Options,
    url: &BaseUrl,
) -> Option<&'static str> {
    let own = kind.base_url.with(options);
    if matches!(kind.wire, Wire::OpenAi(_)) || own.is_some_and(|url| url.ends_with("/v1")) {
        return None;
    }
    let mut tails = ["/openai/v1", "/openai", "/v1"].into_iter();
    tails.find(|tail| url.path.ends_with(tail))
}

fn read_api_key(field: &Field<'_>) -> Option<String> {
    read_variable(field, "${OPENAI_API_KEY}", "Envoy")
}

/// The variable in `${NAME}`, which `reader` will read. What stands there otherwise may be a key, and is not repeated.
pub(super) fn read_variable(field: &Field<'_>, example: &str, reader: &str) -> Option<String> {
    let text = field.text()?;
    let name = text
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'));
    if let Some(name) = name.filter(|name| is_variable(name)) {
        return Some(name.to_owned());
    }
    field.report(format!(
        "must name an environment variable, such as \"{example}\": keys are never written to \
         files, and {reader} reads this one from its environment"
    ));
    None
}

/// Whether this is the name of an environment variable.
pub(super) fn is_variable(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(allowed)
}

/// A vendor's own service wants a key; one that the user runs may not.
fn report_missing_key(section: &Section<'_>, kind: &providers::Provider) {
    let vendors_own = match kind.base_url {
        BaseUrlOf::Fixed(url) => url.starts_with("https:"),
        BaseUrlOf::Made(_) => true,
        BaseUrlOf::Asked => false,
    };
    if vendors_own && section.optional("base_url").is_none() {
        let variable = match kind.kind {
            // The one that Amazon's own SDKs read.
            "bedrock" => "AWS_BEARER_TOKEN_BEDROCK".to_owned(),
            kind => format!(
                "{}_API_KEY",
                kind.to_ascii_uppercase().replace(['-', '.'], "_")
            ),
        };
        section.field().report(format!(
            "`api_key` is missing; add `api_key: \"${{{variable}}}\"`, or `auth`"
        ));
    }
}

fn read_headers(field: &Field<'_>) -> Vec<(String, String)> {
    let entries = field.entries().unwrap_or_default();
    let header = |(name, field): (&str, Field<'_>)| read_header(name, &field);
    entries.into_iter().filter_map(header).collect()
}

fn read_header(name: &str, field: &Field<'_>) -> Option<(String, String)> {
    let value = field.text()?;
    let name = name.to_ascii_lowercase();
    if http::HeaderName::from_bytes(name.as_bytes()).is_err() {
        field.report("is not a header's name");
    } else if holds_secret(&name) {
        field.report("would hold a secret in this file; a provider's key goes to `api_key`");
    } else if is_reserved(&name) {
        field.report("is set by the gateway and cannot be chosen");
    } else if value.contains("${") {
        field.report("environment variables are for `api_key` only");
    } else if !value.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        field.report("may have only visible ASCII characters and spaces");
    } else {
        return Some((name, value.to_owned()));
    }
    None
}

fn holds_secret(name: &str) -> bool {
    matches!(
        name,
        "authorization"
            | "proxy-authorization"
            | "x-api-key"
            | "api-key"
            | "x-goog-api-key"
            | "cookie"
    )
}

fn is_reserved(name: &str) -> bool {
    let framing = [
        "host",
        "content-length",
        "content-type",
        "content-encoding",
        "accept-encoding",
        "transfer-encoding",
        "connection",
        "keep-alive",
        "te",
        "trailer",
        "upgrade",
        "expect",
    ];
    framing.contains(&name) || name.starts_with("x-tidegate-") || name.starts_with("x-envoy-")
}

fn read_tls(section: &Section<'_>, url: Option<&BaseUrl>, directory: &Path) -> Option<PathBuf> {
    let field = section.optional("tls")?;
    if url.is_some_and(|url| !url.https) {
        field.report("has no meaning for a base URL with `http:`");
    }
    let path = field.section(&["ca_file"], &[])?.required("ca_file")?;
    Some(directory.join(path.text()?))
}
