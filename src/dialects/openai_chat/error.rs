//! Failures as OpenAI's API tells them.

use std::time::Duration;

use serde::Serialize;

use crate::chat::{Error, ErrorKind};

/// A whole answer that tells of a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorAnswer {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// JSON body.
    pub body: Vec<u8>,
}

/// The answer for a client that has been sent nothing yet.
pub fn answer(error: &Error) -> ErrorAnswer {
    let mut headers = vec![("content-type", "application/json".to_owned())];
    if let Some(wait) = error.retry_after {
        headers.push(("retry-after", whole_seconds(wait).to_string()));
        headers.push(("retry-after-ms", wait.as_millis().to_string()));
    }
    if error.kind == ErrorKind::Quota {
        // The SDKs retry every 429 otherwise (openai-python 3.52.0, `_base_client.py`, 2026-11-21).
        headers.push(("x-should-retry", "false".to_owned()));
    }
    let mut body = Vec::with_capacity(256);
    write(error, &mut body);
    ErrorAnswer {
        status: error.status,
        headers,
        body,
    }
}

/// Writes `{"error":{…}}`, the body of an answer and the data of a stream's last event.
pub(super) fn write(error: &Error, out: &mut Vec<u8>) {
    let body = Body {
        error: Object {
            message: &error.message,
            kind: type_of(error.kind),
            param: error.param.as_deref(),
            code: error.code.as_deref().or(usual_code(error.kind)),
        },
    };
    super::json::write(&body, out);
}

#[derive(Serialize)]
struct Body<'a> {
    error: Object<'a>,
}

#[derive(Serialize)]
struct Object<'a> {
    message: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    param: Option<&'a str>,
    code: Option<&'a str>,
}

fn type_of(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidRequest | ErrorKind::NotFound => "invalid_request_error",
        ErrorKind::Authentication => "authentication_error",
        ErrorKind::Permission => "permission_error",
        ErrorKind::RateLimit => "rate_limit_error",
        ErrorKind::Quota => "insufficient_quota",
        ErrorKind::Overloaded | ErrorKind::Timeout | ErrorKind::Upstream => "server_error",
    }
}

/// The code that clients look for where the upstream gave none.
fn usual_code(kind: ErrorKind) -> Option<&'static str> {
    match kind {
        ErrorKind::Authentication => Some("invalid_api_key"),
        ErrorKind::RateLimit => Some("rate_limit_exceeded"),
        ErrorKind::Quota => Some("insufficient_quota"),
        ErrorKind::Overloaded => Some("overloaded"),
        ErrorKind::Timeout => Some("timeout"),
        _ => None,
    }
}

/// Rounded up: a client that comes back early is refused again.
fn whole_seconds(wait: Duration) -> u64 {
    let fraction = u64::from(wait.subsec_nanos() > 0);
    wait.as_secs().saturating_add(fraction)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn body(error: &Error) -> Value {
        serde_json::from_slice(&answer(error).body).unwrap()
    }

    #[test]
    fn all_four_members_are_always_there() {
        let error = Error::invalid("no \"x\"").with_param("messages[0]");
        assert_eq!(
            body(&error),
            json!({"error": {
                "message": "no \"x\"",
                "type": "invalid_request_error",
                "param": "messages[0]",
                "code": null,
            }})
        );
    }

    #[test]
    fn the_upstreams_own_code_goes_before_the_usual_one() {
        let error = Error::new(ErrorKind::RateLimit, "slow down");
        assert_eq!(body(&error)["error"]["code"], "rate_limit_exceeded");
        let error = error.with_code("tokens_per_day");
        assert_eq!(body(&error)["error"]["code"], "tokens_per_day");
    }

    #[test]
    fn a_wait_is_told_in_seconds_rounded_up_and_in_milliseconds() {
        let mut error = Error::new(ErrorKind::RateLimit, "slow down");
        error.retry_after = Some(Duration::from_millis(1500));
        let answer = answer(&error);
        assert_eq!(answer.status, 429);
        assert!(answer.headers.contains(&("retry-after", "2".into())));
        assert!(answer.headers.contains(&("retry-after-ms", "1500".into())));
    }

    #[test]
    fn clients_are_told_not_to_retry_a_spent_quota() {
        let told = |kind| {
            let headers = answer(&Error::new(kind, "no")).headers;
            headers.contains(&("x-should-retry", "false".into()))
        };
        assert!(told(ErrorKind::Quota));
        assert!(!told(ErrorKind::RateLimit));
    }
}
