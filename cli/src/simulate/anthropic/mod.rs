//! Anthropic's Messages API, as strict as the original.
//!
//! `shapes.rs` says which fields there are, `rules.rs`, `turns.rs` and `media.rs`
//! what holds between them, `schema.rs` which output schemas are taken, `catalogue.rs`
//! and `models.rs` what each model refuses, `read.rs` finds the question, `render.rs` and `stream.rs`
//! write the answer, `error.rs` and `violation.rs` complain.
//!
//! Sources: the types of the official SDK (anthropic 2.11.0), recorded traffic and
//! error messages quoted by users of the API, checked 2026-11-21.

mod catalogue;
mod error;
mod media;
mod models;
mod read;
mod render;
mod rules;
mod schema;
mod shapes;
mod stream;
mod turns;
mod violation;

use bytes::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::{HeaderMap, Method};
use serde_json::{Value, json};

use super::answer;
use super::clock;
use super::serial::Serial;
use super::shape::{Shape, check};
use super::vendor::{
    Content, Endpoint, Inquiry, Models, Refusal, Reply, Vendor, constant_headers, header,
};

#[derive(Debug)]
pub(crate) struct Anthropic;

/// Which edition of the API a request speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    /// `2023-06-01`
    Classic,
    /// `2026-10-21`: no sampling parameters, no documents in assistant turns.
    Current,
}

impl Vendor for Anthropic {
    fn endpoint<'a>(&self, method: &Method, path: &'a str) -> Endpoint<'a> {
        let (found, allowed) = if path.ends_with("/v1/messages") {
            (Endpoint::Chat, Method::POST)
        } else if path.ends_with("/v1/messages/count_tokens") {
            (Endpoint::CountTokens, Method::POST)
        } else if path.ends_with("/v1/models") {
            (Endpoint::Models, Method::GET)
        } else if let Some((_, name)) = path.split_once("/v1/models/") {
            (Endpoint::Model(name), Method::GET)
        } else {
            return Endpoint::NotFound;
        };
        if *method == allowed {
            found
        } else {
            Endpoint::WrongMethod
        }
    }

    fn authenticate(&self, headers: &HeaderMap, key: &str) -> Result<(), Refusal> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = text(AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
        match (text("x-api-key"), bearer) {
            (Some(given), _) if given == key => Ok(()),
            (None, Some(given)) if given == key => Ok(()),
            (Some(_), _) => Err(error::authentication("invalid x-api-key")),
            (None, Some(_)) => Err(error::authentication("Invalid bearer token")),
            (None, None) => Err(error::authentication("x-api-key header is required")),
        }
    }

    fn answer(&self, inquiry: &Inquiry<'_>) -> Result<Reply, Refusal> {
        let request = judge(inquiry, &shapes::REQUEST)?;
        let question = read::question(&request);
        let answer = answer::reply(&question, inquiry.tuning);
        let form = read::form(&request);
        let writing = render::Writing {
            answer: &answer,
            form: &form,
            tuning: inquiry.tuning,
            serial: inquiry.serial,
        };
        let content = if form.stream && !inquiry.tuning.never_stream {
            Content::Events(stream::events(&writing))
        } else {
            Content::Whole(render::message(&writing))
        };
        Ok(Reply {
            content,
            prompt_tokens: answer.usage.prompt,
            completion_tokens: answer.usage.completion,
        })
    }

    fn count_tokens(&self, inquiry: &Inquiry<'_>) -> Result<Bytes, Refusal> {
        let request = judge(inquiry, &shapes::COUNT_REQUEST)?;
        let tokens = read::question(&request).prompt_tokens();
        Ok(Bytes::from(json!({"input_tokens": tokens}).to_string()))
    }

    fn models(&self, models: &Models) -> Bytes {
        let names: Vec<&str> = catalogue::names(models).collect();
        let data: Vec<Value> = names.iter().map(|name| catalogue::describe(name)).collect();
        let list = json!({
            "data": data, "has_more": false, "first_id": names.first(), "last_id": names.last(),
        });
        Bytes::from(list.to_string())
    }

    fn model(&self, name: &str, models: &Models) -> Result<Bytes, Refusal> {
        if !catalogue::exists(name, models) {
            return Err(error::unknown_model(name));
        }
        Ok(Bytes::from(catalogue::describe(name).to_string()))
    }

    fn refuse(&self, endpoint: &Endpoint<'_>, _method: &Method, _path: &str) -> Refusal {
        match endpoint {
            Endpoint::WrongMethod => error::wrong_method(),
            _ => error::not_found(),
        }
    }

    fn usual_error(&self, status: u16) -> Refusal {
        error::usual(status)
    }

    fn stream_error(&self) -> Refusal {
        error::usual(529)
    }

    fn error_body(&self, refusal: &Refusal, serial: Serial) -> Bytes {
        error::body(refusal, serial)
    }

    fn error_event(&self, refusal: &Refusal, serial: Serial) -> Bytes {
        error::event(refusal, serial)
    }

    fn headers(&self, serial: Serial, headers: &mut HeaderMap) {
        header(headers, "request-id", &request_id(serial));
        constant_headers(headers, CONSTANT_HEADERS);
        let reset = clock::rfc3339(clock::unix_millis() / 1_000 + 1);
        header(headers, "anthropic-ratelimit-requests-reset", &reset);
        header(headers, "anthropic-ratelimit-tokens-reset", &reset);
    }
}

const CONSTANT_HEADERS: &[(&str, &str)] = &[
    (
        "anthropic-organization-id",
        "00000000-0000-4000-8000-000000000000",
    ),
    ("anthropic-ratelimit-requests-limit", "4000"),
    ("anthropic-ratelimit-requests-remaining", "3999"),
    ("anthropic-ratelimit-tokens-limit", "400000"),
    ("anthropic-ratelimit-tokens-remaining", "399000"),
];

fn request_id(serial: Serial) -> String {
    format!("req_011{}", serial.letters(0, 21))
}

/// The request, once nothing is left to complain about.
fn judge(inquiry: &Inquiry<'_>, shape: &Shape) -> Result<Value, Refusal> {
    let version = version(inquiry.headers)?;
    let content_type = inquiry
        .headers
        .get(CONTENT_TYPE)
        .map(|value| value.as_bytes());
    if !content_type.is_some_and(|value| value.starts_with(b"application/json")) {
        return Err(error::content_type());
    }
    let request: Value =
        serde_json::from_slice(inquiry.body).map_err(|why| error::not_json(&why))?;
    rules::roles(&request)?;
    check(&request, shape).map_err(|violation| violation::describe(&violation))?;
    models::exist(&request, inquiry.models)?;
    rules::check(&request, version)?;
    turns::check(&request)?;
    media::check(&request)?;
    schema::check(&request)?;
    models::check(&request)?;
    Ok(request)
}

fn version(headers: &HeaderMap) -> Result<Version, Refusal> {
    let Some(version) = headers.get("anthropic-version") else {
        return Err(error::invalid("anthropic-version: header is required"));
    };
    match version.as_bytes() {
        b"2023-06-01" => Ok(Version::Classic),
        b"2026-10-21" => Ok(Version::Current),
        other => Err(error::invalid(format!(
            "anthropic-version: \"{}\" is not a valid version",
            String::from_utf8_lossy(other)
        ))),
    }
}
