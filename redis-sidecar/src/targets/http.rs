//! `POST /v1/targets`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use tidegate::routing::board::report::{Others, Report, TARGETS_PATH};

use super::{MOST_TELLERS, Targets};
use crate::service::{Problem, parse};

/// Largest report, in bytes.
const MAX_BODY: usize = 1 << 18;
/// Most targets of a report.
const MAX_TARGETS: usize = 1_000;
/// Longest name of a teller, in bytes.
const MAX_TELLER: usize = 64;

/// The routes of targets.
pub fn router(targets: Arc<Targets>) -> Router {
    Router::new()
        .route(TARGETS_PATH, post(report))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(targets)
}

async fn report(State(targets): State<Arc<Targets>>, body: Bytes) -> Result<Json<Others>, Problem> {
    let report: Report = parse(&body)?;
    let graphic = report.teller.bytes().all(|byte| byte.is_ascii_graphic());
    if !graphic || !(1..=MAX_TELLER).contains(&report.teller.len()) {
        let what = format!("teller: not 1 to {MAX_TELLER} visible ASCII characters");
        return Err(Problem::bad_request(what));
    }
    if report.targets.len() > MAX_TARGETS {
        let what = format!("targets: more than {MAX_TARGETS}");
        return Err(Problem::bad_request(what));
    }
    targets.report(report).map(Json).ok_or_else(|| Problem {
        status: StatusCode::SERVICE_UNAVAILABLE,
        message: format!("more than {MOST_TELLERS} processes tell of targets"),
    })
}
