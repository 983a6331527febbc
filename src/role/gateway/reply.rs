//! The answers that the gateway role gives itself.

use serde_json::json;

use crate::chat::{Error, ErrorKind};
use crate::config::runtime::Model;
use crate::dialects::openai_chat as dialect;
use crate::headers::Headers;
use crate::policies::auth::Key;
use crate::role::Reply;

pub(super) fn health() -> Reply {
    ok(&json!({"status": "ok"}))
}

/// `GET /v1/models`: only what this key may use.
pub(super) fn models(models: &[Model], key: &Key) -> Reply {
    let allowed = models.iter().filter(|model| key.may_use(&model.name));
    let data: Vec<_> = allowed.map(describe).collect();
    ok(&json!({"object": "list", "data": data}))
}

/// `GET /v1/models/NAME`.
pub(super) fn model(model: &Model) -> Reply {
    ok(&describe(model))
}

/// OpenAI's SDKs want a date of creation; a route has none.
fn describe(model: &Model) -> serde_json::Value {
    json!({"id": model.name, "object": "model", "created": 0, "owned_by": "tidegate"})
}

fn ok(body: &serde_json::Value) -> Reply {
    Reply {
        status: 200,
        headers: vec![content_type()],
        body: body.to_string().into_bytes(),
    }
}

/// An error in the client's dialect.
pub(super) fn error(error: &Error) -> Reply {
    let answer = dialect::error_answer(error);
    Reply {
        status: answer.status,
        headers: answer.headers,
        body: answer.body,
    }
}

fn content_type() -> (&'static str, String) {
    ("content-type", "application/json".to_owned())
}

pub(super) fn too_large(limit: usize) -> Error {
    Error::invalid(format!("The request's body is larger than {limit} bytes."))
        .with_status(413)
        .with_code("request_too_large")
}

pub(super) fn encoded_body(encoding: &[u8]) -> Error {
    let encoding = String::from_utf8_lossy(encoding.get(..40).unwrap_or(encoding)).into_owned();
    let message = format!("The content encoding `{encoding}` is not supported; gzip is.");
    Error::invalid(message).with_status(415)
}

pub(super) fn unknown_path(headers: &Headers) -> Error {
    let message = format!("Unknown request URL: {}.", requested(headers));
    Error::new(ErrorKind::NotFound, message).with_code("unknown_url")
}

pub(super) fn wrong_method(headers: &Headers, allowed: &str) -> Error {
    let message = format!("Not allowed: {}. Use {allowed}.", requested(headers));
    Error::invalid(message)
        .with_status(405)
        .with_code("method_not_allowed")
}

fn requested(headers: &Headers) -> String {
    let method = headers.text(":method").unwrap_or("?");
    let path = headers.text(":path").unwrap_or("?");
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let shown: String = path.chars().take(200).collect();
    format!("{method} {shown}")
}
