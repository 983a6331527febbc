//! OpenAI's Chat Completions, as strict as the original.
//!
//! `shapes.rs` says which fields there are, `rules.rs` what holds between them,
//! `catalogue.rs` and `models.rs` what each model refuses, `read.rs` finds the
//! question, `render.rs` and `stream.rs` write the answer, `error.rs` and `violation.rs` complain.
//!
//! Sources: the types of the official SDK (openai 3.52.0) and recorded traffic,
//! checked 2026-11-21. Reasoning is written to `reasoning_content`, which is not
//! OpenAI's own but what OpenAI-compatible providers send.

mod catalogue;
mod error;
mod models;
mod read;
mod render;
mod rules;
mod shapes;
mod stream;
mod violation;

use bytes::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::{HeaderMap, Method};
use serde_json::{Value, json};

use super::answer;
use super::serial::Serial;
use super::shape::check;
use super::vendor::{
    Content, Endpoint, Inquiry, Models, Refusal, Reply, Vendor, constant_headers, header,
};

#[derive(Debug)]
pub(crate) struct OpenAi;

impl Vendor for OpenAi {
    fn endpoint<'a>(&self, method: &Method, path: &'a str) -> Endpoint<'a> {
        let (found, allowed) = if path.ends_with("/chat/completions") {
            (Endpoint::Chat, Method::POST)
        } else if path.ends_with("/models") {
            (Endpoint::Models, Method::GET)
        } else if let Some((_, name)) = path.split_once("/models/") {
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
        let header = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let Some(given) = header.and_then(|header| header.strip_prefix("Bearer ")) else {
            return Err(error::no_key());
        };
        if given == key {
            Ok(())
        } else {
            Err(error::wrong_key(given))
        }
    }

    fn answer(&self, inquiry: &Inquiry<'_>) -> Result<Reply, Refusal> {
        let request = judge(inquiry)?;
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
            Content::Whole(render::completion(&writing))
        };
        Ok(Reply {
            content,
            prompt_tokens: answer.usage.prompt,
            completion_tokens: answer.usage.completion,
        })
    }

    fn count_tokens(&self, _inquiry: &Inquiry<'_>) -> Result<Bytes, Refusal> {
        // Not part of this API: `endpoint` never says so.
        Err(error::unknown_url(&Method::POST, ""))
    }

    fn models(&self, models: &Models) -> Bytes {
        let data: Vec<Value> = catalogue::names(models).map(catalogue::describe).collect();
        Bytes::from(json!({"object": "list", "data": data}).to_string())
    }

    fn model(&self, name: &str, models: &Models) -> Result<Bytes, Refusal> {
        if !catalogue::exists(name, models) {
            return Err(error::unknown_model(name));
        }
        Ok(Bytes::from(catalogue::describe(name).to_string()))
    }

    fn refuse(&self, endpoint: &Endpoint<'_>, method: &Method, path: &str) -> Refusal {
        match endpoint {
            Endpoint::WrongMethod => error::wrong_method(method, path),
            _ => error::unknown_url(method, path),
        }
    }

    fn usual_error(&self, status: u16) -> Refusal {
        error::usual(status)
    }

    fn stream_error(&self) -> Refusal {
        error::usual(500)
    }

    fn error_body(&self, refusal: &Refusal, _serial: Serial) -> Bytes {
        error::body(refusal)
    }

    fn error_event(&self, refusal: &Refusal, _serial: Serial) -> Bytes {
        error::event(refusal)
    }

    fn headers(&self, serial: Serial, headers: &mut HeaderMap) {
        header(headers, "x-request-id", &format!("req_{}", serial.hex(0)));
        constant_headers(headers, CONSTANT_HEADERS);
    }
}

const CONSTANT_HEADERS: &[(&str, &str)] = &[
    ("openai-organization", "simulated-organization"),
    ("openai-project", "proj_simulated"),
    ("openai-processing-ms", "7"),
    ("openai-version", "2020-10-01"),
    ("x-ratelimit-limit-requests", "500"),
    ("x-ratelimit-limit-tokens", "200000"),
    ("x-ratelimit-remaining-requests", "499"),
    ("x-ratelimit-remaining-tokens", "199996"),
    ("x-ratelimit-reset-requests", "120ms"),
    ("x-ratelimit-reset-tokens", "1ms"),
];

/// The request, once nothing is left to complain about.
fn judge(inquiry: &Inquiry<'_>) -> Result<Value, Refusal> {
    let content_type = inquiry
        .headers
        .get(CONTENT_TYPE)
        .map(|value| value.as_bytes());
    if !content_type.is_some_and(|value| value.starts_with(b"application/json")) {
        return Err(error::content_type(content_type.unwrap_or_default()));
    }
    let request: Value = serde_json::from_slice(inquiry.body).map_err(|_| error::not_json())?;
    rules::known_arguments(&request)?;
    models::no_max_tokens(&request)?;
    check(&request, &shapes::REQUEST).map_err(|violation| violation::describe(&violation))?;
    rules::check(&request)?;
    models::check(&request, inquiry.models)?;
    Ok(request)
}
