//! `tidegate drain`: what `tidegate run` does before it ends Envoy, for an Envoy that something else
//! runs and is about to end.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use tokio::time::sleep;

use super::REQUESTS_CUT;
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
whoever runs it ends it then. Made for what is run before the end of a container.

Exit code:
  0  nothing is under way any more
  1  Envoy does not answer
  4  requests are still under way

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

/// Drains an Envoy.
///
/// # Errors
/// Where Envoy does not answer.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(drain(args))
}

async fn drain(args: &Args) -> anyhow::Result<ExitCode> {
    let admin = Admin::new(args.admin);
    stop::accept_no_more(admin).await?;
    if stop::finished(admin, Duration::from_secs(args.seconds)).await {
        sleep(LAST_ROWS).await;
        return Ok(ExitCode::SUCCESS);
    }
    output::note(format_args!(
        "tidegate: requests are still under way after {} s",
        args.seconds
    ));
    Ok(ExitCode::from(REQUESTS_CUT))
}
