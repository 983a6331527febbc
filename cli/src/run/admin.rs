//! Envoy's admin interface.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::reachable;
use crate::exchange::exchange;
use crate::render::File;

const PATIENCE: Duration = Duration::from_secs(2);
/// The counter of requests under way; `clients` is the prefix in the rendered configuration.
const ACTIVE_REQUESTS: &str = "http.clients.downstream_rq_active";

/// Where the admin interface is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Admin {
    address: SocketAddr,
}

/// The statistics of a file that is read anew.
fn subscription(file: File) -> &'static str {
    match file {
        File::Clusters => "cluster_manager.cds",
        File::Routes => "http.clients.rds.models",
        File::Gateway => "extension_config_discovery.http_filter.tidegate",
    }
}

impl Admin {
    pub(super) fn new(address: SocketAddr) -> Self {
        let address = reachable(address);
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

    /// The version of a file that Envoy has taken last; `None` before the first.
    ///
    /// # Errors
    /// Where Envoy does not say.
    pub(super) async fn version(&self, file: File) -> anyhow::Result<Option<String>> {
        let text = self.statistic(subscription(file), "version_text").await?;
        let version = text.trim().trim_matches('"');
        Ok((!version.is_empty()).then(|| version.to_owned()))
    }

    /// How many times Envoy has refused a file.
    ///
    /// # Errors
    /// Where Envoy does not say.
    pub(super) async fn refused(&self, file: File) -> anyhow::Result<u64> {
        let mut refused = 0_u64;
        for name in ["update_rejected", "update_failure"] {
            let text = self.statistic(subscription(file), name).await?;
            let number = text.trim().parse::<u64>();
            refused = refused.saturating_add(number.context("Envoy's statistics are no numbers")?);
        }
        Ok(refused)
    }

    /// How many clusters are not ready yet.
    ///
    /// # Errors
    /// Where Envoy does not say.
    pub(super) async fn warming_clusters(&self) -> anyhow::Result<u64> {
        let text = self
            .statistic("cluster_manager", "warming_clusters")
            .await?;
        let number = text.trim().parse();
        number.context("Envoy's statistics are no numbers")
    }

    /// The value of a statistic; empty where Envoy has none of this name.
    async fn statistic(&self, prefix: &str, name: &str) -> anyhow::Result<String> {
        let path = format!("/stats?filter=^{prefix}\\.{name}$");
        let text = self.call(Method::GET, &path).await?;
        let value = text.split_once(": ").map(|(_, value)| value.to_owned());
        Ok(value.unwrap_or_default())
    }

    async fn call(&self, method: Method, path: &str) -> anyhow::Result<String> {
        let answer = timeout(PATIENCE, self.ask(method, path)).await;
        answer.with_context(|| format!("Envoy's admin interface is silent on {path}"))?
    }

    async fn ask(&self, method: Method, path: &str) -> anyhow::Result<String> {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("host", "admin").body(Full::default())?;
        let (status, body) = exchange(TcpStream::connect(self.address).await?, request).await?;
        anyhow::ensure!(status == StatusCode::OK, "Envoy answers {status} to {path}");
        Ok(String::from_utf8_lossy(&body).into_owned())
    }
}
