//! Credentials that Envoy shows to providers by itself.

use std::path::PathBuf;

use serde::Serialize;

use super::{PlainCluster, host, seconds};
use crate::config::{Aws, Config, Credentials, OAuth2, Provider};
use crate::render::Options;
use crate::render::secrets::secret_file;

/// What the filter behind ours is told: one of these.
#[derive(Debug, Default, Serialize)]
pub(super) struct CredentialsPage<'a> {
    aws: Option<AwsPage<'a>>,
    oauth2: Option<OAuth2Page<'a>>,
    token: Option<TokenPage>,
}

#[derive(Debug, Serialize)]
struct AwsPage<'a> {
    region: Option<&'a str>,
    service: &'a str,
    profile: Option<&'a str>,
    role_arn: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct OAuth2Page<'a> {
    token_url: &'a str,
    cluster: String,
    client_id: &'a str,
    scopes: &'a [String],
    parameters: &'a [(String, String)],
    secret_file: PathBuf,
}

#[derive(Debug, Serialize)]
struct TokenPage {
    secret_file: PathBuf,
    /// A file that is renamed in this directory has the secret read anew.
    watched: PathBuf,
}

/// What a provider's filter is told.
pub(super) fn page<'a>(provider: &'a Provider, options: &Options) -> Option<CredentialsPage<'a>> {
    let secret = secret_file(provider, &options.secrets).map(|file| file.path);
    let mut page = CredentialsPage::default();
    match provider.credentials.as_ref()? {
        Credentials::Aws(aws) => page.aws = Some(aws_page(aws)),
        Credentials::OAuth2(oauth2) => page.oauth2 = Some(oauth2_page(provider, oauth2, secret?)),
        Credentials::TokenFile(file) => {
            page.token = Some(TokenPage {
                secret_file: secret?,
                watched: file.parent()?.to_owned(),
            });
        }
    }
    Some(page)
}

fn aws_page(aws: &Aws) -> AwsPage<'_> {
    AwsPage {
        region: aws.region.as_deref(),
        service: &aws.service,
        profile: aws.profile.as_deref(),
        role_arn: aws.role_arn.as_deref(),
    }
}

fn oauth2_page<'a>(
    provider: &Provider,
    oauth2: &'a OAuth2,
    secret_file: PathBuf,
) -> OAuth2Page<'a> {
    OAuth2Page {
        token_url: &oauth2.token_url_text,
        cluster: cluster_name(provider),
        client_id: &oauth2.client_id,
        scopes: &oauth2.scopes,
        parameters: &oauth2.parameters,
        secret_file,
    }
}

fn cluster_name(provider: &Provider) -> String {
    format!("{}/token", provider.filter.name)
}

/// Where tokens come from.
pub(super) fn token_hosts<'a>(config: &'a Config, options: &'a Options) -> Vec<PlainCluster<'a>> {
    let cluster = |provider: &'a Provider| {
        let Some(Credentials::OAuth2(oauth2)) = &provider.credentials else {
            return None;
        };
        let url = &oauth2.token_url;
        let (host, ip) = host(&url.host);
        Some(PlainCluster {
            name: cluster_name(provider),
            host,
            ip,
            port: url.port,
            ca_file: url.https.then_some(options.ca_file.as_path()),
            connect_timeout: seconds(provider.connect_timeout),
        })
    };
    config.providers.iter().filter_map(cluster).collect()
}
