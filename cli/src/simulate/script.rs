//! Scripts: what goes wrong, and when.
//!
//! A script is a list of [`Step`]s, one a request in order; a last step with
//! `repeat: true` serves all further requests. When the script is used up, requests
//! get good answers again. A step may also come with the request itself, as
//! `x-simulate-*` headers (`x-simulate-error-after: 2`), and is then used instead of
//! the script's.
//!
//! Requests are judged before a step is carried out: a test of a fallback also learns
//! that the failing provider was asked in its own language. `validate: false` skips
//! the judge.

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::wire::Ending;

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
    /// CR LF line ends in a stream.
    pub(crate) crlf: bool,
    /// A streaming request gets one JSON document.
    pub(crate) json_instead_of_stream: bool,

    /// The answer is so many tokens long.
    pub(crate) tokens: Option<usize>,
    pub(crate) cached_tokens: u64,
    pub(crate) cache_write_tokens: u64,
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

/// The steps to come.
#[derive(Debug, Default)]
pub(crate) struct Script {
    steps: Mutex<VecDeque<Step>>,
    /// Kept beside the steps so that requests without a script take no lock.
    waiting: AtomicBool,
}

impl Script {
    pub(crate) fn replace(&self, steps: Vec<Step>) {
        let mut current = self.steps();
        *current = steps.into();
        self.waiting.store(!current.is_empty(), Ordering::Release);
    }

    pub(crate) fn is_empty(&self) -> bool {
        !self.waiting.load(Ordering::Acquire)
    }

    /// The step of this request: its own, else the script's next.
    pub(crate) fn step_for(&self, headers: &HeaderMap) -> Result<Step, String> {
        match from_headers(headers)? {
            Some(step) => Ok(step),
            None => Ok(self.take()),
        }
    }

    fn take(&self) -> Step {
        if self.is_empty() {
            return Step::default();
        }
        let mut steps = self.steps();
        let step = match steps.front() {
            Some(step) if step.repeat => step.clone(),
            _ => steps.pop_front().unwrap_or_default(),
        };
        self.waiting.store(!steps.is_empty(), Ordering::Release);
        step
    }

    fn steps(&self) -> MutexGuard<'_, VecDeque<Step>> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a list of steps, or an object with such a list under `steps`.
pub(crate) fn read(document: Value) -> Result<Vec<Step>, String> {
    let list = match document {
        Value::Array(list) => list,
        Value::Object(mut object) => match object.remove("steps") {
            Some(Value::Array(list)) if object.is_empty() => list,
            _ => return Err("a script is a list of steps, or {\"steps\": [...]}".to_owned()),
        },
        _ => return Err("a script is a list of steps".to_owned()),
    };
    let last = list.len().saturating_sub(1);
    list.into_iter()
        .enumerate()
        .map(|(index, step)| read_step(index, last, step))
        .collect()
}

fn read_step(index: usize, last: usize, step: Value) -> Result<Step, String> {
    let step: Step =
        serde_json::from_value(step).map_err(|why| format!("steps[{index}]: {why}"))?;
    step.check()
        .map_err(|why| format!("steps[{index}]: {why}"))?;
    if step.repeat && index != last {
        return Err(format!(
            "steps[{index}].repeat: only the last step can repeat"
        ));
    }
    Ok(step)
}

impl Step {
    /// Settings that would silently shadow each other.
    fn check(&self) -> Result<(), &'static str> {
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

/// The step that a request carries in its `x-simulate-*` headers.
fn from_headers(headers: &HeaderMap) -> Result<Option<Step>, String> {
    let mut fields = Map::new();
    for (name, value) in headers {
        let Some(field) = name.as_str().strip_prefix("x-simulate-") else {
            continue;
        };
        let text = value
            .to_str()
            .map_err(|_| format!("{name}: not printable ASCII"))?;
        let value = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
        fields.insert(field.replace('-', "_"), value);
    }
    if fields.is_empty() {
        return Ok(None);
    }
    let step: Step = serde_json::from_value(Value::Object(fields))
        .map_err(|why| format!("x-simulate-* headers: {why}"))?;
    step.check()
        .map_err(|why| format!("x-simulate-* headers: {why}"))?;
    Ok(Some(step))
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_unknown_field_is_named_with_its_step() {
        let error = read(json!([{"status": 429}, {"delay": 5}])).unwrap_err();
        assert!(
            error.starts_with("steps[1]: unknown field `delay`"),
            "{error}"
        );
    }

    #[test]
    fn steps_are_used_once_each_and_the_last_may_repeat() {
        let script = Script::default();
        let none = HeaderMap::new();
        script.replace(read(json!([{"status": 429}, {"status": 503, "repeat": true}])).unwrap());
        let statuses: Vec<_> = (0..4)
            .map(|_| script.step_for(&none).unwrap().status.unwrap())
            .collect();
        assert_eq!(statuses, [429, 503, 503, 503]);
        script.replace(Vec::new());
        assert_eq!(script.step_for(&none).unwrap().status, None);
    }

    #[test]
    fn only_the_last_step_can_repeat() {
        assert!(
            read(json!([{"repeat": true}, {}]))
                .unwrap_err()
                .contains("only the last")
        );
    }

    #[test]
    fn a_request_brings_its_own_step_in_headers() {
        let script = Script::default();
        script.replace(read(json!([{"status": 429}])).unwrap());
        let mut headers = HeaderMap::new();
        headers.insert("x-simulate-cut", "{\"after_events\": 2}".parse().unwrap());
        headers.insert("x-simulate-hang", "headers".parse().unwrap());
        let step = script.step_for(&headers).unwrap();
        assert_eq!(step.cut, Some(Cut::AfterEvents(2)));
        assert_eq!(step.hang, Some(Hang::Headers));
        assert!(!script.is_empty(), "the script's step is still there");
    }

    #[test]
    fn two_ways_to_end_a_body_are_refused() {
        assert!(read(json!([{"error_after": 1, "end_after": 2}])).is_err());
    }
}
