//! Which sidecar to run.

use std::env;
use std::path::{Path, PathBuf};

const NAME: &str = "tidegate-sidecar";

/// The one that was said, else the one beside this command, else the one on PATH.
///
/// # Errors
/// Where there is none, and how to get one.
pub(in super::super) fn find(said: Option<&Path>) -> Result<PathBuf, String> {
    if let Some(path) = said {
        return match path.is_file() {
            true => Ok(path.to_owned()),
            false => Err(format!("there is no sidecar at {}", path.display())),
        };
    }
    let beside = env::current_exe().ok();
    let beside = beside.and_then(|command| Some(command.parent()?.join(NAME)));
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).map(|directory| directory.join(NAME));
    let mut candidates = beside.into_iter().chain(on_path);
    candidates.find(|file| file.is_file()).ok_or_else(|| {
        format!(
            "limits and the ledger need `{NAME}`, which is neither beside this command nor on PATH: \
             `make build` builds it, --sidecar PATH says where it is"
        )
    })
}
