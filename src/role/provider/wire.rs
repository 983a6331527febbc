//! The attempt's translation, whichever wire format its provider has.
//!
//! A provider of OpenAI's dialect gets and gives the client's own bytes, but for what must
//! differ; any other is translated through the neutral vocabulary.

use super::Settings;
use super::attempt::ThisAttempt;
use crate::chat::{Error, ErrorKind, Usage, Warning};
use crate::clock::Timestamp;
use crate::dialects::openai_chat::scan::{self, Scan};
use crate::dialects::openai_chat::{AnswerContext, request, response};
use crate::headers::Headers;
use crate::providers::openai_compatible::{self as compatible, Edit, StreamOptions};
use crate::providers::{ResponseStream, TargetOptions, Wire};
use crate::role::handoff;
use crate::transcode::Transcode;

/// The client's headers that a provider may see. All others stay here: they hold the client's
/// key, or tell of the connection to us.
const FORWARDED: &[&str] = &["traceparent", "tracestate", "baggage"];

/// A request, ready to be sent.
pub(super) struct Prepared {
    path: String,
    headers: Vec<(&'static str, String)>,
    warnings: Vec<Warning>,
    /// How many bytes of the client's body give way to which; `None` where all of it passes.
    pub(super) edit: Option<(usize, Vec<u8>)>,
}

/// What the client expects of the answer.
pub(super) struct Expected {
    /// Whether it asked for a stream.
    pub(super) stream: bool,
    context: AnswerContext,
}

/// A whole answer for the client.
pub(super) struct WholeAnswer {
    pub(super) content_type: &'static str,
    /// `None` where the provider's bytes pass.
    pub(super) body: Option<Vec<u8>>,
    pub(super) usage: Option<Usage>,
    pub(super) model: Option<String>,
}

/// A failed attempt.
pub(super) struct Failure {
    pub(super) error: Error,
    /// The provider's own words, where they are in the client's dialect already.
    pub(super) body: Option<Vec<u8>>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, body: None }
    }
}

/// Writes the request for this attempt's provider.
pub(super) fn prepare(
    settings: &Settings,
    attempt: &ThisAttempt,
    body: &[u8],
    now: Timestamp,
) -> Result<(Prepared, Expected), Error> {
    let known = attempt
        .exchange()
        .and_then(|exchange| exchange.borrow().scan.clone());
    let scanned;
    let scan: &Scan = match &known {
        Some(scan) => scan,
        None => {
            scanned = scan::scan(body)?;
            &scanned
        }
    };
    let target = TargetOptions {
        model: attempt.model(),
        unknown_fields: settings.config.unknown_fields,
        strict: settings.config.strict,
        default_max_tokens: settings.config.default_max_tokens,
    };
    let expected = Expected {
        stream: scan.stream,
        context: AnswerContext {
            id: format!("chatcmpl-{}", attempt.request_id),
            created: now.unix_seconds(),
            model: attempt.model().to_owned(),
            include_usage: scan.include_usage,
        },
    };
    let mut prepared = match settings.provider.wire {
        Wire::OpenAi(preset) => pass(compatible::prepare(preset, body, scan, &target)?),
        Wire::Native(native) => {
            let outgoing = native.request(&request::parse(body)?, &target)?;
            Prepared {
                path: outgoing.path,
                headers: outgoing.headers,
                warnings: outgoing.warnings,
                edit: Some((usize::MAX, outgoing.body)),
            }
        }
    };
    if let (Wire::OpenAi(_), Some(query)) = (settings.provider.wire, attempt.query()) {
        prepared.path.push('?');
        prepared.path.push_str(query);
    }
    Ok((prepared, expected))
}

fn pass(prepared: compatible::Prepared) -> Prepared {
    let edit = match prepared.edit {
        Edit::Unchanged => None,
        Edit::Prefix { replaced, bytes } => Some((replaced, bytes)),
        Edit::Whole(bytes) => Some((usize::MAX, bytes)),
    };
    Prepared {
        path: prepared.path,
        headers: Vec::new(),
        warnings: prepared.warnings,
        edit,
    }
}

impl Prepared {
    /// The value of `x-tidegate-dropped-params`; empty where nothing was.
    pub(super) fn dropped_params(&self) -> String {
        let names: Vec<String> = self.warnings.iter().map(Warning::to_string).collect();
        names.join(", ")
    }

    /// The request's headers: made new, so that nothing of the client's or of an earlier
    /// attempt's gets through that is not meant to.
    pub(super) fn headers(
        &self,
        client: &Headers,
        settings: &Settings,
        body: &[u8],
        request_id: &str,
    ) -> Headers {
        let config = &settings.config;
        let mut out = Headers::with_capacity(16, 512);
        out.push(":method", "POST");
        out.push(":scheme", &config.scheme);
        out.push(":authority", &config.authority);
        out.push(":path", format!("{}{}", config.base_path, self.path));
        out.push("content-type", "application/json");
        out.push("content-length", self.length(body).to_string());
        out.push("accept", "application/json, text/event-stream");
        out.push(
            "user-agent",
            concat!("tidegate/", env!("CARGO_PKG_VERSION")),
        );
        for (name, value) in client.iter() {
            if FORWARDED
                .iter()
                .any(|forwarded| forwarded.as_bytes() == name)
            {
                out.push(name, value);
            }
        }
        for (name, value) in &self.headers {
            out.push(name, value);
        }
        out.push(handoff::REQUEST_ID, request_id);
        for (name, value) in settings.fixed_headers.iter() {
            out.push(name, value);
        }
        out
    }

    fn length(&self, body: &[u8]) -> usize {
        match &self.edit {
            None => body.len(),
            Some((replaced, bytes)) => body.len().saturating_sub(*replaced) + bytes.len(),
        }
    }
}

/// Starts to pass or translate a stream.
pub(super) fn stream(settings: &Settings, expected: Expected) -> Box<dyn ResponseStream> {
    match settings.provider.wire {
        Wire::OpenAi(preset) => {
            let hide_usage = !expected.context.include_usage;
            compatible::stream(preset, StreamOptions { hide_usage })
        }
        Wire::Native(native) => Box::new(Transcode::new(native.decoder(), expected.context)),
    }
}

/// Passes or translates a whole answer of status 2xx.
pub(super) fn whole(
    settings: &Settings,
    expected: &Expected,
    upstream: &Headers,
    bytes: &[u8],
) -> Result<WholeAnswer, Failure> {
    if let Some(encoding) = upstream
        .text("content-encoding")
        .filter(|e| *e != "identity")
    {
        let message = format!("The provider answered with the content encoding `{encoding}`.");
        return Err(Error::new(ErrorKind::Upstream, message).into());
    }
    let mut answer = match settings.provider.wire {
        Wire::OpenAi(preset) => {
            let whole = compatible::whole(preset, bytes)?;
            WholeAnswer {
                content_type: "application/json",
                body: whole.body,
                usage: whole.usage,
                model: whole.model,
            }
        }
        Wire::Native(native) => {
            let neutral = native.response(bytes)?;
            WholeAnswer {
                content_type: "application/json",
                body: Some(response::body(&neutral, &expected.context)),
                usage: Some(neutral.usage),
                model: neutral.model,
            }
        }
    };
    if expected.stream {
        let body = answer.body.as_deref().unwrap_or(bytes);
        answer.body = Some(compatible::one_shot(body, expected.context.include_usage)?);
        answer.content_type = "text/event-stream; charset=utf-8";
    }
    Ok(answer)
}

/// Reads a failure: an answer of any status but 2xx.
pub(super) fn failure(
    settings: &Settings,
    status: u16,
    upstream: &Headers,
    bytes: &[u8],
) -> Failure {
    // A redirect or an interim answer is nothing that an API client could follow.
    let status = if status < 400 { 502 } else { status };
    let (mut error, body) = match settings.provider.wire {
        Wire::OpenAi(preset) => compatible::error(preset, status, bytes),
        Wire::Native(native) => (native.error(status, bytes), None),
    };
    error.retry_after = error.retry_after.or_else(|| retry_after(upstream));
    Failure { error, body }
}

fn retry_after(upstream: &Headers) -> Option<std::time::Duration> {
    let milliseconds = upstream
        .text("retry-after-ms")
        .and_then(|text| text.parse().ok());
    let seconds = || {
        upstream
            .text("retry-after")
            .and_then(|text| text.parse().ok())
    };
    milliseconds
        .map(std::time::Duration::from_millis)
        .or_else(|| seconds().map(std::time::Duration::from_secs))
}
