//! Carries out effects.

use std::cell::Cell;
use std::time::Instant;

use super::abi::{self, Buffer, Failed, Map};
use crate::clock::{Clock, Tick, Timestamp};
use crate::headers::Headers;
use crate::role::{Effect, Fetch, Flow, Host, Reply};

/// Envoy, as it is seen during one callback.
#[derive(Default)]
pub(super) struct Envoy {
    time: Cell<Option<Timestamp>>,
}

impl Clock for Envoy {
    /// Asks the host once in a callback: time does not pass in Envoy's event loop.
    fn now(&self) -> Timestamp {
        let time = self.time.get();
        let time = time.unwrap_or_else(|| Timestamp(abi::now().unwrap_or_default()));
        self.time.set(Some(time));
        time
    }
}

impl Host for Envoy {
    fn filter_state(&self, name: &str) -> Option<Vec<u8>> {
        abi::property(name).ok()
    }

    fn attempt(&self) -> Option<usize> {
        let bytes = abi::property("upstream\0request_attempt_count").ok()?;
        let count = u64::from_le_bytes(bytes.try_into().ok()?);
        usize::try_from(count).ok()
    }

    fn attribute(&self, path: &str) -> Option<Vec<u8>> {
        abi::property(path).ok()
    }

    fn request_header(&self, name: &str) -> Option<Vec<u8>> {
        abi::header(Map::Request, name).ok()
    }
}

/// Nanoseconds by a clock that nobody sets, from some beginning.
pub(super) fn steady() -> Option<u64> {
    thread_local! {
        static BEGINNING: Instant = now();
    }
    #[expect(clippy::disallowed_methods, reason = "this is the host's boundary")]
    fn now() -> Instant {
        Instant::now()
    }
    let elapsed = BEGINNING.with(|beginning| now().duration_since(*beginning));
    // Never zero: leases begin without a deadline.
    u64::try_from(elapsed.as_nanos()).ok()?.checked_add(1)
}

/// The time now, by both clocks.
pub(super) fn tick() -> Option<Tick> {
    let steady = Timestamp(steady()?);
    let wall = Envoy::default().now();
    Some(Tick { steady, wall })
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
        Effect::RequestHeadersEdit { remove, add } => {
            ("request headers", edit_request_headers(&remove, &add))
        }
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
        // Belong to the stream, which waits for the answer.
        Effect::Fetch(_) | Effect::AwaitSync(_) | Effect::AwaitTurn { .. } => ("callout", Ok(())),
        Effect::Count(name) => ("statistic", abi::count(name)),
        Effect::Respond(reply) => ("reply", respond(&reply)),
        Effect::FilterState { name, value } => ("filter state", abi::set_property(name, &value)),
    };
    if let Err(Failed(status)) = result {
        log::error!("the host refused the {what}: status {status}");
    }
}

/// Lets this stream's request go on, where that is what its machine wants.
pub(super) fn resume(flow: Flow) {
    if flow == Flow::Continue
        && let Err(Failed(status)) = abi::resume_request()
    {
        log::error!("the host refused to go on with a request: status {status}");
    }
}

/// Goes back to a stream: what follows in this callback is done for it. Returns whether it can be.
pub(super) fn act_for(stream: u32) -> bool {
    let acts = abi::act_for(stream);
    if let Err(Failed(status)) = acts {
        log::error!("the host refused to go back to a stream: status {status}");
    }
    acts.is_ok()
}

/// Asks a cluster for something; the answer comes to this stream under the token.
pub(super) fn fetch(fetch: &Fetch) -> Result<u32, Failed> {
    let mut headers = Headers::with_capacity(6, 256);
    for (name, value) in [
        (":method", "GET"),
        (":scheme", "https"),
        (":authority", &*fetch.authority),
        (":path", &*fetch.path),
        ("accept", "image/*"),
        (
            "user-agent",
            concat!("tidegate/", env!("CARGO_PKG_VERSION")),
        ),
    ] {
        headers.push(name, value);
    }
    abi::http_call(&fetch.cluster, &headers.to_host(), &[], fetch.timeout)
}

fn edit_request_headers(remove: &[Vec<u8>], add: &[(&str, String)]) -> Result<(), Failed> {
    for name in remove {
        abi::remove_header(Map::Request, name)?;
    }
    for (name, value) in add {
        abi::add_header(Map::Request, name, value)?;
    }
    Ok(())
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
