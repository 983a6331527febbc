//! `POST /v1/ledger`: rows from filters.
//!
//! | answer | means |
//! |---|---|
//! | 200 | all rows are on the disk |
//! | 400 | all rows are, but for the bad ones that the body names: they never will be |
//! | 413 | the batch is too large; nothing is kept |
//! | 503 | the database is away, or too many batches are under way; nothing is kept, send it again |
//!
//! What is held at once is bounded: so many batches, of so many bytes.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Router, body};
use serde::Serialize;
use tidegate::limiter::protocol::LEDGER_PATH;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{Admission, BadRow, Batch, Error, Ledger};
use crate::clock::Clock;
use crate::service::Problem;

/// Largest batch, in bytes.
pub const MAX_BODY: usize = 4 << 20;
/// Batches that are held at once; others wait before they are read.
const AT_ONCE: usize = 16;
/// How long they wait.
const PATIENCE: Duration = Duration::from_secs(2);
/// Bad rows that an answer names.
const NAMED: usize = 20;

struct Intake {
    ledger: Arc<dyn Ledger>,
    retention_days: u32,
    clock: Arc<dyn Clock>,
    room: Semaphore,
}

/// The answer to a batch.
#[derive(Debug, Serialize)]
struct Answer {
    /// Rows that were new.
    new: u64,
    /// Rows that are in the database now, new or not.
    kept: usize,
    /// Rows that never will be.
    refused: usize,
    /// The first of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<BadRow>,
}

/// The endpoint, for the port that filters reach.
pub fn router(ledger: Arc<dyn Ledger>, retention_days: u32, clock: Arc<dyn Clock>) -> Router {
    let intake = Intake {
        ledger,
        retention_days,
        clock,
        room: Semaphore::new(AT_ONCE),
    };
    Router::new()
        .route(LEDGER_PATH, post(take))
        .with_state(Arc::new(intake))
}

async fn take(State(intake): State<Arc<Intake>>, body: Body) -> Response {
    let Some(_room) = intake.enter().await else {
        return refuse(
            StatusCode::SERVICE_UNAVAILABLE,
            "too many batches are under way",
        );
    };
    let Ok(body) = body::to_bytes(body, MAX_BODY).await else {
        let message = format!("a batch has at most {MAX_BODY} bytes");
        return refuse(StatusCode::PAYLOAD_TOO_LARGE, &message);
    };
    let admission = Admission::at(intake.clock.wall_ms(), intake.retention_days);
    let mut batch = Batch::read(&body, &admission);
    drop(body);
    match intake.keep(&mut batch).await {
        Ok(new) => answer(new, batch),
        Err(error) => {
            tracing::warn!(%error, rows = batch.rows.len(), "rows of the ledger were not kept");
            refuse(StatusCode::SERVICE_UNAVAILABLE, "the database is away")
        }
    }
}

impl Intake {
    async fn enter(&self) -> Option<SemaphorePermit<'_>> {
        let room = tokio::time::timeout(PATIENCE, self.room.acquire());
        room.await.ok()?.ok()
    }

    /// Keeps the rows. Where the database refuses the batch for what is in it, each row is tried
    /// alone: one that can never be kept must not hold up the others for ever.
    async fn keep(&self, batch: &mut Batch) -> Result<u64, Error> {
        if batch.rows.is_empty() {
            return Ok(0);
        }
        match self.ledger.append(&batch.rows).await {
            Err(Error::Refused(_)) => {}
            answer => return answer,
        }
        let mut new = 0u64;
        let rows = std::mem::take(&mut batch.rows).into_iter();
        for (row, line) in rows.zip(std::mem::take(&mut batch.lines)) {
            match self.ledger.append(std::slice::from_ref(&row)).await {
                Ok(count) => {
                    new = new.saturating_add(count);
                    batch.rows.push(row);
                }
                Err(Error::Refused(message)) => batch.bad.push(BadRow {
                    line,
                    field: ".".to_owned(),
                    message,
                }),
                Err(error) => return Err(error),
            }
        }
        Ok(new)
    }
}

fn answer(new: u64, batch: Batch) -> Response {
    let Batch { rows, bad, .. } = batch;
    for bad in bad.iter().take(NAMED) {
        let BadRow {
            line,
            field,
            message,
        } = bad;
        tracing::error!(line, field, message, "a row of the ledger is refused");
    }
    let status = match bad.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::BAD_REQUEST,
    };
    let answer = Answer {
        new,
        kept: rows.len(),
        refused: bad.len(),
        errors: bad.into_iter().take(NAMED).collect(),
    };
    (status, Json(answer)).into_response()
}

fn refuse(status: StatusCode, message: &str) -> Response {
    let message = message.to_owned();
    Problem { status, message }.into_response()
}
