//! `listen`: where clients connect, and with which certificates.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::address;
use super::field::{Field, Section};

/// The gateway's own certificate, and those of its clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerTls {
    /// The certificate and those between it and an authority's, in PEM.
    pub(crate) cert_file: PathBuf,
    pub(crate) key_file: PathBuf,
    /// `None`: clients are not asked for certificates.
    pub(crate) clients: Option<ClientCertificates>,
}

/// Which certificates clients may show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientCertificates {
    /// The authorities that are believed, in PEM.
    pub(crate) ca_file: PathBuf,
    /// Whether there is no connection without one.
    pub(crate) required: bool,
}

/// Reads the section: the address, and TLS where there is any.
pub(super) fn read(
    root: &Section<'_>,
    directory: &Path,
) -> (Option<SocketAddr>, Option<ServerTls>) {
    let address = address::read_beside(root, "listen", 8080, &["tls"]);
    let tls = tls_of(root).and_then(|field| read_tls(&field, directory));
    (address, tls)
}

/// Whether the file says that clients are asked for certificates, be it right or wrong.
pub(super) fn asks_for_certificates(root: &Section<'_>) -> bool {
    let clients = tls_of(root).and_then(|field| field.lookup("client_certificates"));
    clients.is_some()
}

fn tls_of<'a>(root: &Section<'a>) -> Option<Field<'a>> {
    root.optional("listen")?.lookup("tls")
}

fn read_tls(field: &Field<'_>, directory: &Path) -> Option<ServerTls> {
    let known = ["cert_file", "key_file", "client_certificates"];
    let section = field.section(&known, &[])?;
    let cert_file = read_file(&section, "cert_file", directory);
    let key_file = read_file(&section, "key_file", directory);
    let clients = section.optional("client_certificates");
    let clients = clients.map(|field| read_clients(&field, directory));
    Some(ServerTls {
        cert_file: cert_file?,
        key_file: key_file?,
        clients: clients.unwrap_or_default(),
    })
}

fn read_clients(field: &Field<'_>, directory: &Path) -> Option<ClientCertificates> {
    let section = field.section(&["ca_file", "required"], &[])?;
    let ca_file = read_file(&section, "ca_file", directory);
    let required = section.optional("required");
    let required = required.and_then(|field| field.switch());
    Some(ClientCertificates {
        ca_file: ca_file?,
        required: required.unwrap_or_default(),
    })
}

fn read_file(section: &Section<'_>, name: &str, directory: &Path) -> Option<PathBuf> {
    Some(directory.join(section.required(name)?.text()?))
}
