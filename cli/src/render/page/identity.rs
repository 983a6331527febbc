//! Whose tokens and certificates Envoy verifies.

use std::path::{Path, PathBuf};

use serde::Serialize;
use tidegate::config::identity::failure;

use super::{CONNECT_TO_ISSUERS, PlainCluster, host, seconds};
use crate::config::{Config, Issuer, IssuerKeys, Remote};
use crate::render::Options;
use crate::render::secrets::{CERTIFICATE, CLIENT_CA, listener_file};

/// An issuer of tokens.
#[derive(Debug, Serialize)]
pub(super) struct IssuerPage<'a> {
    name: &'a str,
    issuer: &'a str,
    audiences: &'a [String],
    failure: String,
    file: Option<&'a Path>,
    remote: Option<RemotePage<'a>>,
}

#[derive(Debug, Serialize)]
struct RemotePage<'a> {
    url: &'a str,
    cluster: String,
    cache: String,
}

/// TLS of the listener.
#[derive(Debug, Serialize)]
pub(super) struct TlsPage {
    certificate: &'static str,
    certificate_file: PathBuf,
    client_ca: &'static str,
    /// Absent where clients are not asked for certificates.
    client_ca_file: Option<PathBuf>,
    required: bool,
}

pub(super) fn issuers(config: &Config) -> Vec<IssuerPage<'_>> {
    config.issuers.iter().map(issuer_page).collect()
}

fn issuer_page(issuer: &Issuer) -> IssuerPage<'_> {
    let (file, remote) = match &issuer.keys {
        IssuerKeys::File(file) => (Some(file.as_path()), None),
        IssuerKeys::Remote(remote) => (None, Some(remote_page(&issuer.name, remote))),
    };
    IssuerPage {
        name: &issuer.name,
        issuer: &issuer.issuer,
        audiences: &issuer.audiences,
        failure: failure(&issuer.name),
        file,
        remote,
    }
}

fn remote_page<'a>(name: &str, remote: &'a Remote) -> RemotePage<'a> {
    RemotePage {
        url: &remote.text,
        cluster: cluster_name(name),
        cache: seconds(remote.cache),
    }
}

fn cluster_name(issuer: &str) -> String {
    format!("tidegate/jwks/{issuer}")
}

/// Where keys of issuers come from.
pub(super) fn issuer_hosts<'a>(config: &'a Config, options: &'a Options) -> Vec<PlainCluster<'a>> {
    let cluster = |issuer: &'a Issuer| {
        let IssuerKeys::Remote(remote) = &issuer.keys else {
            return None;
        };
        let (host, ip) = host(&remote.url.host);
        let ca_file = remote.ca_file.as_deref().unwrap_or(&options.ca_file);
        Some(PlainCluster {
            name: cluster_name(&issuer.name),
            host,
            ip,
            port: remote.url.port,
            ca_file: remote.url.https.then_some(ca_file),
            connect_timeout: seconds(CONNECT_TO_ISSUERS),
        })
    };
    config.issuers.iter().filter_map(cluster).collect()
}

pub(super) fn tls(config: &Config, options: &Options) -> Option<TlsPage> {
    let tls = config.tls.as_ref()?;
    let clients = tls.clients.as_ref();
    Some(TlsPage {
        certificate: CERTIFICATE,
        certificate_file: listener_file(&options.secrets, CERTIFICATE),
        client_ca: CLIENT_CA,
        client_ca_file: clients.map(|_| listener_file(&options.secrets, CLIENT_CA)),
        required: clients.is_some_and(|clients| clients.required),
    })
}
