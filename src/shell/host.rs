//! Carries out effects.

use super::abi::{self, Buffer, Failed, Map};
use crate::clock::{Clock, Timestamp};
use crate::headers::Headers;
use crate::role::{Effect, Flow, Host, Reply};

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
        Effect::Respond(reply) => ("reply", respond(&reply)),
        Effect::FilterState { name, value } => ("filter state", abi::set_property(name, &value)),
    };
    if let Err(Failed(status)) = result {
        log::error!("the host refused the {what}: status {status}");
    }
}

/// Answers a request that there is no machine for, because its plugin has no configuration.
pub(super) fn refuse() -> Flow {
    if let Err(Failed(status)) = abi::send_local_response(500, &[], &[]) {
        log::error!("the host refused the refusal: status {status}");
    }
    Flow::Pause
}

fn respond(reply: &Reply) -> Result<(), Failed> {
    let mut headers = Headers::with_capacity(reply.headers.len(), 256);
    for (name, value) in &reply.headers {
        headers.push(name, value);
    }
    abi::send_local_response(reply.status, &headers.to_host(), &reply.body)
}
