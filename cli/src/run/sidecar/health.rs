//! Whether the sidecar answers.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use tidegate::config::sidecar::Listen;
use tidegate::limiter::protocol::HEALTH_PATH;
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{sleep, timeout};

use crate::exchange::exchange;
use crate::run::reachable;

/// Returns when it does.
pub(super) async fn answers(listen: &Listen) {
    const PATIENCE: Duration = Duration::from_secs(2);
    while !matches!(timeout(PATIENCE, ask(listen)).await, Ok(Ok(StatusCode::OK))) {
        sleep(Duration::from_millis(20)).await;
    }
}

async fn ask(listen: &Listen) -> anyhow::Result<StatusCode> {
    let request = Request::get(HEALTH_PATH).header("host", "sidecar");
    let request = request.body(Full::<Bytes>::default())?;
    let (status, _) = match listen {
        Listen::Unix(path) => exchange(UnixStream::connect(path).await?, request).await?,
        Listen::Tcp(address) => {
            exchange(TcpStream::connect(reachable(*address)).await?, request).await?
        }
    };
    Ok(status)
}
