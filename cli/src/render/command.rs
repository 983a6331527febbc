//! `tidegate render`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;

use super::{
    File, Options, Places, Reloadable, SecretFile, envoy_yaml, paths, reloadable_envoy_yaml,
    secret_files, sidecar_config, sidecar_json,
};
use crate::config::Config;
use crate::output;
use crate::run::{Environment, missing_variables};
use crate::source::Source;

/// The arguments of `tidegate render`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Keys of providers do not get into the file: Envoy reads them from its environment.

Examples:
  tidegate render -c tidegate.yaml                  to stdout
  tidegate render -c tidegate.yaml -o envoy         to envoy/envoy.yaml
  tidegate render --wasm /etc/envoy/tidegate.wasm   for an image that has the filter there
  tidegate render --reloadable -o /etc/envoy        for an Envoy that takes changes while it runs")]
pub(crate) struct Args {
    #[command(flatten)]
    source: Source,
    /// Directory for envoy.yaml and, with limits, sidecar.json; it is made where it does not exist. Without it: stdout.
    #[arg(short = 'o', long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Write what may change while Envoy runs to clusters.yaml, routes.yaml and gateway.yaml beside
    /// envoy.yaml: an Envoy that was started with them takes the next ones without a restart
    #[arg(long, requires = "output")]
    reloadable: bool,
    /// Where Envoy will find the files beside envoy.yaml: those that say where secrets are, for
    /// providers with `auth`, and those of --reloadable
    /// [default: the directory of -o, else /etc/envoy]
    #[arg(long, value_name = "DIR")]
    secrets: Option<PathBuf>,
    /// Write nothing where a variable that the configuration names is not set here.
    #[arg(long)]
    require_variables: bool,
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
    if args.require_variables {
        require_variables(&config)?;
    }
    let options = Options {
        wasm: args.files.wasm(),
        ca_file: args.files.ca_file(),
        secrets: args.secrets(),
        sidecar: Places::of_a_service(),
        source: args.source.file_name(),
    };
    match &args.output {
        None => output::text(envoy_yaml(&config, &options)?),
        Some(directory) => write_all(directory, &config, &options, args.reloadable)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes the files so that an Envoy that reads them meanwhile finds what each of them names.
fn write_all(
    directory: &Path,
    config: &Config,
    options: &Options,
    is_reloadable: bool,
) -> anyhow::Result<()> {
    for SecretFile { path, text } in secret_files(config, directory) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        write(directory, &name, &text)?;
    }
    if let Some(sidecar) = sidecar_config(config, &options.sidecar) {
        write(directory, "sidecar.json", &sidecar_json(&sidecar)?)?;
    }
    let yaml = if is_reloadable {
        let reloadable = Reloadable::new(config, options.secrets.clone());
        for file in File::ALL {
            let text = file.text_by_content(config, options, &reloadable)?;
            write(directory, file.name(), &text)?;
        }
        reloadable_envoy_yaml(config, options, &reloadable)?
    } else {
        envoy_yaml(config, options)?
    };
    write(directory, "envoy.yaml", &yaml)
}

impl Args {
    fn secrets(&self) -> PathBuf {
        let beside = self.output.as_deref().map(paths::absolute);
        let said = self.secrets.clone();
        said.or(beside).unwrap_or_else(|| "/etc/envoy".into())
    }
}

/// Of the process's own environment: a container has no `.env`.
fn require_variables(config: &Config) -> anyhow::Result<()> {
    let missing = missing_variables(config, &Environment::default());
    let missing = missing.join("\n  - ");
    anyhow::ensure!(missing.is_empty(), "cannot render:\n  - {missing}");
    Ok(())
}

/// Replaces the file in one step, so that a reader sees the old one or the new one.
fn write(directory: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let path = directory.join(name);
    let new = directory.join(format!(".{name}.new"));
    fs::create_dir_all(directory)
        .and_then(|()| fs::write(&new, text))
        .and_then(|()| fs::rename(&new, &path))
        .with_context(|| format!("cannot write {}", path.display()))?;
    output::note(format_args!("wrote {}", path.display()));
    Ok(())
}
