//! From a reply (or a refusal) and a script's step to an HTTP response.

use std::time::Duration;

use bytes::Bytes;
use hyper::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use hyper::{HeaderMap, Response, StatusCode};

use super::delivery::{self, Body, Severed, gzip};
use super::draft::{Draft, failure};
use super::script::{Cut, Hang, Step};
use super::serial::Serial;
use super::server::Turn;
use super::vendor::{Content, Refusal, Reply, Vendor, header};

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
    let draft = Draft::of(vendor, reply, step, turn.serial);
    Ok(deliver(vendor, turn, draft, step))
}

fn deliver(vendor: &dyn Vendor, turn: Turn, draft: Draft, step: &Step) -> Response<Body> {
    turn.exchange.status(draft.status);
    let content_type = draft.content_type(step);
    let mut headers = HeaderMap::new();
    let pieces = match draft.content {
        Content::Whole(document) => {
            let document = match step.gzip {
                true => gzip::document(&document),
                false => document,
            };
            // Said even if not all of it will come: that is how a cut is noticed.
            headers.insert(CONTENT_LENGTH, HeaderValue::from(document.len()));
            delivery::plan(in_parts(document, step), step, None)
        }
        Content::Events(mut events) => {
            events.push(vendor.error_event(&failure(vendor, step), turn.serial));
            let mut events = line_ends(events, step.crlf);
            let error = events.pop();
            delivery::plan(events, step, error)
        }
    };
    if step.gzip {
        header(&mut headers, "content-encoding", "gzip");
    }
    for (name, value) in &step.headers {
        insert(&mut headers, name, value);
    }
    let body = Body::planned(pieces, turn.exchange, turn.cutter);
    let mut response = response(
        vendor,
        turn.serial,
        status(draft.status),
        content_type,
        body,
    );
    response.headers_mut().extend(headers);
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
    header(response.headers_mut(), "content-type", content_type);
    vendor.headers(serial, response.headers_mut());
    response
}

/// A header of a script, which has been checked when the script was read.
fn insert(headers: &mut HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
        headers.insert(name, value);
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
