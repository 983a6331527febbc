//! `tidegate drain`: what `tidegate run` does before it ends Envoy, for an Envoy that something else
//! runs and is about to end.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use tokio::time::sleep;

use super::admin::Admin;
use super::stop;
use crate::output;

/// A worker without requests sends its last rows of the ledger with its next tick, 0.1 s later; the
/// rest is for the database.
const LAST_ROWS: Duration = Duration::from_secs(1);

/// The arguments of `tidegate drain`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
No new connections, requests under way finish, and their rows reach the ledger. Envoy itself goes on:
whoever runs it ends it then. Made for what is run before the end of a container, which comes in any
case: where requests are still under way, or Envoy does not answer, that is said, and the exit code is
0 all the same. Where it is not, Docker's Compose leaves the container running.

Example:
  tidegate drain --admin 127.0.0.1:9901 --seconds 30")]
pub(crate) struct Args {
    /// Envoy's admin interface.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9901")]
    admin: SocketAddr,
    /// How many seconds requests under way may go on.
    #[arg(long, value_name = "N", default_value_t = 30)]
    seconds: u64,
}

/// Drains an Envoy as well as it can be.
///
/// # Errors
/// Where the system has no means to wait.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    if let Err(error) = runtime.block_on(drain(args)) {
        output::note(format_args!("tidegate: {error:#}"));
    }
    Ok(ExitCode::SUCCESS)
}

async fn drain(args: &Args) -> anyhow::Result<()> {
    let admin = Admin::new(args.admin);
    stop::accept_no_more(admin).await?;
    let seconds = args.seconds;
    let finished = stop::finished(admin, Duration::from_secs(seconds)).await;
    anyhow::ensure!(finished, "requests are still under way after {seconds} s");
    sleep(LAST_ROWS).await;
    Ok(())
}
