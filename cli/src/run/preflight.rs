//! What can be known to be wrong before Envoy starts, all at once.

use std::fmt::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use tidegate::config::sidecar::Listen;

use super::args::Args;
use super::environment::Environment;
use super::{find_envoy, sidecar};
use crate::config::{Config, Credentials, IssuerKeys};
use crate::render::Options;

/// The programs to run.
pub(super) struct Programs {
    pub(super) envoy: PathBuf,
    /// Where there is something for it to do.
    pub(super) sidecar: Option<PathBuf>,
}

/// Finds the programs, or says all that is missing.
///
/// # Errors
/// Everything that is wrong.
pub(super) fn check(
    args: &Args,
    config: &Config,
    options: &Options,
    environment: &Environment,
) -> anyhow::Result<Programs> {
    let mut wrong = missing_variables(config, environment);
    wrong.extend(missing_files(config, options));
    wrong.extend(taken_port("listen", config.listen));
    wrong.extend(taken_port("admin", config.admin));
    if let Some(sidecar) = &config.sidecar {
        wrong.extend(taken_port("sidecar.admin", sidecar.admin));
        if let Some(Listen::Tcp(address)) = sidecar.listen {
            wrong.extend(taken_port("sidecar.listen", address));
        }
    }
    let sidecar = config.sidecar.as_ref();
    let sidecar = sidecar.map(|_| sidecar::find(args.sidecar.as_deref()));
    let sidecar = sidecar.transpose().map_err(|why| wrong.push(why));
    let envoy = find_envoy::find(args.envoy.as_deref()).map_err(|why| wrong.push(why));
    if let (Ok(envoy), Ok(sidecar), true) = (envoy, sidecar, wrong.is_empty()) {
        return Ok(Programs { envoy, sidecar });
    }
    let mut message = String::from("cannot run:");
    for why in wrong {
        let _ = write!(message, "\n  - {why}");
    }
    Err(anyhow::Error::msg(message))
}

/// The variables that the configuration names and that are not set, each with what needs it.
pub(crate) fn missing_variables(config: &Config, environment: &Environment) -> Vec<String> {
    let missing = |(variable, users): (&str, Vec<String>)| {
        environment.value(variable).is_none().then(|| {
            format!(
                "{variable} is not set; {} needs it: put it into the environment or into .env",
                users.join(", ")
            )
        })
    };
    let of_providers = config
        .secret_variables()
        .into_iter()
        .map(|(variable, users)| {
            let users = users.iter().map(|user| format!("providers.{user}"));
            (variable, users.collect())
        });
    let of_sidecar = config
        .sidecar_variables()
        .into_iter()
        .map(|(variable, fields)| (variable, fields.into_iter().map(str::to_owned).collect()));
    of_providers.chain(of_sidecar).filter_map(missing).collect()
}

/// The files that the configuration names and that are not there, or not what they should be.
pub(super) fn missing_files(config: &Config, options: &Options) -> Vec<String> {
    let mut wrong = Vec::new();
    if !options.wasm.is_file() {
        wrong.push(format!(
            "there is no filter at {}: `make wasm` builds it, --wasm PATH says where it is",
            options.wasm.display()
        ));
    }
    wrong.extend(missing_identity_files(config, options));
    for provider in &config.providers {
        let name = &provider.filter.name;
        if let Some(Credentials::TokenFile(file)) = &provider.credentials
            && !file.is_file()
        {
            wrong.push(format!(
                "providers.{name}.auth.token_file: there is no file {}",
                file.display()
            ));
        }
        let Some(tls) = &provider.tls else {
            continue;
        };
        match &tls.ca_file {
            Some(file) if !file.is_file() => wrong.push(format!(
                "providers.{name}.tls.ca_file: there is no file {}",
                file.display()
            )),
            None if !options.ca_file.is_file() => wrong.push(system_certificates(&options.ca_file)),
            _ => {}
        }
    }
    wrong.dedup();
    wrong
}

/// Files of `listen.tls` and `jwt`.
fn missing_identity_files(config: &Config, options: &Options) -> Vec<String> {
    let mut named: Vec<(String, &Path)> = Vec::new();
    if let Some(tls) = &config.tls {
        named.push(("listen.tls.cert_file".to_owned(), &tls.cert_file));
        named.push(("listen.tls.key_file".to_owned(), &tls.key_file));
        let clients = tls.clients.as_ref();
        let place = "listen.tls.client_certificates.ca_file";
        named.extend(clients.map(|clients| (place.to_owned(), clients.ca_file.as_path())));
    }
    let mut wrong = Vec::new();
    for issuer in &config.issuers {
        let place = format!("jwt.{}.jwks", issuer.name);
        match &issuer.keys {
            IssuerKeys::File(file) => {
                wrong.extend(no_key_set(file).map(|why| format!("{place}.file: {why}")));
                named.push((format!("{place}.file"), file));
            }
            IssuerKeys::Remote(remote) => match &remote.ca_file {
                Some(file) => named.push((format!("{place}.tls.ca_file"), file)),
                None if remote.url.https && !options.ca_file.is_file() => {
                    wrong.push(system_certificates(&options.ca_file));
                }
                None => {}
            },
        }
    }
    let missing = named.into_iter().filter(|(_, file)| !file.is_file());
    let missing =
        missing.map(|(place, file)| format!("{place}: there is no file {}", file.display()));
    wrong.extend(missing);
    wrong
}

/// What is wrong with a file of an issuer's keys, where there is one. With one that it cannot read
/// Envoy refuses every token.
fn no_key_set(file: &Path) -> Option<String> {
    let text = std::fs::read(file).ok()?;
    let json = serde_json::from_slice::<serde_json::Value>(&text).ok();
    let keys = json.as_ref().and_then(|json| json.get("keys")?.as_array());
    keys.is_none_or(Vec::is_empty).then(|| {
        format!(
            "{} is no JSON Web Key Set, which looks like `{{\"keys\": [{{\"kty\": \"RSA\", …}}]}}`",
            file.display()
        )
    })
}

fn system_certificates(file: &Path) -> String {
    format!(
        "there are no certificates to trust at {}: install them (`apt-get install \
         ca-certificates`), or pass --ca-file PATH",
        file.display()
    )
}

/// Envoy shares its port with any other Envoy that wants it, so a second gateway would silently
/// take half of the first one's connections. This bind does not share.
fn taken_port(name: &str, address: SocketAddr) -> Option<String> {
    let error = TcpListener::bind(address).err()?;
    let why = match error.kind() {
        std::io::ErrorKind::AddrInUse => "is in use".to_owned(),
        std::io::ErrorKind::PermissionDenied => "needs more rights than this user has".to_owned(),
        std::io::ErrorKind::AddrNotAvailable => "is no address of this machine".to_owned(),
        _ => format!("cannot be used: {error}"),
    };
    Some(format!(
        "{address} (`{name}`) {why}; change `{name}` in the configuration"
    ))
}
