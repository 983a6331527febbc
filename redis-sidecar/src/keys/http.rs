//! `GET /v1/keys?version=N`: the keys of the database, for filters.
//!
//! Where N is the version that is current, only that is said. 503 where the keys have not been read
//! yet.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde::Deserialize;
use tidegate::limiter::protocol::{KEYS_PATH, KeySet};

use super::book::KeyBook;
use crate::service::Problem;

#[derive(Debug, Deserialize)]
struct Has {
    #[serde(default)]
    version: u64,
}

/// The endpoint, for the port that filters reach.
pub fn router(book: Arc<KeyBook>) -> Router {
    Router::new().route(KEYS_PATH, get(tell)).with_state(book)
}

async fn tell(State(book): State<Arc<KeyBook>>, Query(has): Query<Has>) -> Response {
    let Some(known) = book.known() else {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        let message = "the keys have not been read yet".to_owned();
        return Problem { status, message }.into_response();
    };
    if known.version == has.version {
        let unchanged = KeySet {
            version: known.version,
            ..KeySet::default()
        };
        return axum::Json(unchanged).into_response();
    }
    let json = [(header::CONTENT_TYPE, "application/json")];
    (json, known.body.clone()).into_response()
}
