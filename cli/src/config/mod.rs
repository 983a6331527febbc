//! What a person writes: `tidegate.yaml`, read, checked and resolved.
//!
//! The filter never sees this file. [`parse`] turns it into a [`Config`], which holds the compiled
//! types that the filter reads ([`tidegate::config::runtime`]) and what only Envoy needs. It is
//! here and not in the filter's crate so that the YAML reader and the error texts stay out of the
//! wasm module.
//!
//! Reading never stops at the first problem: each value that cannot be read is reported with its
//! line and path and left out, the rest is still checked, and a [`Config`] exists only where
//! nothing was reported. A value that is left out does not cause further reports elsewhere.

mod address;
mod auth;
mod base_url;
mod credentials;
mod fallback;
mod field;
mod identity;
mod jwt;
mod limited;
mod limits;
mod listen;
mod model;
mod money;
mod name;
mod priced;
mod prices;
mod problem;
mod provider;
mod remote_images;
mod root;
mod secret_url;
mod shadow;
mod sidecar;
mod strategy;
mod target;
#[cfg(test)]
mod tests;
mod timeouts;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tidegate::config::runtime::{GatewayConfig, ProviderConfig};

pub(crate) use base_url::Host;
pub(crate) use credentials::{Aws, Credentials, OAuth2};
pub(crate) use jwt::{Issuer, IssuerKeys, Remote};
pub(crate) use listen::ServerTls;
pub(crate) use name::key_id_problem;
pub(crate) use prices::Prices;
pub(crate) use problem::{Problem, Problems};
pub(crate) use remote_images::ImageHost;
pub(crate) use sidecar::Sidecar;
pub(crate) use timeouts::Profile;

use crate::prices::{Row, today};
use crate::yaml;
use field::Field;

/// More attempts than this for one request help nobody, and Envoy's route has a slot for each.
pub(crate) const MAX_TARGETS: usize = 16;

/// A configuration without mistakes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Config {
    /// Where clients connect.
    pub(crate) listen: SocketAddr,
    /// The certificates of these connections; `None` for plain HTTP.
    pub(crate) tls: Option<ServerTls>,
    /// Where Envoy's own admin interface listens.
    pub(crate) admin: SocketAddr,
    /// Whose tokens are believed.
    pub(crate) issuers: Vec<Issuer>,
    /// What the gateway role is told.
    pub(crate) gateway: GatewayConfig,
    /// Upstreams, in the order of the file.
    pub(crate) providers: Vec<Provider>,
    /// From where pictures may be fetched.
    pub(crate) image_hosts: Vec<ImageHost>,
    /// The largest picture that is fetched.
    pub(crate) max_image_bytes: u64,
    /// Timeouts, `default` first, then those of the models that have their own.
    pub(crate) profiles: Vec<Profile>,
    /// Whether each request is written to the access log.
    pub(crate) access_log: bool,
    /// What only the sidecar is told; absent: there is none.
    pub(crate) sidecar: Option<Sidecar>,
    /// What is known of prices.
    pub(crate) prices: Prices,
}

/// An upstream: what the filter is told of it, and what Envoy needs to reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Provider {
    pub(crate) filter: ProviderConfig,
    pub(crate) host: Host,
    pub(crate) port: u16,
    /// `None` for plain HTTP.
    pub(crate) tls: Option<Tls>,
    pub(crate) connect_timeout: Duration,
    /// What Envoy shows to it by itself; `None`: the filter shows a key, or nothing.
    pub(crate) credentials: Option<Credentials>,
}

impl Provider {
    /// Its base URL.
    pub(crate) fn base_url(&self) -> String {
        let filter = &self.filter;
        format!(
            "{}://{}{}",
            filter.scheme, filter.authority, filter.base_path
        )
    }
}

/// How a provider's certificate is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tls {
    /// Certificates to trust; `None`: those of the system.
    pub(crate) ca_file: Option<PathBuf>,
}

impl Config {
    /// The environment variables that hold keys, sorted, each with the providers that need it: those
    /// that the filter reads.
    pub(crate) fn key_variables(&self) -> Vec<(&str, Vec<&str>)> {
        self.variables(|provider| provider.filter.api_key_env.as_deref())
    }

    /// The same, with those that only Envoy reads.
    pub(crate) fn secret_variables(&self) -> Vec<(&str, Vec<&str>)> {
        self.variables(|provider| match &provider.credentials {
            Some(Credentials::OAuth2(oauth2)) => Some(&oauth2.client_secret_env),
            _ => provider.filter.api_key_env.as_deref(),
        })
    }

    /// What each target costs, in the order of the models.
    pub(crate) fn price_rows(&self) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        let models = self.gateway.models.iter();
        let targets = models.flat_map(|model| model.targets().chain(model.shadow.as_deref()));
        for target in targets {
            let is_here = |row: &Row| row.provider == target.provider && row.model == target.model;
            let provider = self
                .providers
                .iter()
                .find(|p| p.filter.name == target.provider);
            if let Some(provider) = provider.filter(|_| !rows.iter().any(is_here)) {
                let (price, source) = self.prices.of(provider, &target.model);
                rows.push(Row {
                    provider: target.provider.clone(),
                    model: target.model.clone(),
                    price,
                    source,
                });
            }
        }
        rows
    }

    /// The variables that the sidecar reads, sorted, each with the fields that name it.
    pub(crate) fn sidecar_variables(&self) -> Vec<(&str, Vec<&str>)> {
        let named = self.sidecar.iter().flat_map(Sidecar::variables);
        let mut variables: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (variable, field) in named {
            let fields = variables.entry(variable).or_default();
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
        variables.into_iter().collect()
    }

    fn variables<'a>(
        &'a self,
        variable: impl Fn(&'a Provider) -> Option<&'a str>,
    ) -> Vec<(&'a str, Vec<&'a str>)> {
        let mut variables: Vec<(&str, Vec<&str>)> = Vec::new();
        for provider in &self.providers {
            let Some(variable) = variable(provider) else {
                continue;
            };
            let user = provider.filter.name.as_str();
            match variables.iter_mut().find(|(name, _)| *name == variable) {
                Some((_, users)) => users.push(user),
                None => variables.push((variable, vec![user])),
            }
        }
        variables.sort();
        variables
    }
}

/// Reads a configuration; relative paths in it are relative to `directory`.
///
/// # Errors
/// Everything that is wrong with it, in the order of the file.
pub(crate) fn parse(text: &str, directory: &Path) -> Result<Config, Vec<Problem>> {
    parse_with(text, None, directory)
}

/// The same, with the sections of an overlay in the place of the configuration's own.
///
/// # Errors
/// Everything that is wrong with either, in the order of the files.
pub(crate) fn parse_with(
    text: &str,
    overlay: Option<&str>,
    directory: &Path,
) -> Result<Config, Vec<Problem>> {
    let base = load(text, false)?;
    let Some(overlay) = overlay else {
        return read(&base, directory);
    };
    let overlay = load(overlay, true)?;
    is_mapping(&overlay)?;
    let is_overlaid = |problem: &Problem| {
        let section = problem.path.split(['.', '[']).next().unwrap_or_default();
        overlay.has(section)
    };
    read(&base.overlaid(&overlay), directory).map_err(|mut problems| {
        for problem in &mut problems {
            problem.in_overlay = is_overlaid(problem);
        }
        problems.sort_by_key(|problem| problem.in_overlay);
        problems
    })
}

fn load(text: &str, in_overlay: bool) -> Result<yaml::Node, Vec<Problem>> {
    yaml::load(text).map_err(|error| {
        let problem = Problem::new(error.at, String::new(), error.message);
        vec![Problem {
            in_overlay,
            ..problem
        }]
    })
}

/// An overlay without sections is a mistake.
fn is_mapping(overlay: &yaml::Node) -> Result<(), Vec<Problem>> {
    let problems = Problems::default();
    let entries = Field::root(overlay, &problems).entries();
    entries.map(drop).ok_or_else(|| {
        let mut problems = problems.into_sorted();
        for problem in &mut problems {
            problem.in_overlay = true;
        }
        problems
    })
}

fn read(node: &yaml::Node, directory: &Path) -> Result<Config, Vec<Problem>> {
    let problems = Problems::default();
    let config = root::read(&Field::root(node, &problems), directory, today());
    match (config, problems.into_sorted()) {
        (Some(config), problems) if problems.is_empty() => Ok(config),
        (_, problems) => Err(problems),
    }
}
