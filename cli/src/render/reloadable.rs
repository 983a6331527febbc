//! Envoy's configuration in several files, of which a running Envoy reads those anew that may change.
//!
//! `envoy.yaml` then holds the listener and says where the others are. A provider's filter stands in its
//! cluster, so that an address and what is said there change in one step; the cluster that holds the
//! addresses behind a name has a name of its own for each set of them, so that the next one can be made
//! ready beside the one in use.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::{Options, render};
use crate::config::{Config, Provider};

/// What is said beside a configuration whose parts stand in files of their own.
#[derive(Debug, Clone)]
pub(crate) struct Reloadable {
    /// Where Envoy finds the files.
    pub(crate) directory: PathBuf,
    /// What a file is called in Envoy's statistics, once it has been read.
    pub(crate) version: String,
    /// The variables that the filter reads: a filter that runs gets no others.
    pub(crate) variables: Vec<String>,
    /// How long a client may take for its request; belongs to the listener.
    pub(crate) request_timeout: Duration,
    /// Providers that the clusters do not lead to yet, but whose addresses are wanted already.
    pub(crate) next: Vec<Provider>,
}

impl Reloadable {
    /// What belongs to this configuration alone.
    pub(crate) fn new(config: &Config, directory: PathBuf) -> Self {
        let variables = config.key_variables().into_iter();
        let totals = config.profiles.iter().map(|profile| profile.total);
        Self {
            directory,
            version: String::new(),
            variables: variables.map(|(name, _)| name.to_owned()).collect(),
            request_timeout: totals.max().unwrap_or_default(),
            next: Vec::new(),
        }
    }
}

/// A file that a running Envoy reads anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum File {
    /// Providers and all else that is connected to.
    Clusters,
    /// Attempts and timeouts.
    Routes,
    /// Keys, models, limits.
    Gateway,
}

impl File {
    /// All of them, in the order in which a running Envoy may see them: nothing is named before it is
    /// there.
    pub(crate) const ALL: [Self; 3] = [Self::Clusters, Self::Routes, Self::Gateway];

    /// What it is called in its directory.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Clusters => "clusters.yaml",
            Self::Routes => "routes.yaml",
            Self::Gateway => "gateway.yaml",
        }
    }

    /// Where it is.
    pub(crate) fn path(self, directory: &Path) -> PathBuf {
        directory.join(self.name())
    }

    pub(super) fn template(self) -> &'static str {
        match self {
            Self::Clusters => "clusters_file",
            Self::Routes => "routes_file",
            Self::Gateway => "gateway_file",
        }
    }

    /// Its text, in this version.
    ///
    /// # Errors
    /// Only where a template itself is wrong, which the tests exclude.
    pub(crate) fn text(
        self,
        config: &Config,
        options: &Options,
        reloadable: &Reloadable,
    ) -> anyhow::Result<String> {
        render(self.template(), config, options, Some(reloadable))
    }

    /// Its text, in a version that follows from the text.
    ///
    /// # Errors
    /// As [`text`](Self::text).
    pub(crate) fn text_by_content(
        self,
        config: &Config,
        options: &Options,
        reloadable: &Reloadable,
    ) -> anyhow::Result<String> {
        let text = self.text(config, options, reloadable)?;
        let version = short_hash(&text);
        let versioned = Reloadable {
            version,
            ..reloadable.clone()
        };
        self.text(config, options, &versioned)
    }
}

/// Twelve digits that stand for a text.
pub(super) fn short_hash(text: &str) -> String {
    let digest = Sha256::digest(text);
    let bytes = digest.iter().take(6);
    bytes.map(|byte| format!("{byte:02x}")).collect()
}
