//! `providers.NAME.auth`: a credential that Envoy gets and shows to the provider by itself, where a
//! key in a variable is not enough.
//!
//! Envoy's filters for it run behind ours, so that what they sign is the translated request. None of
//! the secrets passes through the filter or stands in a file that we write.

use std::path::{Path, PathBuf};

use tidegate::providers::Options;

use super::base_url::{self, BaseUrl};
use super::field::{Field, Section};
use super::provider::read_variable;

/// How Envoy shows who is asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Credentials {
    /// By a signature (SigV4) over the request.
    Aws(Aws),
    /// By a token that it gets for a client's id and secret.
    OAuth2(OAuth2),
    /// By a token that something else writes into this file.
    TokenFile(PathBuf),
}

/// A signature of Amazon's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Aws {
    /// `None`: the one in Envoy's environment.
    pub(crate) region: Option<String>,
    /// What the signature is good for.
    pub(crate) service: String,
    /// Profile in the credentials file; `None`: credentials are looked for everywhere.
    pub(crate) profile: Option<String>,
    /// Role to take on.
    pub(crate) role_arn: Option<String>,
}

/// The client credentials grant (RFC 6749, 4.4). Envoy 1.40 puts id and secret into the request's
/// body, whatever it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OAuth2 {
    pub(crate) token_url: BaseUrl,
    /// As it stands in the file.
    pub(crate) token_url_text: String,
    pub(crate) client_id: String,
    /// Variable that holds the secret.
    pub(crate) client_secret_env: String,
    pub(crate) scopes: Vec<String>,
    /// More parameters of the request for a token, such as `audience`.
    pub(crate) parameters: Vec<(String, String)>,
}

/// Reads the section.
pub(super) fn read(
    field: &Field<'_>,
    kind: &str,
    options: &Options,
    directory: &Path,
) -> Option<Credentials> {
    let section = field.section(&["aws", "oauth2", "token_file"], &[])?;
    let aws = section.optional("aws");
    let oauth2 = section.optional("oauth2");
    let token_file = section.optional("token_file");
    match (aws, oauth2, token_file) {
        (Some(aws), None, None) => read_aws(&aws, kind, options).map(Credentials::Aws),
        (None, Some(oauth2), None) => read_oauth2(&oauth2).map(Credentials::OAuth2),
        (None, None, Some(file)) => Some(Credentials::TokenFile(directory.join(file.text()?))),
        _ => {
            field.report("must have exactly one of `aws`, `oauth2` and `token_file`");
            None
        }
    }
}

fn read_aws(field: &Field<'_>, kind: &str, options: &Options) -> Option<Aws> {
    let section = field.section(&["region", "service", "profile", "role_arn"], &[])?;
    let region = optional_text(&section, "region")?;
    let service = optional_text(&section, "service")?;
    let profile = optional_text(&section, "profile")?;
    let role_arn = optional_text(&section, "role_arn")?;
    let own_service = (kind == "bedrock").then(|| "bedrock".to_owned());
    let Some(service) = service.or(own_service) else {
        field.report(format!(
            "`service` is missing: the signature of kind `{kind}` has no name of its own"
        ));
        return None;
    };
    if role_arn
        .as_deref()
        .is_some_and(|arn| !arn.starts_with("arn:"))
    {
        section
            .optional("role_arn")?
            .report("must be the ARN of a role, such as `arn:aws:iam::123456789012:role/gateway`");
    }
    Some(Aws {
        region: region.or_else(|| options.value("region").map(str::to_owned)),
        service,
        profile,
        role_arn,
    })
}

fn read_oauth2(field: &Field<'_>) -> Option<OAuth2> {
    let known = [
        "token_url",
        "client_id",
        "client_secret",
        "scopes",
        "parameters",
    ];
    let section = field.section(&known, &[])?;
    let token_url = section.required("token_url").and_then(|field| {
        let text = field.text()?;
        let url = base_url::parse(text).map_err(|message| field.report(message));
        Some((url.ok()?, text.to_owned()))
    });
    let client_id = section.required("client_id").and_then(|field| field.text());
    let secret = section.required("client_secret");
    let secret = secret.and_then(|field| read_variable(&field, "${CLIENT_SECRET}", "Envoy"));
    let scopes = section.optional("scopes").map(|field| read_scopes(&field));
    let parameters = section.optional("parameters");
    let parameters = parameters.map(|field| read_parameters(&field));
    let (token_url, token_url_text) = token_url?;
    Some(OAuth2 {
        token_url,
        token_url_text,
        client_id: client_id?.to_owned(),
        client_secret_env: secret?,
        scopes: scopes.unwrap_or(Some(Vec::new()))?,
        parameters: parameters.unwrap_or(Some(Vec::new()))?,
    })
}

fn read_scopes(field: &Field<'_>) -> Option<Vec<String>> {
    let scopes = field.items()?;
    let scopes = scopes.iter().map(|scope| scope.text().map(str::to_owned));
    scopes.collect()
}

fn read_parameters(field: &Field<'_>) -> Option<Vec<(String, String)>> {
    let entries = field.entries()?.into_iter();
    let entry =
        |(name, field): (&str, Field<'_>)| Some((name.to_owned(), field.text()?.to_owned()));
    entries.map(entry).collect()
}

/// A text that may be absent; `None` where it is there and wrong.
fn optional_text(section: &Section<'_>, name: &str) -> Option<Option<String>> {
    let Some(field) = section.optional(name) else {
        return Some(None);
    };
    field.text().map(|text| Some(text.to_owned()))
}
