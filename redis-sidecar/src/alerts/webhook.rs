//! Posts alerts.

use std::time::Duration;

use anyhow::Context as _;
use axum::body::{Body, Bytes};
use axum::http::{Method, Request, header};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::json;

use super::Passed;

/// How long a webhook may take.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) struct Webhook {
    client: Client<HttpsConnector<HttpConnector>, Body>,
}

impl Webhook {
    pub(super) fn new() -> Self {
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_webpki_roots()
            .https_or_http()
            .enable_http1()
            .build();
        Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
        }
    }

    /// Tells of a threshold. Fails where the webhook does not answer that it has heard; the error
    /// does not show its URL, which may hold a secret.
    pub(super) async fn post(&self, passed: &Passed, spent: u64) -> anyhow::Result<()> {
        let threshold = &passed.threshold;
        let counter = &threshold.counter;
        let body = json!({
            "event": "budget_threshold",
            "counter": counter.id,
            "scope": counter.scope,
            "at_percent": threshold.at_percent,
            "limit_nano_usd": counter.limit,
            "used_nano_usd": spent,
            "period_started_ms": passed.period_ms,
        });
        let request = Request::builder()
            .method(Method::POST)
            .uri(&*threshold.webhook)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(Bytes::from(body.to_string())))
            .map_err(|_| anyhow::anyhow!("the webhook is no URL"))?;
        let answer = tokio::time::timeout(PATIENCE, self.client.request(request)).await;
        let answer = answer.context("the webhook does not answer")?;
        let answer = answer.map_err(|_| anyhow::anyhow!("the webhook cannot be reached"))?;
        let status = answer.status();
        anyhow::ensure!(status.is_success(), "the webhook answers {status}");
        let at_percent = threshold.at_percent;
        tracing::info!(counter = counter.id, at_percent, "alerted");
        Ok(())
    }
}
