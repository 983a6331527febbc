//! Files by which Envoy finds secrets ([SDS] from the file system): of providers, and the certificates
//! of its own connections; one for each.
//!
//! They hold no secret: they say in which variable or file it is. Envoy wants them for two reasons.
//! A token or a certificate in a file is read anew only by way of such a file, when something is
//! renamed in its directory; and the filter that gets OAuth tokens brings Envoy down at its start where it
//! has the client's secret at once (1.40: it asks for a token before clusters are there).
//!
//! [SDS]: https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/security/secret

use std::path::{Path, PathBuf};

use super::filters::quoted;
use crate::config::{Config, Credentials, Provider, ServerTls};

/// Names of the listener's secrets, and of their files.
pub(super) const CERTIFICATE: &str = "listener-certificate";
pub(super) const CLIENT_CA: &str = "listener-client-ca";

/// A file that must be there before Envoy starts.
#[derive(Debug)]
pub(crate) struct SecretFile {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// The files that a configuration needs, in this directory.
pub(crate) fn secret_files(config: &Config, directory: &Path) -> Vec<SecretFile> {
    let providers = config.providers.iter();
    let of_providers = providers.filter_map(|provider| secret_file(provider, directory));
    let tls = config.tls.iter();
    let of_listener = tls.flat_map(|tls| listener_files(tls, directory));
    of_providers.chain(of_listener).collect()
}

/// Where a secret of the listener's is. No provider's file ends like this.
pub(super) fn listener_file(directory: &Path, name: &str) -> PathBuf {
    directory.join(format!("{name}.yaml"))
}

fn listener_files(tls: &ServerTls, directory: &Path) -> Vec<SecretFile> {
    let file = |name, what, fields: &[(&str, &Path)]| {
        let watched = fields.first().and_then(|(_, path)| path.parent());
        let watched = watched.unwrap_or(Path::new("/")).to_string_lossy();
        let fields = fields.iter().map(|(field, path)| {
            format!(
                "    {field}: {{filename: {}}}\n",
                quoted(&path.to_string_lossy())
            )
        });
        let fields: String = fields.collect();
        SecretFile {
            path: listener_file(directory, name),
            text: format!(
                "# Where Envoy finds {what}; read anew when something is renamed there.\n\
                 resources:\n\
                 - \"@type\": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret\n  \
                   name: {name}\n  {}:\n{fields}    watched_directory: {{path: {}}}\n",
                if name == CERTIFICATE {
                    "tls_certificate"
                } else {
                    "validation_context"
                },
                quoted(&watched)
            ),
        }
    };
    let own = [
        ("certificate_chain", tls.cert_file.as_path()),
        ("private_key", tls.key_file.as_path()),
    ];
    let mut files = vec![file(CERTIFICATE, "its own certificate", &own)];
    if let Some(clients) = &tls.clients {
        let authorities = [("trusted_ca", clients.ca_file.as_path())];
        files.push(file(
            CLIENT_CA,
            "the authorities of clients' certificates",
            &authorities,
        ));
    }
    files
}

/// The file of a provider, where it needs one.
pub(super) fn secret_file(provider: &Provider, directory: &Path) -> Option<SecretFile> {
    let name = &provider.filter.name;
    let source = match provider.credentials.as_ref()? {
        Credentials::OAuth2(oauth2) => {
            format!(
                "environment_variable: {}",
                quoted(&oauth2.client_secret_env)
            )
        }
        Credentials::TokenFile(file) => {
            format!("filename: {}", quoted(&file.to_string_lossy()))
        }
        Credentials::Aws(_) => return None,
    };
    Some(SecretFile {
        path: directory.join(format!("{name}.secret.yaml")),
        text: format!(
            "# Where Envoy finds the secret of provider `{name}`.\n\
             resources:\n\
             - \"@type\": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret\n  \
               name: {}\n  \
               generic_secret: {{secret: {{{source}}}}}\n",
            quoted(name)
        ),
    })
}
