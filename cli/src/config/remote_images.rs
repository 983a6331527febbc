//! `remote_images`: from where pictures by URL may be fetched.

use std::path::{Path, PathBuf};

use tidegate::config::runtime::RemoteImages;

use super::base_url::{self, Host};
use super::field::{Field, Section};

/// Enough for the pictures that models take, and no way to fill the memory.
const DEFAULT_MAX_BYTES: u64 = 10 << 20;
const DEFAULT_TIMEOUT_MS: u64 = 10_000;

/// A host that may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ImageHost {
    /// As it stands in URLs.
    pub(crate) authority: String,
    pub(crate) host: Host,
    pub(crate) port: u16,
    /// Certificates to trust; `None`: those of the system.
    pub(crate) ca_file: Option<PathBuf>,
}

/// Reads the section: what the filter is told, and what Envoy needs to reach the hosts.
pub(super) fn read(field: &Field<'_>, directory: &Path) -> Option<(RemoteImages, Vec<ImageHost>)> {
    let section = field.section(&["hosts", "max_bytes", "timeout", "tls"], &[])?;
    let ca_file = read_ca_file(&section, directory);
    let hosts = section.required("hosts")?.items()?;
    if hosts.is_empty() {
        field.report("`hosts` must name at least one host; without the section nothing is fetched");
    }
    let hosts: Vec<_> = hosts
        .iter()
        .filter_map(|host| read_host(host, ca_file.as_deref()))
        .collect();
    let max_bytes = section.optional("max_bytes");
    let timeout = section.optional("timeout");
    let timeout = timeout.map_or(Some(DEFAULT_TIMEOUT_MS), |field| {
        u64::try_from(field.duration()?.as_millis()).ok()
    });
    let filter = RemoteImages {
        hosts: hosts.iter().map(|host| host.authority.clone()).collect(),
        max_bytes: max_bytes.map_or(Some(DEFAULT_MAX_BYTES), |field| {
            field.integer(1024..=(32 << 20))
        })?,
        timeout_ms: timeout?,
    };
    Some((filter, hosts))
}

fn read_host(field: &Field<'_>, ca_file: Option<&Path>) -> Option<ImageHost> {
    let text = field.text()?;
    let url = match base_url::parse(&format!("https://{text}")) {
        Ok(url) if url.path.is_empty() && !text.contains('/') => url,
        _ => {
            field.report(format!(
                "must be a host such as `images.example.com` or `images.example.com:8443`, not `{text}`"
            ));
            return None;
        }
    };
    Some(ImageHost {
        authority: url.authority,
        host: url.host,
        port: url.port,
        ca_file: ca_file.map(Path::to_owned),
    })
}

fn read_ca_file(section: &Section<'_>, directory: &Path) -> Option<PathBuf> {
    let tls = section.optional("tls")?.section(&["ca_file"], &[])?;
    Some(directory.join(tls.required("ca_file")?.text()?))
}
