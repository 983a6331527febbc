//! `tidegate render`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;

use super::{Options, envoy_yaml, paths};
use crate::output;
use crate::source::Source;

/// The arguments of `tidegate render`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Keys of providers do not get into the file: Envoy reads them from its environment.

Examples:
  tidegate render -c tidegate.yaml                  to stdout
  tidegate render -c tidegate.yaml -o envoy         to envoy/envoy.yaml
  tidegate render --wasm /etc/envoy/tidegate.wasm   for an image that has the filter there")]
pub(crate) struct Args {
    #[command(flatten)]
    source: Source,
    /// Directory for envoy.yaml; it is made where it does not exist. Without it: stdout.
    #[arg(short = 'o', long, value_name = "DIR")]
    output: Option<PathBuf>,
    #[command(flatten)]
    files: paths::Files,
}

/// Renders the file, or says what is wrong with the configuration.
///
/// # Errors
/// Where a file cannot be read or written.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let Some(config) = args.source.load()? else {
        return Ok(ExitCode::FAILURE);
    };
    let options = Options {
        wasm: args.files.wasm(),
        ca_file: args.files.ca_file(),
        source: args.source.file_name(),
    };
    let yaml = envoy_yaml(&config, &options)?;
    match &args.output {
        None => output::text(yaml),
        Some(directory) => write(directory, &yaml)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Replaces the file in one step, so that a reader sees the old one or the new one.
fn write(directory: &Path, yaml: &str) -> anyhow::Result<()> {
    let path = directory.join("envoy.yaml");
    let new = directory.join(".envoy.yaml.new");
    fs::create_dir_all(directory)
        .and_then(|()| fs::write(&new, yaml))
        .and_then(|()| fs::rename(&new, &path))
        .with_context(|| format!("cannot write {}", path.display()))?;
    output::note(format_args!("wrote {}", path.display()));
    Ok(())
}
