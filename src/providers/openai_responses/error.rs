//! Errors: an answer's, an event's, or a failed response's.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::chat::{Error, ErrorKind};
use crate::providers::json::Str;
use crate::providers::openai_compatible;

/// Codes of failures, and what sort of failure each is. All others of `response_error.py` blame the
/// request: its prompt, its images, or the policy that they are against.
const KINDS: &[(&str, ErrorKind)] = &[
    ("server_error", ErrorKind::Upstream),
    ("internal_error", ErrorKind::Upstream),
    ("vector_store_timeout", ErrorKind::Timeout),
    ("rate_limit_exceeded", ErrorKind::RateLimit),
    ("insufficient_quota", ErrorKind::Quota),
    ("server_is_overloaded", ErrorKind::Overloaded),
    ("slow_down", ErrorKind::Overloaded),
    ("invalid_api_key", ErrorKind::Authentication),
];

/// What blames the request.
const OF_THE_REQUEST: &[&str] = &[
    "bio_policy",
    "content_filter",
    "context_length_exceeded",
    "data_residency_mismatch",
    "empty_image_file",
    "failed_to_download_image",
    "image_content_policy_violation",
    "image_file_not_found",
    "image_file_too_large",
    "image_parse_error",
    "image_too_large",
    "image_too_small",
    "invalid_base64_image",
    "invalid_image",
    "invalid_image_format",
    "invalid_image_mode",
    "invalid_image_url",
    "invalid_prompt",
    "invalid_request_error",
    "misalignment_policy_violation",
    "unsupported_image_media_type",
];

/// Reads an answer with a status other than 2xx: OpenAI has one shape of error for all its APIs.
pub(super) fn from_answer(status: u16, body: &[u8]) -> Error {
    openai_compatible::error(status, body).0
}

/// What an error says of itself.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Failure<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Str<'a>>,
    #[serde(borrow)]
    code: Option<Str<'a>>,
    #[serde(borrow)]
    message: Option<Str<'a>>,
    #[serde(borrow)]
    param: Option<Str<'a>>,
}

/// Reads the error of a response that failed, or that of an event, which has it beside its type
/// (as the SDK says) or in `error` (as has been seen).
pub(super) fn from_json(json: Option<&RawValue>) -> Error {
    let failure = json.and_then(|json| serde_json::from_str::<Failure<'_>>(json.get()).ok());
    let failure = failure.unwrap_or_default();
    let said = |text: &Option<Str<'_>>| {
        text.as_deref()
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let code = said(&failure.code);
    let word = code.clone().or_else(|| said(&failure.kind));
    let kind = word.as_deref().map_or(ErrorKind::Upstream, kind_of);
    let message = said(&failure.message).filter(|_| kind != ErrorKind::Authentication);
    let message = message.unwrap_or_else(|| "OpenAI broke off its answer.".to_owned());
    Error {
        code: code.map(Cow::Owned),
        param: said(&failure.param),
        ..Error::new(kind, message)
    }
}

fn kind_of(word: &str) -> ErrorKind {
    if OF_THE_REQUEST.contains(&word) {
        return ErrorKind::InvalidRequest;
    }
    let mut kinds = KINDS.iter();
    let known = kinds.find(|(name, _)| *name == word);
    known.map_or(ErrorKind::Upstream, |(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(json: &str) -> (u16, ErrorKind, Option<String>) {
        let error = from_json(Some(serde_json::from_str(json).unwrap()));
        assert!(!error.message.is_empty());
        (error.status, error.kind, error.code.map(Cow::into_owned))
    }

    #[test]
    fn a_code_says_whose_fault_it_is() {
        for (code, status, kind) in [
            ("server_error", 502, ErrorKind::Upstream),
            ("rate_limit_exceeded", 429, ErrorKind::RateLimit),
            ("insufficient_quota", 429, ErrorKind::Quota),
            ("invalid_prompt", 400, ErrorKind::InvalidRequest),
            ("image_too_large", 400, ErrorKind::InvalidRequest),
            ("word_of_next_year", 502, ErrorKind::Upstream),
        ] {
            let json = format!(r#"{{"code":"{code}","message":"m"}}"#);
            assert_eq!(seen(&json), (status, kind, Some(code.to_owned())));
        }
    }

    #[test]
    fn where_there_is_no_code_the_type_says_it() {
        let json = r#"{"type":"invalid_request_error","code":null,"message":"m","param":"input"}"#;
        assert_eq!(seen(json), (400, ErrorKind::InvalidRequest, None));
    }

    #[test]
    fn an_error_of_any_shape_is_an_error() {
        for json in ["null", "7", "[]", "{}", r#"{"code":7}"#] {
            assert_eq!(seen(json).0, 502, "{json}");
        }
        assert_eq!(from_json(None).status, 502);
    }
}
