//! `POST /v1/sync`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::routing::post;
use axum::{Json, Router};
use tidegate::limiter::protocol::{Report, SYNC_PATH, Sync, SyncReply};

use super::{Problem, parse};
use crate::limits::MAX_AMOUNT;
use crate::store::Limiter;

/// Largest report, in bytes: about five thousand counters.
const MAX_BODY: usize = 1 << 20;

/// Longest name of a holder, in bytes.
const MAX_HOLDER: usize = 64;

/// The routes of limits.
pub fn routes(limiter: Arc<Limiter>) -> Router {
    Router::new()
        .route(SYNC_PATH, post(sync))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(limiter)
}

async fn sync(
    State(limiter): State<Arc<Limiter>>,
    body: Bytes,
) -> Result<Json<SyncReply>, Problem> {
    let sync = checked(parse(&body)?)?;
    Ok(Json(limiter.sync(&sync.holder, sync.counters).await))
}

fn checked(sync: Sync) -> Result<Sync, Problem> {
    let graphic = sync.holder.bytes().all(|byte| byte.is_ascii_graphic());
    if !graphic || !(1..=MAX_HOLDER).contains(&sync.holder.len()) {
        let what = format!("holder: not 1 to {MAX_HOLDER} visible ASCII characters");
        return Err(Problem::bad_request(what));
    }
    match sync.counters.iter().position(|report| !countable(report)) {
        Some(place) => Err(Problem::bad_request(format!(
            "counters[{place}]: a number is more than {MAX_AMOUNT}"
        ))),
        None => Ok(sync),
    }
}

fn countable(report: &Report) -> bool {
    let Report {
        id: _,
        lease,
        settled,
        returned,
        least,
        need,
        want,
    } = report;
    let numbers = [lease, settled, returned, least, need, want];
    numbers.into_iter().all(|number| *number <= MAX_AMOUNT)
}
