//! Failures that a provider tells by its HTTP status, and maybe in words.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::Str;
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

/// What a failure says of itself, where an API has words for it and no codes: a text, alone or as
/// the `message` of an object. `Ok(None)`: it has none.
///
/// # Errors
/// Where the body is no JSON object.
pub(super) fn words(body: &[u8]) -> Result<Option<String>, serde_json::Error> {
    let answer: Answer<'_> = serde_json::from_slice(body)?;
    Ok(answer.words().map(Cow::into_owned))
}

/// Places of the words; proxies have their own.
#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    detail: Option<&'a RawValue>,
}

impl<'a> Answer<'a> {
    fn words(&self) -> Option<Cow<'a, str>> {
        let json = self.message.or(self.error).or(self.detail)?;
        in_words(json).filter(|words| !words.trim().is_empty())
    }
}

/// The same of a failure that stands alone.
pub(super) fn in_words(json: &RawValue) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Failure<'a> {
        #[serde(borrow)]
        message: Option<Str<'a>>,
    }
    match serde_json::from_str::<Str<'_>>(json.get()) {
        Ok(text) => Some(text.into_cow()),
        Err(_) => {
            let failure: Failure<'_> = serde_json::from_str(json.get()).ok()?;
            failure.message.map(Str::into_cow)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_where_apis_and_proxies_put_them() {
        for body in [
            r#"{"message":"no"}"#,
            r#"{"error":"no"}"#,
            r#"{"error":{"message":"no","code":7}}"#,
            r#"{"detail":"no"}"#,
        ] {
            let words = words(body.as_bytes()).unwrap();
            assert_eq!(words.as_deref(), Some("no"), "{body}");
        }
    }

    #[test]
    fn a_failure_may_have_no_words() {
        for body in [
            "{}",
            r#"{"error":null}"#,
            r#"{"detail":[1]}"#,
            r#"{"error":" "}"#,
        ] {
            assert_eq!(words(body.as_bytes()).unwrap(), None, "{body}");
        }
        for body in ["", "[]", "<html>", "7"] {
            assert!(words(body.as_bytes()).is_err(), "{body}");
        }
    }
}
