//! One step and its fields.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{HeaderName, HeaderValue};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::simulate::answer::Tuning;
use crate::simulate::wire::Ending;

/// What happens to one request. Everything unset is as usual.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Step {
    /// Serves every further request too; only for the last step.
    pub(crate) repeat: bool,
    /// `false`: do not judge the request.
    pub(crate) validate: Option<bool>,

    /// Instead of the answer: this status, with the vendor's usual error for it.
    pub(crate) status: Option<u16>,
    /// Parts of the error, in the vendor's shape.
    pub(crate) error: Option<ErrorPart>,
    /// Instead of the answer: this body, text or JSON.
    pub(crate) body: Option<Value>,
    /// Instead of the answer: these bytes, event by event.
    pub(crate) raw: Option<String>,
    pub(crate) raw_base64: Option<String>,
    pub(crate) content_type: Option<String>,
    /// Added to the response, or replacing what it has.
    #[serde(deserialize_with = "texts")]
    pub(crate) headers: BTreeMap<String, String>,

    /// Before the response headers.
    pub(crate) delay_ms: u64,
    /// Between the headers and the first event.
    pub(crate) silence_ms: u64,
    pub(crate) pause_between_events_ms: u64,
    /// Never to go on: `headers`, `first_token` (also `true`), `mid_stream`.
    #[serde(deserialize_with = "hang")]
    pub(crate) hang: Option<Hang>,
    /// Where the connection is dropped.
    pub(crate) cut: Option<Cut>,
    pub(crate) cut_with: Ending,
    /// The first event is the vendor's error event.
    pub(crate) error_first: bool,
    /// After so many events comes the vendor's error event.
    pub(crate) error_after: Option<usize>,
    /// After so many events the body ends, politely but without its end marker.
    pub(crate) end_after: Option<usize>,

    /// The body leaves in chunks of so many bytes, wherever that splits it.
    pub(crate) chunk_bytes: Option<NonZeroUsize>,
    pub(crate) chunk_pause_ms: u64,
    /// The body is compressed, with a flush after every event.
    pub(crate) gzip: bool,
    /// CR LF line ends in a stream.
    pub(crate) crlf: bool,
    /// A streaming request gets one JSON document.
    pub(crate) json_instead_of_stream: bool,

    /// The answer is so many tokens long.
    pub(crate) tokens: Option<usize>,
    pub(crate) cached_tokens: u64,
    pub(crate) cache_write_tokens: u64,
    /// This finish reason instead of the answer's, in the vendor's spelling.
    pub(crate) finish: Option<String>,
    /// Thinking comes encrypted; Anthropic only.
    pub(crate) redacted_thinking: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Hang {
    Headers,
    FirstToken,
    MidStream,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Cut {
    BeforeHeaders,
    AfterHeaders,
    AfterEvents(usize),
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ErrorPart {
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) param: Option<String>,
    pub(crate) code: Option<String>,
}

impl Step {
    /// What it changes about the answer itself.
    pub(crate) fn tuning(&self) -> Tuning {
        Tuning {
            tokens: self.tokens,
            cached_tokens: self.cached_tokens,
            cache_write_tokens: self.cache_write_tokens,
            never_stream: self.json_instead_of_stream,
            finish: self.finish.clone(),
            redact: self.redacted_thinking,
        }
    }

    /// Settings that would silently shadow each other.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        let bodies = [
            self.body.is_some(),
            self.raw.is_some(),
            self.raw_base64.is_some(),
        ];
        if bodies.iter().filter(|given| **given).count() > 1 {
            return Err("only one of `body`, `raw` and `raw_base64` can be given");
        }
        let ends = [
            matches!(self.hang, Some(Hang::FirstToken | Hang::MidStream)),
            matches!(self.cut, Some(Cut::AfterHeaders | Cut::AfterEvents(_))),
            self.error_first,
            self.error_after.is_some(),
            self.end_after.is_some(),
        ];
        if ends.iter().filter(|given| **given).count() > 1 {
            return Err(
                "a body ends in one way: only one of `hang`, `cut`, `error_first`, \
                        `error_after` and `end_after` can be given",
            );
        }
        if self
            .headers
            .iter()
            .any(|(name, value)| !is_header(name, value))
        {
            return Err("`headers` has a name or value that HTTP does not allow");
        }
        if self
            .raw_base64
            .as_ref()
            .is_some_and(|raw| STANDARD.decode(raw).is_err())
        {
            return Err("`raw_base64` is not Base64");
        }
        match self.status {
            Some(status) if !(200..=599).contains(&status) => Err("`status` is 200 to 599"),
            _ => Ok(()),
        }
    }
}

fn is_header(name: &str, value: &str) -> bool {
    name.parse::<HeaderName>().is_ok() && HeaderValue::from_str(value).is_ok()
}

/// `retry-after: 1` means what it says.
fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let written = BTreeMap::<String, Value>::deserialize(deserializer)?;
    let text = |value: Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    Ok(written
        .into_iter()
        .map(|(name, value)| (name, text(value)))
        .collect())
}

/// `true` is short for `first_token`.
fn hang<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Hang>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Flag(bool),
        Place(Hang),
    }
    Ok(match Option::<Written>::deserialize(deserializer)? {
        Some(Written::Flag(true)) => Some(Hang::FirstToken),
        Some(Written::Place(place)) => Some(place),
        Some(Written::Flag(false)) | None => None,
    })
}
