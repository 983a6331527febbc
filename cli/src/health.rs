//! `tidegate health`: asks a gateway or a sidecar whether it is well, for health checks in images that
//! have no other program to ask with.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use http::{Request, StatusCode, Uri};
use http_body_util::Full;
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use crate::exchange::exchange;

/// The arguments of `tidegate health`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit code: 0 where the answer is 200, 1 where it is another or none.

Examples:
  tidegate health http://127.0.0.1:8080/readyz
  tidegate health --unix-socket /run/tidegate/sidecar.sock http://sidecar/healthz")]
pub(crate) struct Args {
    /// What to ask for.
    #[arg(value_name = "URL")]
    url: Uri,
    /// A socket to ask on, instead of the URL's host and port.
    #[arg(long, value_name = "PATH")]
    unix_socket: Option<PathBuf>,
    /// How long to wait for the answer, in seconds.
    #[arg(long, value_name = "N", default_value_t = 3)]
    seconds: u64,
}

/// Asks once.
///
/// # Errors
/// Where there is no answer, or one that is not 200.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let patience = Duration::from_secs(args.seconds);
    let url = &args.url;
    let status = runtime
        .block_on(async { timeout(patience, ask(args)).await })
        .with_context(|| format!("{url} is silent"))?
        .with_context(|| format!("{url} does not answer"))?;
    anyhow::ensure!(status == StatusCode::OK, "{url} answers {status}");
    Ok(ExitCode::SUCCESS)
}

async fn ask(args: &Args) -> anyhow::Result<StatusCode> {
    let url = &args.url;
    anyhow::ensure!(
        url.scheme_str() == Some("http"),
        "the URL must begin with http://"
    );
    let host = url.host().context("the URL has no host")?;
    let request = Request::get(url.path())
        .header("host", host)
        .body(Full::<Bytes>::default())?;
    let (status, _) = match &args.unix_socket {
        Some(path) => exchange(UnixStream::connect(path).await?, request).await?,
        None => {
            let name = host.trim_start_matches('[').trim_end_matches(']');
            let port = url.port_u16().unwrap_or(80);
            exchange(TcpStream::connect((name, port)).await?, request).await?
        }
    };
    Ok(status)
}
