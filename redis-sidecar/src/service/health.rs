//! `GET /healthz`: this process answers. `GET /readyz`: it can take calls; what is degraded.
//!
//! Neither depends on Redis or a database: when one of them is away, every sidecar would be taken
//! out at once, and leases in hand and `on_unavailable` would be worth nothing. What is away is
//! named as degraded instead.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::store::Boxed;

/// How long a check may take before its part counts as away.
const CHECK: Duration = Duration::from_secs(1);

/// Says whether a part can do its work.
pub type Check = Arc<dyn Fn() -> Boxed<'static, anyhow::Result<()>> + Send + Sync>;

/// The routes of health. Parts are named `limits`, `ledger` and so on.
pub fn routes(checks: Vec<(&'static str, Check)>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .with_state(Arc::new(checks))
}

async fn ready(State(checks): State<Arc<Vec<(&'static str, Check)>>>) -> Json<Value> {
    let mut degraded = BTreeMap::new();
    for (part, check) in checks.iter() {
        let answered = tokio::time::timeout(CHECK, check()).await;
        let working = matches!(answered, Ok(Ok(())));
        degraded.insert(*part, !working);
    }
    Json(json!({ "ready": true, "degraded": degraded }))
}
