//! Errors: Bedrock's → ours.
//!
//! The body has a message only; what sort of error it is stands in the header `x-amzn-errortype`,
//! and in a stream in the exception's type. Names and statuses are those of botocore 1.44.5; the
//! messages that are looked into have no name of their own (an unknown model is recorded, the
//! others are those that pydantic-ai 2.68.0 looks for; all checked 2026-11-25).

use crate::chat::{Error, ErrorKind};
use crate::providers::failure::{kind_of, wrapped};

use super::NAME;
use super::wire::read::Failure;

/// What an error means.
#[derive(Clone, Copy)]
struct Meaning {
    name: &'static str,
    /// The status that the client gets.
    status: u16,
    kind: ErrorKind,
    code: Option<&'static str>,
}

const MEANINGS: &[Meaning] = &[
    means("ValidationException", 400, ErrorKind::InvalidRequest),
    means("AccessDeniedException", 403, ErrorKind::Permission),
    // A signature, or the key behind it, is refused; a clock that is wrong shows like this too.
    means(
        "UnrecognizedClientException",
        403,
        ErrorKind::Authentication,
    )
    .code("invalid_api_key"),
    means("InvalidSignatureException", 403, ErrorKind::Authentication).code("invalid_api_key"),
    means("ExpiredTokenException", 403, ErrorKind::Authentication).code("invalid_api_key"),
    means("ResourceNotFoundException", 404, ErrorKind::NotFound).code("model_not_found"),
    means("ModelTimeoutException", 408, ErrorKind::Timeout),
    means("ModelErrorException", 424, ErrorKind::Upstream),
    means("ModelStreamErrorException", 424, ErrorKind::Upstream),
    means("ThrottlingException", 429, ErrorKind::RateLimit).code("rate_limit_exceeded"),
    means("ModelNotReadyException", 429, ErrorKind::Overloaded),
    // Bedrock's status is 400, as if the request were at fault.
    means("ServiceQuotaExceededException", 429, ErrorKind::Quota).code("insufficient_quota"),
    means("InternalServerException", 500, ErrorKind::Upstream),
    means("ServiceUnavailableException", 503, ErrorKind::Overloaded),
];

/// A part of the message of a `ValidationException` that says more than its name.
const MESSAGES: &[(&str, Meaning)] = &[
    (
        "provided model identifier is invalid",
        means("", 404, ErrorKind::NotFound).code("model_not_found"),
    ),
    ("input is too long", CONTEXT_OVERFLOW),
    ("input tokens exceeded", CONTEXT_OVERFLOW),
    ("prompt is too long", CONTEXT_OVERFLOW),
];

const CONTEXT_OVERFLOW: Meaning =
    means("", 400, ErrorKind::InvalidRequest).code("context_length_exceeded");

const fn means(name: &'static str, status: u16, kind: ErrorKind) -> Meaning {
    Meaning {
        name,
        status,
        kind,
        code: None,
    }
}

impl Meaning {
    const fn code(self, code: &'static str) -> Self {
        Self {
            code: Some(code),
            ..self
        }
    }
}

/// Reads an error answer. `name` is the header's value, such as
/// `ThrottlingException:http://internal.amazon.com/…`.
pub(super) fn from_answer(status: u16, name: Option<&str>, body: &[u8]) -> Error {
    let status = if (400..600).contains(&status) {
        status
    } else {
        502
    };
    let Ok(failure) = serde_json::from_slice::<Failure<'_>>(body) else {
        return wrapped(NAME, status, body);
    };
    let message = failure.message.as_deref().unwrap_or_default();
    let meaning = name
        .or(failure.kind.as_deref())
        .and_then(named)
        .or_else(|| by_status(status))
        .unwrap_or(means("", status, kind_of(status)));
    build(meaning, message)
}

/// Reads an exception of a stream: its type, and a body or plain words.
pub(super) fn from_exception(name: Option<&[u8]>, words: &[u8]) -> Error {
    let name = name.and_then(|name| std::str::from_utf8(name).ok());
    let text = std::str::from_utf8(words).unwrap_or_default();
    let failure = serde_json::from_slice::<Failure<'_>>(words).ok();
    let message = failure.as_ref().map_or(text, |failure| {
        failure.message.as_deref().unwrap_or_default()
    });
    let meaning = name.and_then(named);
    build(
        meaning.unwrap_or(means("", 502, ErrorKind::Upstream)),
        message,
    )
}

/// In a stream the names begin with a small letter.
fn named(name: &str) -> Option<Meaning> {
    let name = name.split_once(':').map_or(name, |(name, _)| name);
    let name = name.rsplit_once('#').map_or(name, |(_, name)| name);
    let mut meanings = MEANINGS.iter();
    meanings
        .find(|meaning| meaning.name.eq_ignore_ascii_case(name))
        .copied()
}

/// What a status means where nothing else is said: where only one error has it.
fn by_status(status: u16) -> Option<Meaning> {
    match status {
        400 => named("ValidationException"),
        404 => named("ResourceNotFoundException"),
        429 => named("ThrottlingException"),
        _ => None,
    }
}

fn build(meaning: Meaning, message: &str) -> Error {
    let lower = message.to_ascii_lowercase();
    let told = MESSAGES
        .iter()
        .find(|(part, _)| meaning.status == 400 && lower.contains(part));
    let meaning = told.map_or(meaning, |(_, meaning)| *meaning);
    let message = if message.is_empty() {
        format!("{NAME} answered with an error (status {})", meaning.status)
    } else {
        message.to_owned()
    };
    Error {
        code: meaning.code.map(Into::into),
        ..Error::new(meaning.kind, message).with_status(meaning.status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, name: Option<&str>, body: &str) -> (u16, ErrorKind, Option<String>) {
        let error = from_answer(status, name, body.as_bytes());
        assert!(!error.message.is_empty());
        (error.status, error.kind, error.code.map(Into::into))
    }

    #[test]
    fn every_exception_has_its_kind_in_the_header_and_in_a_stream() {
        for meaning in MEANINGS {
            let header = format!("{}:http://internal.amazon.com/coral/x/", meaning.name);
            let expected = (meaning.status, meaning.kind, meaning.code.map(Into::into));
            let body = r#"{"message":"no"}"#;
            assert_eq!(answer(418, Some(&header), body), expected, "{header}");
            let (first, rest) = meaning.name.split_at(1);
            let exception = format!("{}{rest}", first.to_lowercase());
            let error = from_exception(Some(exception.as_bytes()), body.as_bytes());
            assert_eq!((error.status, error.kind), (meaning.status, meaning.kind));
            assert_eq!(error.message, "no");
        }
    }

    #[test]
    fn without_a_header_the_status_speaks() {
        let body = r#"{"message":"no"}"#;
        for (status, kind, code) in [
            (400, ErrorKind::InvalidRequest, None),
            (403, ErrorKind::Permission, None),
            (404, ErrorKind::NotFound, Some("model_not_found")),
            (408, ErrorKind::Timeout, None),
            (424, ErrorKind::Upstream, None),
            (429, ErrorKind::RateLimit, Some("rate_limit_exceeded")),
            (500, ErrorKind::Upstream, None),
            (503, ErrorKind::Overloaded, None),
        ] {
            assert_eq!(
                answer(status, None, body),
                (status, kind, code.map(Into::into))
            );
        }
        let typed = r#"{"__type":"com.amazon.coral#ThrottlingException","Message":"no"}"#;
        assert_eq!(answer(400, None, typed).0, 429);
    }

    #[test]
    fn an_unknown_model_and_an_overflow_are_told_apart_from_other_mistakes() {
        for (message, status, code) in [
            (
                "The provided model identifier is invalid.",
                404,
                Some("model_not_found"),
            ),
            (
                "Input is too long for requested model.",
                400,
                Some("context_length_exceeded"),
            ),
            (
                "prompt is too long: 209000 tokens > 200000 maximum",
                400,
                Some("context_length_exceeded"),
            ),
            ("toolConfig.tools.0: no", 400, None),
        ] {
            let body = format!(r#"{{"message":"{message}"}}"#);
            let (seen, _, seen_code) = answer(400, Some("ValidationException"), &body);
            assert_eq!((seen, seen_code.as_deref()), (status, code), "{message}");
        }
    }

    #[test]
    fn an_exception_without_a_name_or_body_is_the_upstreams() {
        let error = from_exception(None, b"gone wrong");
        assert_eq!((error.status, error.message.as_str()), (502, "gone wrong"));
        let error = from_exception(Some(b"\xff"), b"\xff");
        assert_eq!(error.status, 502);
        assert!(!error.message.is_empty());
    }
}
