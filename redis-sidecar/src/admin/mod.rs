//! The admin API, on a port of its own with a credential of its own.
//!
//! Whoever has the token can make keys and read what everybody has spent, so it is bound to loopback
//! unless the configuration says otherwise. What is refused has changed nothing.

mod access;
mod keys;
mod limits;
mod usage;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use utoipa::OpenApi;

pub use access::Token;

use crate::clock::Clock;
use crate::keys::KeyBook;
use crate::ledger::Ledger;
use crate::store::Limiter;

/// Bodies are short: a key, and what it may do.
const MAX_BODY: usize = 64 * 1024;

/// What the API is about.
pub struct Parts {
    /// All keys.
    pub book: Arc<KeyBook>,
    /// All limits.
    pub limiter: Arc<Limiter>,
    /// All rows.
    pub ledger: Arc<dyn Ledger>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tidegate's admin API",
        description = "Keys, limits, and what was used."
    ),
    paths(
        keys::list,
        keys::create,
        keys::change,
        keys::delete,
        keys::rotate,
        limits::levels,
        limits::reconcile,
        usage::sums,
        usage::row
    ),
    components(schemas(keys::Shown, keys::Made, keys::All, keys::Grace))
)]
struct Document;

/// The API; everything in it wants the token, but for its description.
pub fn router(parts: Parts, token: Token) -> Router {
    let parts = Arc::new(parts);
    let protected = Router::new()
        .route("/admin/keys", get(keys::list).post(keys::create))
        .route(
            "/admin/keys/{id}",
            axum::routing::patch(keys::change).delete(keys::delete),
        )
        .route("/admin/keys/{id}/rotate", post(keys::rotate))
        .route("/admin/limits", get(limits::levels))
        .route("/admin/reconcile", get(limits::reconcile))
        .route("/admin/usage", get(usage::sums))
        .route("/admin/rows/{request_id}", get(usage::row))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state(
            Arc::new(token),
            access::check,
        ))
        .with_state(parts);
    Router::new()
        .route(
            "/openapi.json",
            get(|| async { axum::Json(Document::openapi()) }),
        )
        .merge(protected)
}
