//! Files that Envoy's configuration refers to, and where they are by default.

use std::env;
use std::path::{Path, PathBuf};

/// Where distributions keep the certificates to trust; Go's standard library looks there too
/// (crypto/x509/root_linux.go and root_darwin.go, checked 2026-11-21).
const CA_FILES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Where the files are; both can be said.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Files {
    /// The filter [default: tidegate.wasm beside this command, else dist/tidegate.wasm]
    #[arg(
        long,
        value_name = "PATH",
        env = "TIDEGATE_WASM",
        hide_env_values = true
    )]
    wasm: Option<PathBuf>,
    /// Certificates to trust for providers without `tls.ca_file` [default: the system's]
    #[arg(
        long,
        value_name = "PATH",
        env = "SSL_CERT_FILE",
        hide_env_values = true
    )]
    ca_file: Option<PathBuf>,
}

impl Files {
    /// The filter: as it was said, else the first place where it is.
    pub(crate) fn wasm(&self) -> PathBuf {
        let beside = env::current_exe().ok().and_then(|command| {
            let beside = command.parent()?.join("tidegate.wasm");
            beside.exists().then_some(beside)
        });
        let said = self.wasm.clone();
        said.or(beside)
            .unwrap_or_else(|| absolute(Path::new("dist/tidegate.wasm")))
    }

    /// The certificates: as it was said, else the first file that exists.
    pub(crate) fn ca_file(&self) -> PathBuf {
        let found = || CA_FILES.iter().find(|path| Path::new(path).exists());
        let first = CA_FILES.first().copied().unwrap_or_default();
        let said = self.ca_file.clone();
        said.unwrap_or_else(|| PathBuf::from(found().copied().unwrap_or(first)))
    }
}

pub(super) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
