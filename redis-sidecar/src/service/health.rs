//! `GET /healthz`: this process answers. `GET /readyz`: it can take calls; what is degraded; which
//! configuration is in use, by its hash.
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
use tidegate::limiter::protocol::{HEALTH_PATH, READY_PATH};

use crate::reload::InUse;
use crate::store::Boxed;

/// How long a check may take before its part counts as away.
const CHECK: Duration = Duration::from_secs(1);

/// Says whether a part can do its work.
pub type Check = Arc<dyn Fn() -> Boxed<'static, anyhow::Result<()>> + Send + Sync>;

type Checks = Vec<(&'static str, Check)>;

/// The routes of health. Parts are named `limits`, `ledger` and so on.
pub fn routes(checks: Checks, in_use: InUse) -> Router {
    Router::new()
        .route(HEALTH_PATH, get(|| async { "ok\n" }))
        .route(READY_PATH, get(ready))
        .with_state(Arc::new((checks, in_use)))
}

async fn ready(State(state): State<Arc<(Checks, InUse)>>) -> Json<Value> {
    let (checks, in_use) = &*state;
    let mut degraded = BTreeMap::new();
    for (part, check) in checks.iter() {
        let answered = tokio::time::timeout(CHECK, check()).await;
        let working = matches!(answered, Ok(Ok(())));
        degraded.insert(*part, !working);
    }
    let configuration = in_use.hash();
    Json(json!({ "ready": true, "degraded": degraded, "configuration": configuration }))
}
