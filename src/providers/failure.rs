//! Failures that a provider tells by its HTTP status alone.

use crate::chat::{Error, ErrorKind};

/// Longest text of an answer that is no JSON which is shown to the client, in characters.
const SHOWN: usize = 300;

/// What sort of failure a status is.
pub(super) fn kind_of(status: u16) -> ErrorKind {
    match status {
        401 => ErrorKind::Authentication,
        402 => ErrorKind::Quota,
        403 => ErrorKind::Permission,
        404 => ErrorKind::NotFound,
        408 | 504 => ErrorKind::Timeout,
        429 => ErrorKind::RateLimit,
        400 | 405..=407 | 410..=423 => ErrorKind::InvalidRequest,
        503 | 529 => ErrorKind::Overloaded,
        _ => ErrorKind::Upstream,
    }
}

/// An answer that is no JSON: a proxy's page or a plain text.
pub(super) fn wrapped(provider: &str, status: u16, body: &[u8]) -> Error {
    let text = std::str::from_utf8(body).unwrap_or_default().trim();
    let message = if text.is_empty() || text.starts_with('<') {
        format!("{provider} answered with status {status} and no JSON")
    } else {
        text.chars().take(SHOWN).collect()
    };
    Error::new(kind_of(status), message).with_status(status)
}
