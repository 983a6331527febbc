//! The headers that a client gets with an answer.

use super::ThisAttempt;
use crate::headers::Headers;
use crate::role::handoff;

/// The provider's headers that a client may see. All others stay here: they tell of the
/// operator's account (`openai-organization`, `anthropic-organization-id`, `x-ratelimit-*`) or
/// of the connection.
const SHOWN: &[&str] = &["openai-processing-ms", "openai-version", "x-request-id"];

/// Of an error, the provider's hints on when to come back.
const SHOWN_OF_ERRORS: &[&str] = &["retry-after", "retry-after-ms", "x-should-retry"];

/// What is to be said beside the provider's own headers.
pub(super) struct Answer<'a> {
    pub(super) status: u16,
    pub(super) content_type: &'a str,
    pub(super) content_length: Option<usize>,
    pub(super) provider: &'a str,
    pub(super) dropped_params: &'a str,
    /// What the request has cost, in US dollars, where that is known already.
    pub(super) cost: Option<String>,
    /// Present where the answer tells of a failure.
    pub(super) failure: Option<Failure<'a>>,
}

/// What is to be said of a failure.
pub(super) struct Failure<'a> {
    /// Headers of the client's dialect, of which those are used that the provider has not sent.
    pub(super) hints: &'a [(&'static str, String)],
    /// Whether Envoy is to make the next attempt instead of passing this answer on.
    pub(super) retry: bool,
}

/// The headers of an answer to the client.
pub(super) fn headers(upstream: &Headers, answer: &Answer<'_>, attempt: &ThisAttempt) -> Headers {
    let mut out = Headers::with_capacity(16, 512);
    out.push(":status", answer.status.to_string());
    out.push("content-type", answer.content_type);
    if let Some(length) = answer.content_length {
        out.push("content-length", length.to_string());
    }
    let shown_too = if answer.failure.is_some() {
        SHOWN_OF_ERRORS
    } else {
        &[]
    };
    for (name, value) in upstream.iter() {
        let is_in = |names: &[&str]| names.iter().any(|shown| shown.as_bytes() == name);
        if is_in(SHOWN) || is_in(shown_too) {
            out.push(name, value);
        } else if name == b"request-id" || name == b"x-amzn-requestid" {
            // Anthropic's and Amazon's names for it.
            out.push("x-request-id", value);
        }
    }
    out.push(handoff::REQUEST_ID, &attempt.request_id);
    out.push(handoff::PROVIDER, answer.provider);
    out.push(handoff::MODEL, attempt.model());
    out.push(handoff::ATTEMPTS, attempt.number.to_string());
    if !answer.dropped_params.is_empty() {
        out.push(handoff::DROPPED_PARAMS, answer.dropped_params);
    }
    if let Some(cost) = &answer.cost {
        out.push(handoff::COST, cost);
    }
    if let Some(exchange) = attempt.exchange() {
        for (name, value) in &exchange.borrow().shown {
            out.push(name, value);
        }
    }
    if let Some(failure) = &answer.failure {
        push_failure(&mut out, failure);
    }
    out
}

fn push_failure(out: &mut Headers, failure: &Failure<'_>) {
    for (name, value) in failure.hints {
        if out.first(name).is_none() {
            out.push(name, value);
        }
    }
    if failure.retry {
        out.push(handoff::ATTEMPT, handoff::RETRY);
    }
}
