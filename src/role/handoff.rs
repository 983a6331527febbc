//! The contract between the roles.
//!
//! Envoy gives an upstream filter the very header map that the next attempt gets too, so a header
//! is no place for what must outlive an attempt, nor for what a provider must not see. Hence:
//!
//! * which cluster is next is *filter state* ([`TARGET_STATE`]), which the cluster matcher of the
//!   rendered route reads: the gateway role writes the first one, each attempt the one after it;
//! * the plan is in *memory*: both roles of a worker share one VM, and a thread-local table holds
//!   one [`Exchange`] for each request under way;
//! * the plan is also filter state ([`PLAN_STATE`]), where there is more than one target: a
//!   provider role that knows no such exchange, because the module was replaced while the request
//!   was under way, reads it there, and asks Envoy for the attempt's number. Only the access log
//!   then knows less;
//! * a small body of the client's, and its few headers that providers may see, are in that memory
//!   too, so that an attempt need not read them from Envoy again; a large body ([`BODY_LIMIT`])
//!   stays with Envoy alone;
//! * the one header that crosses over is the request's id ([`REQUEST_ID`]), on its way to the router
//!   with the route that the request takes, since each header costs both roles something. The
//!   gateway role strips what a client sends under that name.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;

use super::Effect;
use crate::headers::Headers;
use crate::routing::plan::PlannedAttempt;
use crate::telemetry::exchange::Exchange;

/// Statistic: requests that a limit let pass uncounted, because it could not be asked.
pub const UNCOUNTED_REQUESTS: &str = "tidegate_uncounted_requests";
/// Statistic: requests that were refused by a limit, or because it could not be asked.
pub const LIMITED_REQUESTS: &str = "tidegate_limited_requests";

/// All headers with this prefix belong to the gateway: never believed from a client.
pub const PREFIX: &str = "x-tidegate-";
/// Id of the request, made by the gateway role; providers and clients see it too. Until the first
/// attempt has begun the value is [`routed`].
pub const REQUEST_ID: &str = "x-tidegate-request-id";
/// Response: name of the provider that answered.
pub const PROVIDER: &str = "x-tidegate-provider";
/// Response: the provider's name of the model that answered.
pub const MODEL: &str = "x-tidegate-model";
/// Response: how many attempts were made.
pub const ATTEMPTS: &str = "x-tidegate-attempts";
/// Request: targets that may be tried, in this order, from keys that may say so.
pub const TARGETS: &str = "x-tidegate-targets";
/// Request: in which order targets are tried, from keys that may say so.
pub const STRATEGY: &str = "x-tidegate-strategy";
/// Request: how long it may take, from keys that may say so.
pub const TIMEOUT_MS: &str = "x-tidegate-timeout-ms";
/// Request: `true` for one attempt and no other, from keys that may say so.
pub const NO_FALLBACK: &str = "x-tidegate-no-fallback";
/// Request: `true` to be told [`ROUTE`], from keys that may say so.
pub const EXPLAIN: &str = "x-tidegate-explain";
/// Response: why the request went where it went.
pub const ROUTE: &str = "x-tidegate-route";
/// Response: limits that could not be asked, and did not count this request.
pub const UNCOUNTED: &str = "x-tidegate-uncounted";
/// Response: what the request has cost, in US dollars.
pub const COST: &str = "x-tidegate-cost-usd";
/// Response: what the provider could not be given as the client sent it.
pub const DROPPED_PARAMS: &str = "x-tidegate-dropped-params";
/// Response, seen by Envoy only: [`RETRY`] asks for the next attempt.
pub const ATTEMPT: &str = "x-tidegate-attempt";
/// See [`ATTEMPT`].
pub const RETRY: &str = "retry";
/// Envoy's limit of retries for this request, where it is not the route's own.
pub const ENVOY_MAX_RETRIES: &str = "x-envoy-max-retries";

/// How long a request may take, where that is not the route's own time.
pub const ENVOY_TIMEOUT_MS: &str = "x-envoy-upstream-rq-timeout-ms";

/// Filter state that holds the next attempt's cluster; Envoy knows it as `wasm.tidegate_target`.
pub const TARGET_STATE: &str = "tidegate_target";
/// Filter state that holds the [`Plan`](crate::routing::plan::Plan) as JSON.
pub const PLAN_STATE: &str = "tidegate_plan";
/// Filter state that holds the access log's fragment.
pub const ACCESS_LOG_STATE: &str = "tidegate";

/// Tells Envoy which target is next.
pub fn next_target(attempt: &PlannedAttempt) -> Effect {
    Effect::FilterState {
        name: TARGET_STATE,
        value: attempt.target.provider.as_bytes().to_vec(),
    }
}

/// Stands between id and route in [`REQUEST_ID`]: no name of a route has it.
const BEFORE_ROUTE: char = ';';

/// The request's id, and which route of Envoy's it takes: `<id>;<timeouts>/stream` or
/// `<id>;<timeouts>/unary`.
pub fn routed(request_id: &str, timeouts: &str, stream: bool) -> String {
    let kind = if stream { "/stream" } else { "/unary" };
    let mut value = String::with_capacity(request_id.len() + 1 + timeouts.len() + kind.len());
    value.push_str(request_id);
    value.push(BEFORE_ROUTE);
    value.push_str(timeouts);
    value.push_str(kind);
    value
}

/// The id in a value of [`REQUEST_ID`], which may be [`routed`]; `None` where it is not UTF-8.
pub fn request_id(value: Vec<u8>) -> Option<String> {
    let mut id = String::from_utf8(value).ok()?;
    if let Some(end) = id.find(BEFORE_ROUTE) {
        id.truncate(end);
    }
    Some(id)
}

/// A larger body is not kept in memory for the attempts, of which there may be many at a time.
pub const BODY_LIMIT: usize = 16 * 1024;

/// The client's headers that a provider sees: the trace goes on. All others stay here: they hold
/// the client's key, or tell of the connection to us, or come from an earlier attempt.
pub const FORWARDED: &[&str] = &["traceparent", "tracestate", "baggage"];

/// Those of the client's headers that a provider sees.
pub fn forwarded(client: &Headers) -> Headers {
    let mut out = Headers::default();
    for (name, value) in client.iter() {
        if FORWARDED.iter().any(|known| known.as_bytes() == name) {
            out.push(name, value);
        }
    }
    out
}

/// Shared by the roles' machines of one request.
pub type Shared = Rc<RefCell<Exchange>>;

thread_local! {
    static UNDER_WAY: RefCell<HashMap<String, Shared, BuildHasherDefault<OfIds>>> =
        RefCell::default();
}

/// A hash of ids, which are ours and all as long: nobody can choose them to collide.
#[derive(Default)]
struct OfIds(u64);

impl Hasher for OfIds {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, id: &[u8]) {
        for part in id.chunks(8) {
            let mut eight = [0; 8];
            for (to, from) in eight.iter_mut().zip(part) {
                *to = *from;
            }
            let mixed = (self.0 ^ u64::from_le_bytes(eight)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            self.0 = mixed ^ (mixed >> 32);
        }
    }
}

/// Makes an exchange known under its request id.
pub fn begin(request_id: &str) -> Shared {
    let shared = Shared::default();
    UNDER_WAY.with_borrow_mut(|all| all.insert(request_id.to_owned(), Rc::clone(&shared)));
    shared
}

/// The exchange of this request id, where this VM knows it.
pub fn find(request_id: &str) -> Option<Shared> {
    UNDER_WAY.with_borrow(|all| all.get(request_id).cloned())
}

/// Forgets an exchange.
pub fn end(request_id: &str) {
    UNDER_WAY.with_borrow_mut(|all| all.remove(request_id));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_found_with_and_without_a_route() {
        let value = routed("req_1", "a/b", true);
        assert_eq!(value, "req_1;a/b/stream");
        assert_eq!(request_id(value.into_bytes()).as_deref(), Some("req_1"));
        assert_eq!(request_id(b"req_1".to_vec()).as_deref(), Some("req_1"));
        assert_eq!(request_id(vec![0xff]), None);
    }

    #[test]
    fn an_exchange_is_known_until_it_ends() {
        let shared = begin("req_1");
        shared.borrow_mut().served_model = Some("m".into());
        assert_eq!(
            find("req_1").unwrap().borrow().served_model.as_deref(),
            Some("m")
        );
        end("req_1");
        assert!(find("req_1").is_none());
    }
}
