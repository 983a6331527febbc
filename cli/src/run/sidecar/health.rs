//! Whether the sidecar answers.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use serde::Deserialize;
use tidegate::config::sidecar::Listen;
use tidegate::limiter::protocol::{HEALTH_PATH, READY_PATH};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{sleep, timeout};

use crate::exchange::exchange;
use crate::run::reachable;

/// For one answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Returns when it does.
pub(super) async fn answers(listen: &Listen) {
    let is_well = |answer| matches!(answer, Ok(Ok((StatusCode::OK, _))));
    while !is_well(timeout(PATIENCE, ask(listen, HEALTH_PATH)).await) {
        sleep(Duration::from_millis(20)).await;
    }
}

/// Returns when its configuration is the one of this hash.
pub(super) async fn is_configured(listen: &Listen, hash: &str) {
    while !matches!(timeout(PATIENCE, configuration(listen)).await, Ok(Ok(has)) if has == hash) {
        sleep(Duration::from_millis(10)).await;
    }
}

/// The hash of its configuration.
async fn configuration(listen: &Listen) -> anyhow::Result<String> {
    let (_, body) = ask(listen, READY_PATH).await?;
    let said: Ready = serde_json::from_slice(&body)?;
    Ok(said.configuration)
}

/// The part of the answer that matters here.
#[derive(Deserialize)]
struct Ready {
    configuration: String,
}

async fn ask(listen: &Listen, path: &str) -> anyhow::Result<(StatusCode, Bytes)> {
    let request = Request::get(path).header("host", "sidecar");
    let request = request.body(Full::<Bytes>::default())?;
    Ok(match listen {
        Listen::Unix(path) => exchange(UnixStream::connect(path).await?, request).await?,
        Listen::Tcp(address) => {
            exchange(TcpStream::connect(reachable(*address)).await?, request).await?
        }
    })
}
