//! `tidegate run`: renders, starts Envoy, watches over it and ends it in order. Where there are
//! limits, the [`sidecar`] is there before Envoy and goes after it.
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
mod drain;
mod environment;
mod envoy;
mod find_envoy;
pub(crate) mod guard;
mod lines;
mod preflight;
mod reload;
mod sidecar;
mod stop;
mod supervise;

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;

pub(crate) use args::Args;
pub(crate) use banner::{Published, text_of as banner};
pub(crate) use drain::{Args as DrainArgs, run as drain};
pub(crate) use environment::Environment;
pub(crate) use preflight::missing_variables;
use tidegate::config::sidecar::SidecarConfig;

use crate::config::Config;
use crate::key::Key;
use crate::output;
use crate::render::{self, Options, Places};
use demo::Demo;
use envoy::Envoy;
use reload::Served;
use sidecar::Sidecar;
use supervise::Outcome;

/// Envoy or the sidecar did not start, or Envoy ended by itself. (2 is clap's, for a wrong command
/// line.)
const DID_NOT_RUN: u8 = 3;
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

impl Plan {
    /// Where a database is that the configuration says nothing about: beside it. A demo's is gone
    /// with the demo.
    fn state(&self, args: &Args, temporary: &Path) -> PathBuf {
        match self.demo {
            Some(_) => temporary.to_owned(),
            None => args.source.directory(),
        }
    }
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
        return demo::plan(args.sidecar.as_deref()).await.map(Some);
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
        sidecar: Places::in_directory(directory.path(), &plan.state(args, directory.path())),
        source: plan.source.clone(),
    };
    let programs = preflight::check(args, &plan.config, &options, &plan.environment)?;
    let Plan {
        config,
        environment,
        demo,
        ..
    } = plan;
    let told = render::sidecar_config(&config, &options.sidecar);
    let source = args.source.clone();
    let mut served = Served::new(source, environment, config, options, directory.path())?;
    let sidecar = match (&told, programs.sidecar) {
        (Some(told), Some(program)) => {
            let command = sidecar_command(program, told, directory.path(), served.environment())?;
            match Sidecar::start(command).await {
                Ok(sidecar) => Some(sidecar),
                Err(why) => return Ok(did_not_run(&format!("{why:#}"))),
            }
        }
        _ => None,
    };
    let started = |config: &Config| banner::print(config, told.as_ref(), demo.as_ref());
    let yaml = served.envoy_yaml();
    let envoy = Envoy::start(&programs.envoy, &yaml, args, served.environment())?;
    let outcome = supervise::supervise(envoy, &mut served, sidecar.as_ref(), args, started).await;
    // After Envoy, whose filters have written their last rows.
    if let Some(sidecar) = sidecar {
        sidecar.stop().await;
    }
    Ok(match outcome? {
        Outcome::Stopped => ExitCode::SUCCESS,
        Outcome::RequestsCut => ExitCode::from(REQUESTS_CUT),
        Outcome::EnvoyFailed(why) => did_not_run(&why),
    })
}

fn did_not_run(why: &str) -> ExitCode {
    output::note(format_args!("tidegate: {why}"));
    ExitCode::from(DID_NOT_RUN)
}

/// Writes `sidecar.json`. Without a token for its admin API the sidecar gets one that nobody knows.
fn sidecar_command(
    program: PathBuf,
    told: &SidecarConfig,
    directory: &Path,
    environment: &Environment,
) -> anyhow::Result<sidecar::Command> {
    let config = directory.join("sidecar.json");
    replace(&config, &render::sidecar_json(told)?)?;
    let additions = environment.additions();
    let mut environment_of: Vec<(OsString, OsString)> = additions
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    let token = &told.admin_token_env;
    if environment.value(token).is_none() {
        environment_of.push((token.into(), Key::new()?.secret.into()));
        output::note(format_args!(
            "tidegate: {token} is not set, so nobody can use the admin API of this gateway"
        ));
    }
    Ok(sidecar::Command {
        program,
        config,
        listen: told.listen.clone(),
        environment: environment_of,
    })
}

/// Where a program on this machine finds what listens on all addresses.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        });
    }
    address
}

/// Replaces a file in one step, so that whoever reads it finds the old one or the new one.
fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    std::fs::write(&new, text)
        .and_then(|()| std::fs::rename(&new, path))
        .with_context(|| format!("cannot write {}", path.display()))
}
