//! [`Config`] → Envoy's configuration.
//!
//! The text is a template, so that what an Envoy engineer reviews looks like what Envoy gets; this
//! module only computes what stands in its gaps. Everything that comes from the user is quoted or
//! has passed the checks of [`crate::config`]; keys of providers are never known here.

mod command;
mod filters;
mod page;
mod paths;
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

/// Renders `envoy.yaml`.
///
/// # Errors
/// Only where the template itself is wrong, which the tests exclude.
pub(crate) fn envoy_yaml(config: &Config, options: &Options) -> anyhow::Result<String> {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()?;
    templates.set_syntax(syntax);
    filters::add(&mut templates);
    let text = include_str!("envoy.yaml.j2");
    let page = Page::new(config, options)?;
    templates
        .render_named_str("envoy", text, Serde(page))
        .context("cannot render Envoy's configuration")
}
