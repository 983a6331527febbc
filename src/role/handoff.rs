//! The contract between the roles.
//!
//! What the provider role *needs* travels in request headers that only the gateway role may write
//! (it strips what a client sends): the plan, and the number of the attempt, which Envoy counts.
//! What saves work or feeds the access log travels in memory: both roles of a worker share one VM,
//! so a thread-local table holds one [`Exchange`] for each request under way. When it is missing
//! (the VM was reloaded in between) the provider role scans the body for itself and only the
//! access log knows less.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::telemetry::exchange::Exchange;

/// All headers with this prefix belong to the gateway: never believed from a client, never shown
/// to a provider.
pub const PREFIX: &str = "x-tidegate-";
/// Id of the request, made by the gateway role; also in the response.
pub const REQUEST_ID: &str = "x-tidegate-request-id";
/// The upstream's name of the model for each attempt: [`encode_plan`].
pub const PLAN: &str = "x-tidegate-plan";
/// Which route the request takes: `<timeouts>/stream` or `<timeouts>/unary`.
pub const ROUTE: &str = "x-tidegate-route";
/// Response: name of the provider that answered.
pub const PROVIDER: &str = "x-tidegate-provider";
/// Response: the provider's name of the model that answered.
pub const MODEL: &str = "x-tidegate-model";
/// Response: how many attempts were made.
pub const ATTEMPTS: &str = "x-tidegate-attempts";
/// Response: what the provider could not be given as the client sent it.
pub const DROPPED_PARAMS: &str = "x-tidegate-dropped-params";
/// Response, seen by Envoy only: [`RETRY`] asks for the next attempt.
pub const ATTEMPT: &str = "x-tidegate-attempt";
/// See [`ATTEMPT`].
pub const RETRY: &str = "retry";
/// Envoy's count of attempts, 1 for the first, as an upstream filter sees it.
pub const ENVOY_ATTEMPT_COUNT: &str = "x-envoy-attempt-count";
/// Envoy's limit of retries for this request.
pub const ENVOY_MAX_RETRIES: &str = "x-envoy-max-retries";

/// Name of the header that holds the cluster of an attempt, counted from 0.
pub fn slot(attempt: usize) -> String {
    format!("x-tidegate-target-{attempt}")
}

/// Writes the models of all attempts as one header value, commas and percent signs escaped.
pub fn encode_plan<'a>(models: impl Iterator<Item = &'a str>) -> String {
    let mut out = String::new();
    for (index, model) in models.enumerate() {
        if index > 0 {
            out.push(',');
        }
        for c in model.chars() {
            match c {
                ',' => out.push_str("%2C"),
                '%' => out.push_str("%25"),
                c => out.push(c),
            }
        }
    }
    out
}

/// The model of one attempt (counted from 1), and how many attempts are planned.
pub fn decode_plan(plan: &str, attempt: usize) -> Option<(String, usize)> {
    let model = plan.split(',').nth(attempt.checked_sub(1)?)?;
    Some((model.replace("%2C", ",").replace("%25", "%"), plan.split(',').count()))
}

/// Shared by the roles' machines of one request.
pub type Shared = Rc<RefCell<Exchange>>;

thread_local! {
    static UNDER_WAY: RefCell<HashMap<String, Shared>> = RefCell::default();
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

/// How many exchanges are under way in this VM.
pub fn under_way() -> usize {
    UNDER_WAY.with_borrow(HashMap::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_survives_the_header_whatever_the_models_are_called() {
        let models = ["gpt-4o", "a,b", "100%2C", "accounts/x/models/y#z"];
        let plan = encode_plan(models.into_iter());
        for (index, model) in models.iter().enumerate() {
            assert_eq!(decode_plan(&plan, index + 1), Some(((*model).to_owned(), 4)));
        }
        assert_eq!(decode_plan(&plan, 0), None);
        assert_eq!(decode_plan(&plan, 5), None);
    }

    #[test]
    fn an_exchange_is_known_until_it_ends() {
        let shared = begin("req_1");
        shared.borrow_mut().served_model = Some("m".into());
        assert_eq!(find("req_1").unwrap().borrow().served_model.as_deref(), Some("m"));
        end("req_1");
        assert!(find("req_1").is_none());
    }
}
