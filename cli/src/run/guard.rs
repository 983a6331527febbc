//! The moment between the start of a process and Envoy, or the sidecar: sees to it that these end
//! when `tidegate run` does, however that ends.
//!
//! The kernel can send a process a signal when its parent dies, and keeps that wish over `exec`.
//! So `run` starts this command again under a hidden name, which makes the wish and becomes the
//! program. Linux only: elsewhere it is started directly, and survives a `kill -9` of its parent.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

/// Name of the hidden subcommand.
pub(crate) const NAME: &str = "under-guard";

/// The arguments of the hidden subcommand.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The process that must live.
    parent: u32,
    /// The program and its arguments.
    #[arg(last = true, required = true)]
    command: Vec<OsString>,
}

/// A command that becomes `program` and ends when this process does.
#[cfg(all(target_os = "linux", not(test)))]
pub(super) fn command(program: &Path) -> tokio::process::Command {
    // The running file, also where a build has replaced it since.
    let mut command = tokio::process::Command::new("/proc/self/exe");
    let parent = std::process::id().to_string();
    command.args([NAME, &parent, "--"]).arg(program);
    command
}

/// A command that is `program`. (The program that runs unit tests knows no hidden names.)
#[cfg(any(not(target_os = "linux"), test))]
pub(super) fn command(program: &Path) -> tokio::process::Command {
    tokio::process::Command::new(program)
}

/// Becomes the program; returns only where it cannot.
///
/// # Errors
/// Where it cannot be started.
#[cfg(target_os = "linux")]
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    use std::os::unix::process::{CommandExt as _, parent_id};

    use anyhow::Context as _;
    use rustix::process::{Signal, set_parent_process_death_signal};

    set_parent_process_death_signal(Some(Signal::KILL)).context("cannot guard the process")?;
    // It may have died before the wish was made.
    anyhow::ensure!(
        parent_id() == args.parent,
        "the process to live with has ended"
    );
    let (program, arguments) = args.command.split_first().context("there is no program")?;
    let error = std::process::Command::new(program).args(arguments).exec();
    Err(error).with_context(|| format!("cannot start {}", Path::new(program).display()))
}

/// Not used here.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub(crate) fn run(_: &Args) -> anyhow::Result<ExitCode> {
    anyhow::bail!("this needs Linux")
}
