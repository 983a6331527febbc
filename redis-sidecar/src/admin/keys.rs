//! `/admin/keys`: virtual keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tidegate::config::runtime::VirtualKey;
use tidegate::config::sidecar::SidecarConfig;
use utoipa::ToSchema;

use super::Parts;
use crate::keys::{self, Budget, Change, NewKey, RateLimits, Record};
use crate::service::Problem;

/// A key, without anything secret.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Shown {
    /// Its public name.
    id: String,
    /// `config` or `admin`: where it was made, and so where it can be changed.
    source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<String>,
    /// The models that it may use; absent: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    models: Option<Vec<String>>,
    /// When it ends to be valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    disabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate_limits: Option<RateLimits>,
    #[serde(skip_serializing_if = "Option::is_none")]
    budgets: Option<Vec<Budget>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
}

/// All keys.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct All {
    keys: Vec<Shown>,
}

/// A key that was made, or made anew.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Made {
    /// The key itself, shown this once.
    key: String,
    #[serde(flatten)]
    shown: Shown,
}

/// How a key is rotated.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Grace {
    /// For how many seconds the old one stays valid.
    grace_seconds: u64,
}

#[utoipa::path(get, path = "/admin/keys", responses((status = 200, body = All)))]
pub(super) async fn list(State(parts): State<Arc<Parts>>) -> Result<Json<All>, Problem> {
    let known = parts.book.refresh().await;
    let known = known.map_err(|error| refusal(error.into()))?;
    let config = parts.book.config();
    let configured = config.keys.iter().map(|key| configured(key, &config));
    let made = known.records.iter().map(shown);
    let keys = configured.chain(made).collect();
    Ok(Json(All { keys }))
}

#[utoipa::path(post, path = "/admin/keys", request_body = NewKey,
    responses((status = 201, body = Made), (status = 400), (status = 409)))]
pub(super) async fn create(
    State(parts): State<Arc<Parts>>,
    body: Bytes,
) -> Result<(StatusCode, Json<Made>), Problem> {
    let new: NewKey = read(&body)?;
    let (record, secret) = parts.book.create(new).await.map_err(refusal)?;
    let key = secret.reveal().to_owned();
    let shown = shown(&record);
    Ok((StatusCode::CREATED, Json(Made { key, shown })))
}

#[utoipa::path(patch, path = "/admin/keys/{id}", params(("id" = String, Path)),
    request_body = Change, responses((status = 200, body = Shown), (status = 400), (status = 404)))]
pub(super) async fn change(
    State(parts): State<Arc<Parts>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Shown>, Problem> {
    let change: Change = read(&body)?;
    let record = parts.book.change(&id, change).await.map_err(refusal)?;
    Ok(Json(shown(&record)))
}

#[utoipa::path(delete, path = "/admin/keys/{id}", params(("id" = String, Path)),
    responses((status = 204), (status = 404)))]
pub(super) async fn delete(
    State(parts): State<Arc<Parts>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    parts.book.delete(&id).await.map_err(refusal)?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(post, path = "/admin/keys/{id}/rotate", params(("id" = String, Path)),
    request_body = Grace, responses((status = 200, body = Made), (status = 400), (status = 404)))]
pub(super) async fn rotate(
    State(parts): State<Arc<Parts>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Made>, Problem> {
    let grace: Grace = if body.is_empty() {
        Grace::default()
    } else {
        read(&body)?
    };
    let rotated = parts.book.rotate(&id, grace.grace_seconds).await;
    let (record, secret) = rotated.map_err(refusal)?;
    let key = secret.reveal().to_owned();
    let shown = shown(&record);
    Ok(Json(Made { key, shown }))
}

/// Reads a body; what is wrong is told with the path of its field.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let message = error.into_inner().to_string();
        match path.as_str() {
            "." => message,
            path => format!("{path}: {message}"),
        }
    });
    let read = read.and_then(|value| json.end().map(|()| value).map_err(|e| e.to_string()));
    read.map_err(Problem::bad_request)
}

fn refusal(problem: keys::Problem) -> Problem {
    use keys::Problem as Why;
    let (status, message) = match problem {
        Why::Field { field, message } => (StatusCode::BAD_REQUEST, format!("{field}: {message}")),
        Why::NotFound => (StatusCode::NOT_FOUND, "there is no such key".to_owned()),
        Why::Exists => (
            StatusCode::CONFLICT,
            "id: there is such a key already".to_owned(),
        ),
        Why::Configured => (
            StatusCode::CONFLICT,
            "this key is in the configuration: change it there".to_owned(),
        ),
        Why::Conflict => (
            StatusCode::CONFLICT,
            "somebody else has changed this key meanwhile: look at it again".to_owned(),
        ),
        Why::Full => (
            StatusCode::CONFLICT,
            "there are as many keys as there can be".to_owned(),
        ),
        Why::NoRandomness => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "the system gives no randomness".to_owned(),
        ),
        Why::Database(error) => (StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
    };
    Problem { status, message }
}

fn shown(record: &Record) -> Shown {
    Shown {
        id: record.id.clone(),
        source: "admin",
        team: record.team.clone(),
        models: record.models.clone(),
        expires_at: record.expires.and_then(time),
        disabled: record.disabled,
        rate_limits: record.rate_limits.clone(),
        budgets: record.budgets.as_deref().map(shown_budgets),
        metadata: record.metadata.clone(),
    }
}

fn shown_budgets(budgets: &[Budget]) -> Vec<Budget> {
    budgets.iter().map(Budget::shown).collect()
}

fn configured(key: &VirtualKey, config: &SidecarConfig) -> Shown {
    Shown {
        id: key.id.clone(),
        source: "config",
        team: key.team.clone(),
        models: key.models.clone(),
        expires_at: key.expires.and_then(time),
        disabled: false,
        rate_limits: None,
        budgets: None,
        metadata: config.metadata.get(&key.id).cloned().unwrap_or_default(),
    }
}

fn time(seconds: u64) -> Option<String> {
    let seconds = i64::try_from(seconds).ok()?;
    Some(jiff::Timestamp::from_second(seconds).ok()?.to_string())
}
