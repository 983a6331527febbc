//! One HTTP exchange over a connection of its own: with Envoy's admin interface and with the sidecar.

use anyhow::Context as _;
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

/// More is no answer to what this command asks.
const LARGEST: usize = 16 << 20;

/// Sends a request and reads the whole answer.
///
/// # Errors
/// Where the other side does not speak HTTP, hangs up, or answers with more than 16 MiB.
pub(crate) async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<Full<Bytes>>,
) -> anyhow::Result<(StatusCode, Bytes)> {
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // Its failure shows in the answer.
    tokio::spawn(connection);
    let response = sender.send_request(request).await?;
    let status = response.status();
    let body = Limited::new(response.into_body(), LARGEST).collect().await;
    let body = body.map_err(|error| anyhow::anyhow!(error));
    Ok((status, body.context("the answer breaks off")?.to_bytes()))
}
