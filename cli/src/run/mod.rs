//! `tidegate run`: renders, starts Envoy, watches over it and ends it in order.
//!
//! Before Envoy starts, everything that can be known to be wrong is said in plain words and all at
//! once ([`preflight`]). Envoy's access log goes to stdout untouched, so that stdout holds nothing
//! but JSON lines; everything for the person in front of it goes to stderr.
//!
//! Envoy runs in a process group of its own, so that Ctrl-C reaches only this process, which lets
//! requests under way finish first ([`stop`]). Where this process is killed, Envoy is too
//! ([`guard`]).

mod admin;
mod args;
mod banner;
mod demo;
mod environment;
mod envoy;
mod find_envoy;
pub(crate) mod guard;
mod preflight;
mod stop;
mod supervise;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;

pub(crate) use args::Args;

use crate::config::Config;
use crate::output;
use crate::render::{self, Options, Places, SecretFile};
use demo::Demo;
use environment::Environment;
use envoy::Envoy;
use supervise::Outcome;

/// Envoy did not start, or ended by itself. (2 is clap's, for a wrong command line.)
const ENVOY_FAILED: u8 = 3;
/// It was told to stop, and a request was cut off: by a second signal, or after the time to drain.
const REQUESTS_CUT: u8 = 4;

/// What to run.
struct Plan {
    config: Config,
    source: String,
    environment: Environment,
    /// Simulators and a key, for `--demo`.
    demo: Option<Demo>,
}

/// Runs a gateway until it is told to stop.
///
/// # Errors
/// What is wrong before Envoy starts.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let code = runtime.block_on(async {
        let Some(plan) = plan(args).await? else {
            return Ok(ExitCode::FAILURE);
        };
        gateway(args, plan).await
    });
    runtime.shutdown_background();
    code
}

/// `None` where the configuration has mistakes, which have been printed.
async fn plan(args: &Args) -> anyhow::Result<Option<Plan>> {
    if args.demo {
        return demo::plan().await.map(Some);
    }
    let environment = Environment::load(&[&args.source.directory()])?;
    Ok(args.source.load()?.map(|config| Plan {
        config,
        source: args.source.file_name(),
        environment,
        demo: None,
    }))
}

async fn gateway(args: &Args, plan: Plan) -> anyhow::Result<ExitCode> {
    let directory = tempfile::Builder::new()
        .prefix("tidegate-")
        .tempdir()
        .context("cannot make a directory for Envoy's configuration")?;
    let options = Options {
        wasm: args.files.wasm(),
        ca_file: args.files.ca_file(),
        secrets: directory.path().to_owned(),
        sidecar: Places::in_directory(directory.path(), directory.path()),
        source: plan.source,
    };
    let program = preflight::check(args, &plan.config, &options, &plan.environment)?;
    let file = directory.path().join("envoy.yaml");
    write(&file, &render::envoy_yaml(&plan.config, &options)?)?;
    for SecretFile { path, text } in render::secret_files(&plan.config, directory.path()) {
        write(&path, &text)?;
    }
    let envoy = Envoy::start(&program, &file, args, &plan.environment)?;
    let started = || banner::print(&plan.config, plan.demo.as_ref());
    Ok(
        match supervise::supervise(envoy, &plan.config, args, started).await? {
            Outcome::Stopped => ExitCode::SUCCESS,
            Outcome::RequestsCut => ExitCode::from(REQUESTS_CUT),
            Outcome::EnvoyFailed(why) => {
                output::note(format_args!("tidegate: {why}"));
                ExitCode::from(ENVOY_FAILED)
            }
        },
    )
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}
