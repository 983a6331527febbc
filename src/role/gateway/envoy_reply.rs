//! Envoy's own answers, put into words that a client can use.

use crate::chat::{Error, ErrorKind};
use crate::headers::Headers;

/// Code of the error that a provider was too slow.
pub(super) const TIMEOUT: &str = "provider_timeout";

/// The error that an answer of Envoy's own stands for. It was given after `attempts` attempts of
/// which none brought an answer.
pub(super) fn reword(headers: &Headers, attempts: usize) -> Error {
    let status = headers
        .text(":status")
        .and_then(|s| s.parse().ok())
        .unwrap_or(500);
    match status {
        408 => Error::invalid("The request did not arrive in time.").with_status(408),
        413 => Error::invalid("The request's body is too large.")
            .with_status(413)
            .with_code("request_too_large"),
        503 => Error::new(ErrorKind::Overloaded, unreachable_after(attempts))
            .with_code("provider_unavailable"),
        504 => Error::new(ErrorKind::Timeout, "No provider answered in time.").with_code(TIMEOUT),
        400..=499 => Error::invalid("The request was refused.").with_status(status),
        500..=599 => {
            Error::upstream("The gateway could not serve the request.").with_status(status)
        }
        _ => Error::upstream("The gateway gave an answer that it cannot explain."),
    }
}

fn unreachable_after(attempts: usize) -> String {
    match attempts {
        0 | 1 => "The provider could not be reached, or broke off before its answer.".to_owned(),
        n => format!("No provider could be reached; {n} were tried."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reworded(status: &str) -> Error {
        let mut headers = Headers::default();
        headers.push(":status", status);
        reword(&headers, 2)
    }

    #[test]
    fn the_status_is_kept_and_explained() {
        assert_eq!(
            reworded("503").code.as_deref(),
            Some("provider_unavailable")
        );
        assert!(reworded("503").message.contains("2 were tried"));
        assert_eq!(reworded("504").kind, ErrorKind::Timeout);
        assert_eq!(reworded("413").code.as_deref(), Some("request_too_large"));
        assert_eq!(reworded("500").status, 500);
    }

    #[test]
    fn an_answer_without_a_sensible_status_is_a_bad_gateway() {
        assert_eq!(reworded("nonsense").status, 500);
        assert_eq!(reworded("200").status, 502);
    }
}
