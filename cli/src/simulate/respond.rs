//! From a reply (or a refusal) and a script's step to an HTTP response.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};

use super::delivery::{self, Body, Severed};
use super::script::{Cut, Hang, Step};
use super::serial::Serial;
use super::server::Turn;
use super::vendor::{Content, Refusal, Reply, Vendor};

pub(crate) const JSON: &str = "application/json";
pub(crate) const EVENT_STREAM: &str = "text/event-stream; charset=utf-8";

/// A good answer, all at once.
pub(crate) fn document(vendor: &dyn Vendor, turn: Turn, document: Bytes) -> Response<Body> {
    turn.exchange.status(200);
    let body = Body::whole(document, turn.exchange);
    response(vendor, turn.serial, StatusCode::OK, JSON, body)
}

/// An error, all at once.
pub(crate) fn refuse(vendor: &dyn Vendor, turn: Turn, refusal: &Refusal) -> Response<Body> {
    turn.exchange.status(refusal.status);
    let body = Body::whole(vendor.error_body(refusal, turn.serial), turn.exchange);
    response(vendor, turn.serial, status(refusal.status), JSON, body)
}

/// The response of a request whose step may change everything about it.
pub(crate) async fn scripted(
    vendor: &dyn Vendor,
    mut turn: Turn,
    reply: Result<Reply, Refusal>,
    step: &Step,
) -> Result<Response<Body>, Severed> {
    if step.hang == Some(Hang::Headers) {
        std::future::pending::<()>().await;
    }
    if step.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(step.delay_ms)).await;
    }
    if step.cut == Some(Cut::BeforeHeaders) {
        turn.exchange.cut();
        turn.cutter.cut(step.cut_with);
        return Err(Severed);
    }
    if let Ok(reply) = &reply {
        turn.exchange
            .tokens(reply.prompt_tokens, reply.completion_tokens);
    }
    let draft = draft(vendor, reply, step, turn.serial);
    Ok(deliver(vendor, turn, draft, step))
}

/// A response that is known but for the way in which it leaves.
struct Draft {
    status: u16,
    content_type: String,
    content: Content,
}

fn draft(vendor: &dyn Vendor, reply: Result<Reply, Refusal>, step: &Step, serial: Serial) -> Draft {
    let streams = matches!(
        &reply,
        Ok(Reply {
            content: Content::Events(_),
            ..
        })
    ) || step.raw.is_some();
    if let Some(content) = scripted_content(step, streams) {
        let content_type = match content {
            Content::Whole(_) => JSON,
            Content::Events(_) => EVENT_STREAM,
        };
        return Draft::new(step.status.unwrap_or(200), content_type, content, step);
    }
    let failed = step.status.is_some_and(|status| status >= 400);
    if failed || (!streams && fails_at_once(step)) {
        return error_draft(vendor, &scripted_error(vendor, step), step, serial);
    }
    match reply {
        Ok(Reply {
            content: content @ Content::Whole(_),
            ..
        }) => Draft::new(step.status.unwrap_or(200), JSON, content, step),
        Ok(Reply { content, .. }) => {
            Draft::new(step.status.unwrap_or(200), EVENT_STREAM, content, step)
        }
        // Only with `validate: false`, and nothing else to say.
        Err(refusal) => error_draft(vendor, &refusal, step, serial),
    }
}

impl Draft {
    fn new(status: u16, content_type: &str, content: Content, step: &Step) -> Self {
        let content_type = step
            .content_type
            .as_deref()
            .unwrap_or(content_type)
            .to_owned();
        Self {
            status,
            content_type,
            content,
        }
    }
}

fn error_draft(vendor: &dyn Vendor, refusal: &Refusal, step: &Step, serial: Serial) -> Draft {
    let content = Content::Whole(vendor.error_body(refusal, serial));
    Draft::new(refusal.status, JSON, content, step)
}

/// An error event needs a stream; a document fails with a status instead.
fn fails_at_once(step: &Step) -> bool {
    step.error_first || step.error_after.is_some() || step.error.is_some()
}

/// The body that the step itself brings.
fn scripted_content(step: &Step, streams: bool) -> Option<Content> {
    if let Some(body) = &step.body {
        let text = body
            .as_str()
            .map_or_else(|| body.to_string(), str::to_owned);
        return Some(Content::Whole(Bytes::from(text)));
    }
    let raw = match (&step.raw, &step.raw_base64) {
        (Some(raw), _) => Bytes::from(raw.clone()),
        (None, Some(raw)) => Bytes::from(STANDARD.decode(raw).unwrap_or_default()),
        (None, None) => return None,
    };
    Some(if streams {
        Content::Events(events(&raw))
    } else {
        Content::Whole(raw)
    })
}

/// Splits raw bytes behind every blank line.
fn events(raw: &Bytes) -> Vec<Bytes> {
    let mut events = Vec::new();
    let mut rest = raw.clone();
    while let Some(end) = blank_line(&rest) {
        events.push(rest.split_to(end));
    }
    if !rest.is_empty() {
        events.push(rest);
    }
    events
}

fn blank_line(bytes: &[u8]) -> Option<usize> {
    let ends = [&b"\n\n"[..], b"\r\n\r\n"].map(|pattern| {
        let at = bytes
            .windows(pattern.len())
            .position(|window| window == pattern)?;
        Some(at + pattern.len())
    });
    ends.into_iter().flatten().min()
}

fn scripted_error(vendor: &dyn Vendor, step: &Step) -> Refusal {
    let mut refusal = match step.status {
        Some(status) => vendor.usual_error(status),
        None => vendor.stream_error(),
    };
    if let Some(part) = &step.error {
        refusal.kind = part.kind.clone().unwrap_or(refusal.kind);
        refusal.message = part.message.clone().unwrap_or(refusal.message);
        refusal.param = part.param.clone().or(refusal.param);
        refusal.code = part.code.clone().or(refusal.code);
    }
    refusal
}

fn deliver(vendor: &dyn Vendor, turn: Turn, draft: Draft, step: &Step) -> Response<Body> {
    turn.exchange.status(draft.status);
    let (frames, error, length) = match draft.content {
        Content::Whole(document) => {
            let length = document.len();
            (in_parts(document, step), None, Some(length))
        }
        Content::Events(mut events) => {
            events.push(vendor.error_event(&scripted_error(vendor, step), turn.serial));
            let mut events = line_ends(events, step.crlf);
            let error = events.pop();
            (events, error, None)
        }
    };
    let pieces = delivery::plan(frames, step, error);
    let body = Body::planned(pieces, turn.exchange, turn.cutter);
    let mut response = response(
        vendor,
        turn.serial,
        status(draft.status),
        &draft.content_type,
        body,
    );
    if let Some(length) = length {
        // Said even if not all of it will come: that is how a cut is noticed.
        response
            .headers_mut()
            .insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    for (name, value) in &step.headers {
        insert(&mut response, name, value);
    }
    response
}

/// A document in two parts if anything is to happen in its middle.
fn in_parts(mut document: Bytes, step: &Step) -> Vec<Bytes> {
    let whole = step.hang.is_none() && step.cut.is_none() && step.end_after.is_none();
    if whole || document.len() < 2 {
        return vec![document];
    }
    let second = document.split_off(document.len() / 2);
    vec![document, second]
}

fn line_ends(events: Vec<Bytes>, crlf: bool) -> Vec<Bytes> {
    if !crlf {
        return events;
    }
    let with_cr = |event: Bytes| -> Bytes {
        event
            .iter()
            .flat_map(|&byte| {
                if byte == b'\n' {
                    vec![b'\r', b'\n']
                } else {
                    vec![byte]
                }
            })
            .collect()
    };
    events.into_iter().map(with_cr).collect()
}

/// A response with the headers that every answer of this vendor has.
pub(crate) fn response(
    vendor: &dyn Vendor,
    serial: Serial,
    status: StatusCode,
    content_type: &str,
    body: Body,
) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    insert(&mut response, CONTENT_TYPE.as_str(), content_type);
    for (name, value) in vendor.headers(serial) {
        insert(&mut response, name, &value);
    }
    response
}

/// What is no legal header is left out: `script.rs` has checked what a person wrote.
fn insert(response: &mut Response<Body>, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
        response.headers_mut().insert(name, value);
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
