//! Soft thresholds of budgets: a webhook is told, once a period, that so much of one is used. (Of a
//! rolling budget, a period is one of its length, counted from 1970.)
//!
//! What is used is what the ledger says, so that all sidecars say the same. Each of them tells the
//! webhook; an alert names its counter, threshold and period, by which a receiver can tell repeats.
//! A webhook that fails is told again ten seconds later.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::body::{Body, Bytes};
use axum::http::{Method, Request, header};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::json;
use tidegate::config::limits::{Counter, Window};
use tidegate::config::sidecar::{Alert, SidecarConfig};

use crate::clock::Clock;
use crate::ledger::{Ledger, SpentQuery};
use crate::limits::calendar::Calendar;

/// Between two looks.
const LOOK: Duration = Duration::from_secs(10);
/// How long a webhook may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Rows are summed in parts of this length.
const PART_MS: u64 = 3_600_000;

/// Watches the thresholds of a configuration.
pub struct Watch {
    alerts: Vec<Watched>,
    ledger: Arc<dyn Ledger>,
    clock: Arc<dyn Clock>,
    client: Client<HttpsConnector<HttpConnector>, Body>,
    /// Thresholds that were told of, with the periods' beginnings.
    told: HashSet<(usize, u64)>,
}

struct Watched {
    alert: Alert,
    counter: Counter,
    calendar: Option<Calendar>,
}

impl Watch {
    /// The thresholds of this configuration.
    ///
    /// # Errors
    /// Where one is of a counter that is not there, or of a time zone that is not.
    pub fn new(
        config: &SidecarConfig,
        ledger: Arc<dyn Ledger>,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        let watched = config.alerts.iter().enumerate();
        let watched = watched.map(|(place, alert)| {
            let found = watched_counter(alert, &config.counters);
            found.with_context(|| format!("alerts[{place}].counter"))
        });
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_webpki_roots()
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self {
            alerts: watched.collect::<anyhow::Result<_>>()?,
            ledger,
            clock,
            client: Client::builder(TokioExecutor::new()).build(connector),
            told: HashSet::new(),
        })
    }

    /// Does so for as long as it is polled.
    pub async fn run(mut self) {
        if self.alerts.is_empty() {
            return;
        }
        loop {
            self.look().await;
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn look(&mut self) {
        for place in 0..self.alerts.len() {
            let Some(watched) = self.alerts.get(place) else {
                return;
            };
            match self.pass(place, watched).await {
                Ok(Some(told)) => {
                    self.told.insert(told);
                }
                Ok(None) => {}
                Err(error) => {
                    let (counter, error) = (&watched.counter.id, format!("{error:#}"));
                    tracing::warn!(counter, error, "an alert could not be given");
                }
            }
        }
    }

    /// Tells of a threshold that is passed, once; returns what is told then.
    async fn pass(&self, place: usize, watched: &Watched) -> anyhow::Result<Option<(usize, u64)>> {
        let now = self.clock.wall_ms();
        let (since, period) = watched.since(now)?;
        if self.told.contains(&(place, period)) {
            return Ok(None);
        }
        let counter = &watched.counter;
        let query = SpentQuery {
            scope: counter.scope.clone(),
            measure: counter.measure,
            from_ms: since,
            to_ms: now.saturating_add(1),
            part_ms: PART_MS,
        };
        let parts = self.ledger.spent(&query).await?;
        let spent = parts
            .iter()
            .fold(0u64, |sum, part| sum.saturating_add(part.amount));
        let at = u128::from(counter.limit) * u128::from(watched.alert.at_percent) / 100;
        if u128::from(spent) < at {
            return Ok(None);
        }
        self.post(watched, spent, period).await?;
        Ok(Some((place, period)))
    }

    async fn post(&self, watched: &Watched, spent: u64, period: u64) -> anyhow::Result<()> {
        let counter = &watched.counter;
        let body = json!({
            "event": "budget_threshold",
            "counter": counter.id,
            "scope": counter.scope,
            "at_percent": watched.alert.at_percent,
            "limit_nano_usd": counter.limit,
            "used_nano_usd": spent,
            "period_started_ms": period,
        });
        let request = Request::builder()
            .method(Method::POST)
            .uri(&watched.alert.webhook)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(Bytes::from(body.to_string())))
            // An error of the URL would show it, and it may hold a secret.
            .map_err(|_| anyhow::anyhow!("the webhook is no URL"))?;
        let answer = tokio::time::timeout(PATIENCE, self.client.request(request)).await;
        let answer = answer.context("the webhook does not answer")?;
        let answer = answer.map_err(|_| anyhow::anyhow!("the webhook cannot be reached"))?;
        let status = answer.status();
        anyhow::ensure!(status.is_success(), "the webhook answers {status}");
        tracing::info!(
            counter = counter.id,
            at_percent = watched.alert.at_percent,
            "alerted"
        );
        Ok(())
    }
}

fn watched_counter(alert: &Alert, counters: &[Counter]) -> anyhow::Result<Watched> {
    let counter = counters.iter().find(|counter| counter.id == alert.counter);
    let counter = counter.context("there is no such counter")?.clone();
    let calendar = match &counter.window {
        Window::Calendar { period, time_zone } => Some(Calendar::new(*period, time_zone)?),
        Window::Held | Window::Sliding(_) => None,
    };
    Ok(Watched {
        alert: alert.clone(),
        counter,
        calendar,
    })
}

impl Watched {
    /// From when on what is spent counts, and the name of the period.
    fn since(&self, now: u64) -> anyhow::Result<(u64, u64)> {
        if let Some(calendar) = &self.calendar {
            let start = calendar.at(now)?.start;
            return Ok((start, start));
        }
        match self.counter.window {
            Window::Sliding(window) => {
                let window = window.max(1);
                Ok((now.saturating_sub(window), now - now % window))
            }
            Window::Held | Window::Calendar { .. } => Ok((now, now)),
        }
    }
}
