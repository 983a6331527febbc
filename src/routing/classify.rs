//! What a provider's failure means for the next attempt, and for the next request.

use crate::chat::{Error, ErrorKind};
use crate::config::routing::Cause;

use super::board::{Failure, Verdict};
use super::flaws;

/// Why another target may do better than the one that failed like this; `None` where every target
/// would say the same: then the client is told.
///
/// What is the client's fault (a malformed request) fails everywhere; what is this provider's (its
/// credential, its model list, its load, what it has no way to do) does not.
pub fn classify(error: &Error) -> Option<Cause> {
    if has_code(error, MODERATION) {
        return Some(Cause::ContentPolicy);
    }
    if has_code(error, TOO_LONG) {
        return Some(Cause::ContextLength);
    }
    match error.status {
        400 | 422 if has_code(error, UNSUPPORTED) => Some(Cause::Unsupported),
        429 | 498 | 529 => Some(Cause::RateLimit),
        408 | 504 => Some(Cause::Timeout),
        401..=404 | 409 | 424 | 425 | 500..=599 => Some(Cause::Error),
        _ if matches!(error.kind, ErrorKind::Overloaded | ErrorKind::Upstream) => {
            Some(Cause::Error)
        }
        _ => None,
    }
}

/// What an attempt that failed like this came to.
pub fn verdict(error: &Error) -> Verdict {
    match classify(error) {
        _ if flaws::is_flaw(error) => Verdict::Flawed,
        Some(cause) => Verdict::Failed(cause),
        None => Verdict::Unknown,
    }
}

/// What a failed attempt with this [`verdict`] says of its target; `None` where it says nothing, because
/// the request is at fault, or may be: a target that has given an answer of no use is up, and a client
/// could ask for such answers until nobody else would be served.
pub fn failure(error: &Error, verdict: Verdict) -> Option<Failure> {
    let Verdict::Failed(cause @ (Cause::Error | Cause::RateLimit | Cause::Timeout)) = verdict
    else {
        return None;
    };
    Some(Failure {
        cause,
        // A 404 may be about a file or a tool that the client names: one is not enough.
        is_refusal: matches!(error.status, 401..=403 | 429 | 498 | 529),
        retry_after: error.retry_after,
    })
}

/// Whether the same target may do better a moment later: it had no answer, or one that passes by
/// itself. One that said "not now" or "not you" is not asked again.
pub fn may_pass(cause: Cause, status: Option<u16>) -> bool {
    match (cause, status) {
        (Cause::Timeout, _) | (Cause::Error, None) => true,
        (Cause::Error, Some(status)) => status >= 500,
        _ => false,
    }
}

/// `invalid_prompt` is what OpenAI's reasoning models say of a prompt that was "flagged as potentially
/// violating our usage policy", as in <https://github.com/BeehiveInnovations/pal-mcp-server/issues/178>,
/// checked 2026-11-25.
const MODERATION: &[&str] = &[
    "content_filter",
    "content_policy_violation",
    "image_content_policy_violation",
    "invalid_prompt",
    "moderation_blocked",
    flaws::REFUSED,
];
const TOO_LONG: &[&str] = &["context_length_exceeded"];
/// The model cannot do what is asked, in OpenAI's own words and in ours.
const UNSUPPORTED: &[&str] = &[
    "unsupported_operation",
    "unsupported_parameter",
    "unsupported_value",
];

fn has_code(error: &Error, codes: &[&str]) -> bool {
    let code = error.code.as_deref();
    code.is_some_and(|code| codes.contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::routing::Flaw;

    fn cause(status: u16) -> Option<Cause> {
        classify(&Error::invalid("x").with_status(status))
    }

    #[test]
    fn the_providers_own_troubles_fall_back() {
        for status in [
            401, 402, 403, 404, 408, 409, 424, 425, 429, 498, 500, 502, 503, 504, 529,
        ] {
            assert!(cause(status).is_some(), "{status}");
        }
    }

    #[test]
    fn the_clients_faults_are_final() {
        for status in [400, 405, 411, 413, 414, 415, 422, 431] {
            assert_eq!(cause(status), None, "{status}");
        }
    }

    #[test]
    fn what_this_model_cannot_do_another_may() {
        for code in [
            "unsupported_operation",
            "unsupported_parameter",
            "unsupported_value",
        ] {
            let error = Error::invalid("no").with_code(code);
            assert_eq!(classify(&error), Some(Cause::Unsupported), "{code}");
        }
        let unknown = Error::invalid("no").with_code("unknown_parameter");
        assert_eq!(classify(&unknown), None);
    }

    #[test]
    fn moderation_and_length_are_causes_of_their_own_whatever_the_status() {
        let refused = Error::new(ErrorKind::Permission, "flagged").with_code("content_filter");
        assert_eq!(classify(&refused), Some(Cause::ContentPolicy));
        assert_eq!(failure(&refused, verdict(&refused)), None);
        let flagged = Error::invalid("Invalid prompt: flagged").with_code("invalid_prompt");
        assert_eq!(classify(&flagged), Some(Cause::ContentPolicy));
        let long = Error::invalid("long").with_code("context_length_exceeded");
        assert_eq!(classify(&long), Some(Cause::ContextLength));
    }

    #[test]
    fn answers_of_no_use_go_on_but_say_nothing_of_the_target() {
        for (name, flaw) in Flaw::ALL {
            let error = flaws::error(*flaw);
            let cause = match flaw {
                Flaw::Refusal => Cause::ContentPolicy,
                _ => Cause::Error,
            };
            assert_eq!(classify(&error), Some(cause), "{name}");
            assert_eq!(verdict(&error), Verdict::Flawed, "{name}");
            assert_eq!(failure(&error, verdict(&error)), None);
        }
    }

    #[test]
    fn one_that_says_not_now_or_not_you_is_not_asked_again() {
        for (status, passes) in [
            (401, false),
            (429, false),
            (404, false),
            (500, true),
            (503, true),
        ] {
            let cause = cause(status).unwrap();
            assert_eq!(may_pass(cause, Some(status)), passes, "{status}");
        }
        assert!(may_pass(Cause::Timeout, None));
    }
}
