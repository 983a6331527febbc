//! The attempt's translation, whichever wire format its provider has.
//!
//! A provider of OpenAI's dialect gets and gives the client's own bytes, but for what must
//! differ; any other is translated through the neutral vocabulary.

mod embeddings;

use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use super::Settings;
use super::attempt::ThisAttempt;
use super::images::Images;
use crate::chat::{Error, Operation, Request, Usage, Warning};
use crate::dialects::openai_chat::{self as dialect, AnswerContext, Scan};
use crate::framing::Framing;
use crate::headers::Headers;
use crate::pricing::Bill;
use crate::providers::openai_compatible::{
    self as compatible, AnswerOptions, ClientUsage, Edit, Fold, Preset,
};
use crate::providers::{Asked, Native, Recall, ResponseStream, TargetOptions, Wire};
use crate::role::handoff;
use crate::transcode::Transcode;

/// Length of `x-tidegate-dropped-params`, in bytes.
const DROPPED_PARAMS_LIMIT: usize = 1024;

const USER_AGENT: &str = concat!("tidegate/", env!("CARGO_PKG_VERSION"));
/// The request is worked on, and its answer to be fetched elsewhere: no answer (RFC 9110, 15.3.3).
const ACCEPTED: &str = "202";

const EVENT_STREAM: &str = "text/event-stream; charset=utf-8";
pub(super) const JSON: &str = "application/json";

/// A request, ready to be sent.
pub(super) struct Prepared {
    path: String,
    headers: Vec<(&'static str, String)>,
    warnings: Vec<Warning>,
    /// How many bytes of the client's body give way to which; `None` where all of it passes.
    pub(super) edit: Option<(usize, Vec<u8>)>,
    /// How to read the answer.
    pub(super) expected: Expected,
}

/// What the client expects of the answer, and how it comes.
pub(super) struct Expected {
    /// Whether the client asked for a stream.
    pub(super) stream: bool,
    reading: Reading,
}

enum Reading {
    Pass(&'static Preset, AnswerOptions),
    Translate(Box<Translation>),
    Embeddings(embeddings::Reading),
}

struct Translation {
    native: &'static dyn Native,
    recall: Recall,
    context: AnswerContext,
}

impl Expected {
    /// How a stream that the provider answers with is cut into frames.
    pub(super) fn framing(&self) -> Framing {
        match &self.reading {
            Reading::Pass(..) | Reading::Embeddings(_) => Framing::ServerSentEvents,
            Reading::Translate(translation) => translation.native.framing(),
        }
    }
}

/// A whole answer for the client.
pub(super) struct WholeAnswer {
    pub(super) content_type: &'static str,
    /// `None` where the provider's bytes pass.
    pub(super) body: Option<Vec<u8>>,
    pub(super) usage: Option<Usage>,
    pub(super) model: Option<String>,
    pub(super) service_tier: Option<String>,
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
    images: &Images,
) -> Result<Prepared, Error> {
    if attempt.operation() == Operation::Embeddings {
        return embeddings::prepare(settings, attempt, body);
    }
    let scan = scan(attempt, body)?;
    let target = target(settings, attempt);
    match wire_of(settings, attempt, &scan) {
        Wire::OpenAi(preset) => pass(preset, attempt, body, &scan, &target),
        Wire::Native(native) => translate(native, attempt, body, &scan, &target, images),
        Wire::Depends(_) => Err(Error::upstream("The provider's wire format is not known.")),
    }
}

/// The wire format of this attempt's request.
fn wire_of(settings: &Settings, attempt: &ThisAttempt, scan: &Scan<'_>) -> Wire {
    settings.provider.wire.resolve(&Asked {
        operation: attempt.operation(),
        model: attempt.model(),
        options: &settings.config.options,
        scan,
    })
}

/// Whether pictures by URL have to be fetched first.
pub(super) fn takes_image_bytes_only(
    settings: &Settings,
    attempt: &ThisAttempt,
    body: &[u8],
) -> Result<bool, Error> {
    let scan = scan(attempt, body)?;
    Ok(match wire_of(settings, attempt, &scan) {
        Wire::Native(native) => native.takes_image_bytes_only(),
        Wire::OpenAi(_) | Wire::Depends(_) => false,
    })
}

fn target<'a>(settings: &'a Settings, attempt: &'a ThisAttempt) -> TargetOptions<'a> {
    TargetOptions {
        model: attempt.model(),
        unknown_fields: settings.config.unknown_fields,
        strict: settings.config.strict,
        default_max_tokens: settings.config.default_max_tokens,
        options: &settings.config.options,
    }
}

/// What the gateway role has found in the body, or what is found now where it is not known.
fn scan<'a>(attempt: &ThisAttempt, body: &'a [u8]) -> Result<Rc<Scan<'a>>, Error> {
    let known = attempt
        .exchange()
        .and_then(|exchange| exchange.borrow().scan.clone());
    match known {
        Some(scan) => Ok(scan),
        None if attempt.operation() == Operation::Embeddings => {
            dialect::scan_embeddings(body).map(Rc::new)
        }
        None => dialect::scan(body).map(Rc::new),
    }
}

fn pass(
    preset: &'static Preset,
    attempt: &ThisAttempt,
    body: &[u8],
    scan: &Scan<'_>,
    target: &TargetOptions<'_>,
) -> Result<Prepared, Error> {
    let prepared = compatible::prepare(preset, body, scan, target)?;
    let answer = prepared.answer.for_request(preset, &attempt.request_id);
    let answer = AnswerOptions {
        bill: bill(attempt, scan, answer.usage != ClientUsage::Hidden),
        may_stop: attempt.may_be_stopped(),
        ..answer
    };
    let reading = Reading::Pass(preset, answer);
    Ok(Prepared {
        path: with_query(&prepared.path, attempt),
        headers: Vec::new(),
        warnings: prepared.warnings,
        edit: replacement(prepared.edit),
        expected: Expected {
            stream: scan.stream,
            reading,
        },
    })
}

/// What the request costs, where the client's stream is to tell it.
fn bill(attempt: &ThisAttempt, scan: &Scan<'_>, wants_usage: bool) -> Option<Bill> {
    (scan.stream && wants_usage)
        .then(|| attempt.bill())
        .flatten()
}

/// How many bytes of the client's body give way to which.
fn replacement(edit: Edit) -> Option<(usize, Vec<u8>)> {
    match edit {
        Edit::Unchanged => None,
        Edit::Prefix { replaced, bytes } => Some((replaced, bytes)),
        Edit::Whole(bytes) => Some((usize::MAX, bytes)),
    }
}

/// A path of the client's own API keeps the client's query, but for parameters that the path has
/// itself: two of a name would mean something else to every server.
fn with_query(path: &str, attempt: &ThisAttempt) -> String {
    let Some(query) = attempt.query() else {
        return path.to_owned();
    };
    let Some((_, own)) = path.split_once('?') else {
        return format!("{path}?{query}");
    };
    let name = |parameter: &str| parameter.split('=').next().unwrap_or_default().to_owned();
    let own: Vec<String> = own.split('&').map(name).collect();
    let mut path = path.to_owned();
    for parameter in query.split('&').filter(|p| !own.contains(&name(p))) {
        path.push('&');
        path.push_str(parameter);
    }
    path
}

fn translate(
    native: &'static dyn Native,
    attempt: &ThisAttempt,
    body: &[u8],
    scan: &Scan<'_>,
    target: &TargetOptions<'_>,
    images: &Images,
) -> Result<Prepared, Error> {
    let mut request = dialect::parse(body)?;
    images.place(&mut request);
    refuse_tools(native, &request)?;
    let mut outgoing = native.request(&request, target)?;
    native.heed(attempt.client_headers(), target, &mut outgoing)?;
    let context = AnswerContext {
        id: format!("chatcmpl-{}", attempt.request_id),
        created: attempt.started.unix_seconds(),
        model: attempt.model().to_owned(),
        include_usage: scan.include_usage(),
        bill: bill(attempt, scan, scan.include_usage()),
        legacy_functions: scan.legacy_functions,
        custom_tools: custom_tools(&request),
    };
    let reading = Reading::Translate(Box::new(Translation {
        native,
        recall: outgoing.recall,
        context,
    }));
    Ok(Prepared {
        path: outgoing.path,
        headers: outgoing.headers,
        warnings: outgoing.warnings,
        edit: Some((usize::MAX, outgoing.body)),
        expected: Expected {
            stream: scan.stream,
            reading,
        },
    })
}

fn custom_tools(request: &Request<'_>) -> BTreeSet<String> {
    let tools = request.other_tools.iter();
    let names = tools.filter_map(|tool| tool.name.as_deref());
    names.map(str::to_owned).collect()
}

/// A tool that the provider does not know is refused by its name: without it the client would get
/// something else than it asked for.
fn refuse_tools(native: &dyn Native, request: &Request<'_>) -> Result<(), Error> {
    let mut others = request.other_tools.iter();
    let Some(tool) = others.find(|tool| !native.takes_tool(&tool.kind)) else {
        return Ok(());
    };
    let kind: String = tool.kind.chars().take(64).collect();
    let message = format!("Tools of type '{kind}' cannot be used with this model; use a function.");
    Err(Error::invalid(message)
        .with_param(format!("tools[{}].type", tool.index))
        .with_code("unsupported_value"))
}

/// The headers of a request that says nothing: neither the client's words nor the operator's key.
/// What the next attempt needs of this one's headers is in them.
pub(super) fn empty_request(client: &Headers, settings: &Settings, request_id: &str) -> Headers {
    let mut out = Headers::with_capacity(12, 512);
    out.push(":method", "HEAD");
    out.push(":scheme", &settings.config.scheme);
    out.push(":authority", &settings.config.authority);
    out.push(":path", "/");
    out.push("content-length", "0");
    out.push("user-agent", USER_AGENT);
    for (name, value) in client.iter() {
        out.push(name, value);
    }
    out.push(handoff::REQUEST_ID, request_id);
    out
}

impl Prepared {
    /// The value of `x-tidegate-dropped-params`; empty where nothing was.
    pub(super) fn dropped_params(&self) -> String {
        dropped_params(&self.warnings)
    }

    /// The request's headers: made new, so that nothing of the client's or of an earlier
    /// attempt's gets through that is not meant to. `client` has those that are.
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
        out.push("user-agent", USER_AGENT);
        for (name, value) in client.iter() {
            out.push(name, value);
        }
        // What the operator has configured goes before what the translation would say.
        let is_configured = |name: &str| settings.fixed_headers.first(name).is_some();
        for (name, value) in self.headers.iter().filter(|(name, _)| !is_configured(name)) {
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

/// Names of unknown fields are the client's own words: what is no visible ASCII is replaced, and
/// the whole is cut off at a length that every proxy takes.
fn dropped_params(warnings: &[Warning]) -> String {
    let mut value = String::new();
    for warning in warnings {
        let separator = if value.is_empty() { "" } else { ", " };
        let text = warning.to_string();
        if value.len() + separator.len() + text.len() > DROPPED_PARAMS_LIMIT {
            value.push_str(", ...");
            break;
        }
        value.push_str(separator);
        value.extend(
            text.chars()
                .map(|c| if matches!(c, '!'..='~') { c } else { '?' }),
        );
    }
    value
}

/// Starts to pass or translate a stream; gives `expected` back where an answer comes in one piece
/// only.
pub(super) fn stream(expected: Expected) -> Result<Box<dyn ResponseStream>, Box<Expected>> {
    Ok(match expected.reading {
        Reading::Pass(preset, options) => compatible::stream(preset, options),
        Reading::Translate(translation) => {
            let Translation {
                native,
                recall,
                context,
            } = *translation;
            let decoder = native.decoder(recall);
            Box::new(Transcode::new(native.framing(), decoder, context))
        }
        reading @ Reading::Embeddings(_) => {
            return Err(Box::new(Expected {
                reading,
                ..expected
            }));
        }
    })
}

/// Starts to fold a stream for a client that wants the whole answer; `None` where the provider's
/// wire format has no such streams.
pub(super) fn fold(expected: &Expected, limit: usize) -> Option<Fold> {
    match &expected.reading {
        Reading::Pass(preset, options) => Some(Fold::new(preset, options.clone(), limit)),
        Reading::Translate(_) | Reading::Embeddings(_) => None,
    }
}

/// Passes or translates a whole answer of status 2xx.
pub(super) fn whole(
    expected: &Expected,
    upstream: &Headers,
    bytes: &[u8],
) -> Result<WholeAnswer, Failure> {
    if let Some(encoding) = upstream
        .text("content-encoding")
        .filter(|e| *e != "identity")
    {
        let message = format!("The provider answered with the content encoding `{encoding}`.");
        return Err(Error::upstream(message).into());
    }
    if upstream.text(":status") == Some(ACCEPTED) {
        let message = "The provider has accepted the request for later, and not answered it.";
        return Err(Error::upstream(message).into());
    }
    let answer = match &expected.reading {
        Reading::Pass(preset, options) => passed(preset, options, expected.stream, bytes)?,
        Reading::Translate(translation) => translated(translation, expected.stream, bytes)?,
        Reading::Embeddings(reading) => reading.whole(upstream, bytes)?,
    };
    Ok(answer)
}

fn passed(
    preset: &Preset,
    options: &AnswerOptions,
    stream: bool,
    bytes: &[u8],
) -> Result<WholeAnswer, Error> {
    let (content_type, whole) = if stream {
        (EVENT_STREAM, compatible::one_shot(preset, bytes, options)?)
    } else {
        (JSON, compatible::whole(preset, bytes, options)?)
    };
    Ok(WholeAnswer {
        content_type,
        body: whole.body,
        usage: whole.usage,
        model: whole.model,
        service_tier: whole.service_tier,
    })
}

fn translated(translation: &Translation, stream: bool, bytes: &[u8]) -> Result<WholeAnswer, Error> {
    let Translation {
        native,
        recall,
        context,
    } = translation;
    let response = native.response(bytes, recall)?;
    let (content_type, body) = if stream {
        (EVENT_STREAM, crate::transcode::one_shot(&response, context))
    } else {
        (JSON, dialect::encode(&response, context))
    };
    Ok(WholeAnswer {
        content_type,
        body: Some(body),
        usage: Some(response.usage),
        model: response.model,
        service_tier: response.service_tier,
    })
}

/// Reads a failure: an answer of any status but 2xx.
pub(super) fn failure(
    expected: &Expected,
    status: u16,
    upstream: &Headers,
    bytes: &[u8],
) -> Failure {
    // A redirect or an interim answer is nothing that an API client could follow.
    let status = if status < 400 { 502 } else { status };
    let (mut error, body) = match &expected.reading {
        Reading::Pass(..) | Reading::Embeddings(embeddings::Reading::Pass(_)) => {
            let (error, rewritten) = compatible::error(status, bytes);
            (error, Some(rewritten.unwrap_or_else(|| bytes.to_vec())))
        }
        Reading::Translate(translation) => {
            let native = translation.native;
            (native.error_with(status, upstream, bytes), None)
        }
        Reading::Embeddings(embeddings::Reading::Translate { native, .. }) => {
            (native.error_with(status, upstream, bytes), None)
        }
    };
    error.retry_after = error.retry_after.or_else(|| retry_after(upstream));
    Failure { error, body }
}

fn retry_after(upstream: &Headers) -> Option<Duration> {
    let number = |name: &str| {
        upstream
            .text(name)
            .and_then(|text| text.trim().parse().ok())
    };
    let milliseconds = number("retry-after-ms").map(Duration::from_millis);
    milliseconds.or_else(|| number("retry-after").map(Duration::from_secs))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dropped(names: &[&str]) -> String {
        let warnings = names
            .iter()
            .map(|name| Warning::dropped((*name).to_owned()));
        dropped_params(&warnings.collect::<Vec<_>>())
    }

    #[test]
    fn dropped_params_are_a_header_whatever_the_client_calls_them() {
        assert_eq!(dropped(&[]), "");
        assert_eq!(dropped(&["seed", "logit_bias"]), "seed, logit_bias");
        assert_eq!(dropped(&["a\r\nx-evil: 1", "h\u{e9}"]), "a??x-evil:?1, h?");
    }

    #[test]
    fn dropped_params_have_a_bound() {
        let many: Vec<String> = (0..1000).map(|n| format!("field_{n}")).collect();
        let names: Vec<&str> = many.iter().map(String::as_str).collect();
        let value = dropped(&names);
        assert!(value.ends_with(", ..."));
        assert!(value.len() < DROPPED_PARAMS_LIMIT + 8);
    }
}
