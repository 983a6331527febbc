//! Envoy's admin interface.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Empty};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(2);
/// The counter of requests under way; `clients` is the prefix in the rendered configuration.
const ACTIVE_REQUESTS: &str = "http.clients.downstream_rq_active";

/// Where the admin interface is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Admin {
    address: SocketAddr,
}

impl Admin {
    pub(super) fn new(mut address: SocketAddr) -> Self {
        if address.ip().is_unspecified() {
            address.set_ip(match address {
                SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
                SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
            });
        }
        Self { address }
    }

    /// Whether Envoy takes requests.
    pub(super) async fn is_ready(&self) -> bool {
        self.call(Method::GET, "/ready").await.is_ok()
    }

    /// Does what `path` does.
    ///
    /// # Errors
    /// Where Envoy does not answer, or not with 200.
    pub(super) async fn post(&self, path: &str) -> anyhow::Result<()> {
        self.call(Method::POST, path).await.map(drop)
    }

    /// How many requests are under way.
    ///
    /// # Errors
    /// Where Envoy does not say.
    pub(super) async fn active_requests(&self) -> anyhow::Result<u64> {
        let path = format!("/stats?filter=^{ACTIVE_REQUESTS}$");
        let text = self.call(Method::GET, &path).await?;
        let number = text
            .trim()
            .rsplit(' ')
            .next()
            .and_then(|text| text.parse().ok());
        number.with_context(|| format!("Envoy has no statistic {ACTIVE_REQUESTS}"))
    }

    async fn call(&self, method: Method, path: &str) -> anyhow::Result<String> {
        let answer = timeout(PATIENCE, self.exchange(method, path)).await;
        answer.with_context(|| format!("Envoy's admin interface is silent on {path}"))?
    }

    async fn exchange(&self, method: Method, path: &str) -> anyhow::Result<String> {
        let stream = TcpStream::connect(self.address).await?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        // Its failure shows in the answer.
        tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "admin")
            .body(Empty::<Bytes>::new())?;
        let response = sender.send_request(request).await?;
        let status = response.status();
        anyhow::ensure!(status == StatusCode::OK, "Envoy answers {status} to {path}");
        let body = response.into_body().collect().await?.to_bytes();
        Ok(String::from_utf8_lossy(&body).into_owned())
    }
}
