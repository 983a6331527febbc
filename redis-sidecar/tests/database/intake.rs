//! `POST /v1/ledger`.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tidegate::telemetry::row::Row;
use tidegate_sidecar::clock::{Clock, SystemClock};
use tidegate_sidecar::ledger::{self, Ledger as _, MAX_BODY, SqlLedger};
use tower::ServiceExt as _;

use crate::ledger::row;
use crate::stores::{Store, conformance};

conformance!(
    rows_are_in_the_database_when_they_are_acknowledged,
    bad_rows_are_named_and_good_ones_kept,
    a_batch_that_is_too_large_is_refused,
);

pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock::start())
}

pub(crate) fn now_row(id: &str) -> Row {
    Row {
        ended_ms: clock().wall_ms(),
        ..row(id)
    }
}

pub(crate) fn lines(rows: &[Row]) -> String {
    let lines: Vec<_> = rows
        .iter()
        .map(|row| serde_json::to_string(row).unwrap())
        .collect();
    lines.join("\n")
}

pub(crate) async fn post(router: &Router, body: impl Into<Body>) -> (StatusCode, Value) {
    let request = Request::post("/v1/ledger").body(body.into()).unwrap();
    let answer = router.clone().oneshot(request).await.unwrap();
    let status = answer.status();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}

fn open(store: &Store) -> (Arc<SqlLedger>, Router) {
    let ledger = Arc::new(SqlLedger::new(store.database.clone()));
    (ledger.clone(), ledger::router(ledger, 30, clock()))
}

async fn rows_are_in_the_database_when_they_are_acknowledged(store: Store) {
    let (_, router) = open(&store);
    let rows = [now_row("a"), now_row("b")];
    let (status, answer) = post(&router, lines(&rows)).await;
    assert_eq!(status, 200);
    assert_eq!(
        answer,
        serde_json::json!({"new": 2, "kept": 2, "refused": 0})
    );
    let elsewhere = SqlLedger::new(store.again());
    assert_eq!(elsewhere.row("b").await.unwrap().as_ref(), rows.get(1));
    let (status, answer) = post(&router, lines(&rows)).await;
    assert_eq!(
        (status.as_u16(), &answer["new"], &answer["kept"]),
        (200, &0.into(), &2.into())
    );
    assert_eq!(post(&router, "").await.0, 200);
}

async fn bad_rows_are_named_and_good_ones_kept(store: Store) {
    let (ledger, router) = open(&store);
    let good = lines(&[now_row("good")]);
    let bad = good.replace("\"input\":100", "\"input\":\"many\"");
    let last = lines(&[now_row("last")]);
    let (status, answer) = post(&router, format!("{good}\n{bad}\n{last}")).await;
    assert_eq!(status, 400);
    assert_eq!(
        (&answer["kept"], &answer["refused"]),
        (&2.into(), &1.into())
    );
    let named = &answer["errors"][0];
    assert_eq!(
        (&named["line"], &named["field"]),
        (&2.into(), &"tokens.input".into())
    );
    assert!(ledger.row("good").await.unwrap().is_some());
    assert!(ledger.row("last").await.unwrap().is_some());
}

async fn a_batch_that_is_too_large_is_refused(store: Store) {
    let (ledger, router) = open(&store);
    let good = lines(&[now_row("good")]);
    let (status, _) = post(&router, format!("{good}\n{}", " ".repeat(MAX_BODY))).await;
    assert_eq!(status, 413);
    assert!(ledger.is_empty().await.unwrap());
}
