//! [`Config`] → Envoy's configuration.
//!
//! The text is a template, so that what an Envoy engineer reviews looks like what Envoy gets; this
//! module only computes what stands in its gaps. Everything that comes from the user is quoted or
//! has passed the checks of [`crate::config`]; keys of providers are never known here.

mod command;
mod filters;
mod page;
mod paths;
mod reloadable;
mod secrets;
mod sidecar;

use std::path::PathBuf;

use anyhow::Context as _;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};

use crate::config::Config;
use page::Page;

pub(crate) use command::{Args, run};
pub(crate) use paths::Files;
pub(crate) use reloadable::{File, Reloadable};
pub(crate) use secrets::{SecretFile, secret_files};
pub(crate) use sidecar::{Places, sidecar_config, sidecar_json};

/// What the configuration does not say.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// The filter.
    pub(crate) wasm: PathBuf,
    /// Certificates to trust where a provider has no file of its own.
    pub(crate) ca_file: PathBuf,
    /// Where the files are by which Envoy finds secrets.
    pub(crate) secrets: PathBuf,
    /// Where the sidecar's files are, where the configuration does not say.
    pub(crate) sidecar: Places,
    /// What the configuration is called, for the comment at the top.
    pub(crate) source: String,
}

/// The templates, by the names under which they include each other.
const TEMPLATES: &[(&str, &str)] = &[
    ("envoy", include_str!("templates/envoy.yaml.j2")),
    ("secrets", include_str!("templates/secrets.yaml.j2")),
    ("gateway", include_str!("templates/gateway.yaml.j2")),
    ("vm", include_str!("templates/vm.yaml.j2")),
    ("routes", include_str!("templates/routes.yaml.j2")),
    ("clusters", include_str!("templates/clusters.yaml.j2")),
    (
        "clusters_file",
        include_str!("templates/clusters_file.yaml.j2"),
    ),
    ("routes_file", include_str!("templates/routes_file.yaml.j2")),
    (
        "gateway_file",
        include_str!("templates/gateway_file.yaml.j2"),
    ),
];

/// Renders `envoy.yaml`, which says everything.
///
/// # Errors
/// Only where a template itself is wrong, which the tests exclude.
pub(crate) fn envoy_yaml(config: &Config, options: &Options) -> anyhow::Result<String> {
    render("envoy", config, options, None)
}

/// Renders the `envoy.yaml` that leaves the rest to files ([`File`]).
///
/// # Errors
/// Only where a template itself is wrong, which the tests exclude.
pub(crate) fn reloadable_envoy_yaml(
    config: &Config,
    options: &Options,
    reloadable: &Reloadable,
) -> anyhow::Result<String> {
    render("envoy", config, options, Some(reloadable))
}

fn render(
    template: &str,
    config: &Config,
    options: &Options,
    reloadable: Option<&Reloadable>,
) -> anyhow::Result<String> {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()?;
    templates.set_syntax(syntax);
    filters::add(&mut templates);
    for (name, text) in TEMPLATES {
        templates.add_template(name, text)?;
    }
    let page = Page::new(config, options, reloadable)?;
    let template = templates.get_template(template)?;
    template
        .render(Serde(page))
        .context("cannot render Envoy's configuration")
}
