//! Where those parts are that stand in files of their own.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::config::Config;
use crate::render::{File, Reloadable};

#[derive(Debug, Serialize)]
pub(super) struct FilesPage<'a> {
    directory: &'a Path,
    version: &'a str,
    clusters: PathBuf,
    routes: PathBuf,
    gateway: PathBuf,
}

impl<'a> From<&'a Reloadable> for FilesPage<'a> {
    fn from(reloadable: &'a Reloadable) -> Self {
        let directory = &reloadable.directory;
        Self {
            directory,
            version: &reloadable.version,
            clusters: File::Clusters.path(directory),
            routes: File::Routes.path(directory),
            gateway: File::Gateway.path(directory),
        }
    }
}

/// The variables that the filter reads.
pub(super) fn filter_variables<'a>(
    config: &'a Config,
    reloadable: Option<&'a Reloadable>,
) -> Vec<&'a str> {
    match reloadable {
        Some(reloadable) => reloadable.variables.iter().map(String::as_str).collect(),
        None => {
            let variables = config.key_variables().into_iter();
            variables.map(|(variable, _)| variable).collect()
        }
    }
}
