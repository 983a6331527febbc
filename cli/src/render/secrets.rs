//! Files by which Envoy finds secrets of providers ([SDS] from the file system), one for each.
//!
//! They hold no secret: they say in which variable or file it is. Envoy wants them for two reasons.
//! A token in a file is read anew only by way of such a file, when something is renamed in the
//! token's directory; and the filter that gets OAuth tokens brings Envoy down at its start where it
//! has the client's secret at once (1.40: it asks for a token before clusters are there).
//!
//! [SDS]: https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/security/secret

use std::path::{Path, PathBuf};

use super::filters::quoted;
use crate::config::{Config, Credentials, Provider};

/// A file that must be there before Envoy starts.
#[derive(Debug)]
pub(crate) struct SecretFile {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// The files that a configuration needs, in this directory.
pub(crate) fn secret_files(config: &Config, directory: &Path) -> Vec<SecretFile> {
    let providers = config.providers.iter();
    providers
        .filter_map(|provider| secret_file(provider, directory))
        .collect()
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
