//! Carries out effects.

use std::time::Duration;

use super::abi::{self, Buffer, Failed, Map};
use crate::clock::{Clock, Timestamp};
use crate::headers::Headers;
use crate::role::{Effect, Host, Reply};

/// Envoy.
pub(super) struct Envoy;

impl Clock for Envoy {
    fn now(&self) -> Timestamp {
        Timestamp(abi::now().unwrap_or_default())
    }
}

impl Host for Envoy {
    fn filter_state(&self, name: &str) -> Option<Vec<u8>> {
        abi::property(name).ok()
    }
}

/// Reads a header map; nothing where the host has none.
pub(super) fn headers(map: Map) -> Headers {
    abi::header_map(map)
        .ok()
        .and_then(Headers::from_host)
        .unwrap_or_default()
}

/// Carries out one effect. A failure is logged: there is nobody else to tell.
pub(super) fn carry_out(effect: Effect, response_held: usize) {
    let (what, result) = match effect {
        Effect::RequestHeaders(h) => (
            "request headers",
            abi::set_header_map(Map::Request, &h.to_host()),
        ),
        Effect::ResponseHeaders(h) => (
            "response headers",
            abi::set_header_map(Map::Response, &h.to_host()),
        ),
        Effect::RequestBody { replaced, bytes } => (
            "request body",
            abi::set_buffer_prefix(Buffer::RequestBody, replaced, &bytes),
        ),
        Effect::ResponseBody(bytes) => (
            "response body",
            abi::set_buffer_prefix(Buffer::ResponseBody, response_held, &bytes),
        ),
        // Belongs to the stream, which waits for the answer.
        Effect::Fetch { .. } => ("callout", Ok(())),
        Effect::Respond(reply) => ("reply", respond(&reply)),
        Effect::FilterState { name, value } => ("filter state", abi::set_property(name, &value)),
    };
    if let Err(Failed(status)) = result {
        log::error!("the host refused the {what}: status {status}");
    }
}

/// Asks a cluster for something; the answer comes to this stream under the token.
pub(super) fn fetch(
    cluster: &str,
    authority: &str,
    path: &str,
    timeout: Duration,
) -> Result<u32, Failed> {
    let headers = [
        (":method", "GET"),
        (":scheme", "https"),
        (":authority", authority),
        (":path", path),
        ("accept", "image/*"),
        (
            "user-agent",
            concat!("tidegate/", env!("CARGO_PKG_VERSION")),
        ),
    ];
    let headers = headers.to_vec();
    proxy_wasm::hostcalls::dispatch_http_call(cluster, headers, None, Vec::new(), timeout)
        .map_err(|status| Failed(status as u32))
}

fn respond(reply: &Reply) -> Result<(), Failed> {
    let mut headers = Headers::with_capacity(reply.headers.len(), 256);
    for (name, value) in &reply.headers {
        headers.push(name, value);
    }
    abi::send_local_response(reply.status, &headers.to_host(), &reply.body)
}
