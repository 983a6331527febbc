//! What stands in the gaps of the template.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use serde::Serialize;

use super::reloadable::short_hash;
use super::secrets::secret_files;
use super::{Options, Reloadable, SecretFile};
use credentials::CredentialsPage;
use files::{FilesPage, filter_variables};
use identity::{IssuerPage, TlsPage};
use routes::{Timeouts, shadows, timeouts};
use sidecar::SidecarCluster;
use tidegate::config::identity::TOKEN_FILTER;
use tidegate::config::runtime::{Plugin, ProviderConfig, RemoteImages, shadow_cluster};
use tidegate::telemetry::metrics;

use crate::config::{Config, Host, ImageHost, Provider};

mod credentials;
mod files;
mod identity;
mod routes;
mod sidecar;

/// Above the largest body, so that the filter sees that one is too large before Envoy refuses it in
/// its own words. Envoy hands over what it has read at once, which can be some MiB.
const HEADROOM: u64 = 8 << 20;

/// How long connecting to a host of pictures may take.
const CONNECT_TO_IMAGES: Duration = Duration::from_secs(5);

/// How long connecting to an issuer of tokens may take.
const CONNECT_TO_ISSUERS: Duration = Duration::from_secs(5);

/// The body where the filter did not plan a request, in OpenAI's shape.
const UNPLANNED: &str = r#"{"error":{"message":"The gateway did not plan this request: its filter is not running. See Envoy's log.","type":"server_error","param":null,"code":"gateway_unavailable"}}"#;

#[derive(Debug, Serialize)]
pub(super) struct Page<'a> {
    version: &'static str,
    source: &'a str,
    /// Those that the filter reads.
    filter_variables: Vec<&'a str>,
    secret_variables: Vec<(&'a str, Vec<&'a str>)>,
    secret_files: Vec<SecretFilePage>,
    statistics_labels: [&'static str; 5],
    admin: SocketAddr,
    listen: SocketAddr,
    tls: Option<TlsPage>,
    issuers: Vec<IssuerPage<'a>>,
    token_filter: &'static str,
    max_body_bytes: u64,
    buffer_bytes: u64,
    request_timeout: String,
    access_log: bool,
    gateway_json: String,
    wasm: &'a Path,
    num_retries: usize,
    profiles: Vec<Timeouts<'a>>,
    unplanned_body: &'static str,
    clusters: Vec<Cluster<'a>>,
    image_clusters: Vec<PlainCluster<'a>>,
    token_clusters: Vec<PlainCluster<'a>>,
    issuer_clusters: Vec<PlainCluster<'a>>,
    max_image_bytes: u64,
    sidecar: Option<SidecarCluster>,
    files: Option<FilesPage<'a>>,
    next_addresses: Vec<Cluster<'a>>,
}

#[derive(Debug, Serialize)]
struct Cluster<'a> {
    name: String,
    /// Name of the provider.
    provider: &'a str,
    /// It is for copies of requests.
    shadow: bool,
    /// Name of the cluster that has its addresses, where it has a name.
    addresses: String,
    kind: &'a str,
    base_url: String,
    host: String,
    ip: bool,
    port: u16,
    /// Absent for plain HTTP.
    ca_file: Option<&'a Path>,
    connect_timeout: String,
    json: String,
    credentials: Option<CredentialsPage<'a>>,
}

impl<'a> Page<'a> {
    pub(super) fn new(
        config: &'a Config,
        options: &'a Options,
        reloadable: Option<&'a Reloadable>,
    ) -> anyhow::Result<Self> {
        let longest = config.gateway.longest_plan();
        let is_reloadable = reloadable.is_some();
        let page = |provider, shadow| cluster(provider, shadow, options, is_reloadable);
        let cluster = |provider: &'a Provider| page(provider, false);
        let shadows = shadows(config).map(|provider| page(provider, true));
        let clusters = config.providers.iter().map(cluster).chain(shadows);
        let clusters = clusters.collect::<anyhow::Result<Vec<_>>>()?;
        let next = reloadable.iter().flat_map(|more| &more.next).map(cluster);
        let next = next.collect::<anyhow::Result<_>>()?;
        let own = Reloadable::new(config, PathBuf::new());
        let request_timeout = reloadable.map_or(own.request_timeout, |more| more.request_timeout);
        Ok(Self {
            version: env!("CARGO_PKG_VERSION"),
            source: &options.source,
            filter_variables: filter_variables(config, reloadable),
            secret_variables: config.secret_variables(),
            secret_files: secret_files(config, &options.secrets)
                .into_iter()
                .map(SecretFilePage::from)
                .collect(),
            statistics_labels: metrics::LABELS,
            admin: config.admin,
            listen: config.listen,
            tls: identity::tls(config, options),
            issuers: identity::issuers(config),
            token_filter: TOKEN_FILTER,
            max_body_bytes: config.gateway.max_body_bytes,
            buffer_bytes: config.gateway.max_body_bytes + HEADROOM,
            request_timeout: seconds(request_timeout),
            access_log: config.access_log,
            gateway_json: json(&Plugin::Gateway(config.gateway.clone()))?,
            wasm: &options.wasm,
            num_retries: longest.saturating_sub(1),
            profiles: config.profiles.iter().map(timeouts).collect(),
            unplanned_body: UNPLANNED,
            next_addresses: without_known(next, &clusters),
            clusters,
            image_clusters: image_hosts(config, options),
            token_clusters: credentials::token_hosts(config, options),
            issuer_clusters: identity::issuer_hosts(config, options),
            max_image_bytes: config.max_image_bytes,
            sidecar: sidecar::cluster(config, options),
            files: reloadable.map(FilesPage::from),
        })
    }
}

/// A cluster in which no filter of ours runs.
#[derive(Debug, Serialize)]
struct PlainCluster<'a> {
    name: String,
    host: String,
    ip: bool,
    port: u16,
    /// Absent for plain HTTP.
    ca_file: Option<&'a Path>,
    connect_timeout: String,
}

/// A file by which Envoy finds a secret.
#[derive(Debug, Serialize)]
struct SecretFilePage {
    path: PathBuf,
    lines: Vec<String>,
}

impl From<SecretFile> for SecretFilePage {
    fn from(file: SecretFile) -> Self {
        Self {
            path: file.path,
            lines: file.text.lines().map(str::to_owned).collect(),
        }
    }
}

fn image_hosts<'a>(config: &'a Config, options: &'a Options) -> Vec<PlainCluster<'a>> {
    let cluster = |image: &'a ImageHost| {
        let (host, ip) = host(&image.host);
        PlainCluster {
            name: format!("{}{}", RemoteImages::CLUSTER_PREFIX, image.authority),
            host,
            ip,
            port: image.port,
            ca_file: Some(image.ca_file.as_deref().unwrap_or(&options.ca_file)),
            connect_timeout: seconds(CONNECT_TO_IMAGES),
        }
    };
    config.image_hosts.iter().map(cluster).collect()
}

/// A host's name or address, and whether it is an address.
fn host(host: &Host) -> (String, bool) {
    match host {
        Host::Name(name) => (name.clone(), false),
        Host::Ip(address) => (address.to_string(), true),
    }
}

fn cluster<'a>(
    provider: &'a Provider,
    shadow: bool,
    options: &'a Options,
    is_reloadable: bool,
) -> anyhow::Result<Cluster<'a>> {
    let filter = &provider.filter;
    let told = ProviderConfig {
        shadow,
        ..filter.clone()
    };
    let (host, ip) = host(&provider.host);
    let tls = provider.tls.as_ref();
    let ca_file = tls.map(|tls| tls.ca_file.as_deref().unwrap_or(&options.ca_file));
    let addresses = format!("{}/addresses", filter.name);
    Ok(Cluster {
        name: match shadow {
            true => shadow_cluster(&filter.name),
            false => filter.name.clone(),
        },
        provider: &filter.name,
        shadow,
        addresses: if is_reloadable {
            addresses_by_content(&addresses, provider, ca_file)
        } else {
            addresses
        },
        kind: &filter.kind,
        base_url: provider.base_url(),
        host,
        ip,
        port: provider.port,
        ca_file,
        connect_timeout: seconds(provider.connect_timeout),
        json: json(&Plugin::Provider(Box::new(told)))?,
        credentials: credentials::page(provider, options),
    })
}

/// Those that have a name, and addresses that are not those of any of the others.
fn without_known<'a>(next: Vec<Cluster<'a>>, clusters: &[Cluster<'_>]) -> Vec<Cluster<'a>> {
    let is_known = |next: &Cluster<'_>| {
        let mut known = clusters.iter();
        known.any(|known| known.addresses == next.addresses && !known.ip)
    };
    let next = next.into_iter();
    next.filter(|next| !next.ip && !is_known(next)).collect()
}

/// A name that is another where something else is connected to, or in another way.
fn addresses_by_content(name: &str, provider: &Provider, ca_file: Option<&Path>) -> String {
    let Provider {
        host,
        port,
        connect_timeout,
        ..
    } = provider;
    let content = format!("{host:?} {port} {connect_timeout:?} {ca_file:?}");
    format!("{name}/{}", short_hash(&content))
}

/// A duration as protobuf's JSON form has it: `0.25s`.
fn seconds(duration: Duration) -> String {
    match duration.subsec_millis() {
        0 => format!("{}s", duration.as_secs()),
        millis => format!("{}.{millis:03}s", duration.as_secs()),
    }
}

fn json(value: &impl Serialize) -> anyhow::Result<String> {
    serde_json::to_string_pretty(value).context("cannot write the filter's configuration")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_as_protobuf_wants_them() {
        assert_eq!(seconds(Duration::from_secs(5)), "5s");
        assert_eq!(seconds(Duration::from_millis(1500)), "1.500s");
        assert_eq!(seconds(Duration::from_millis(7)), "0.007s");
    }
}
