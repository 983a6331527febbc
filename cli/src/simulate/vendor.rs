//! What a dialect must know to be simulated, and the list of dialects.
//!
//! A new dialect is one folder and one line in [`Dialect::vendor`].

use bytes::Bytes;
use hyper::header::HeaderValue;
use hyper::{HeaderMap, Method};

use super::answer::Tuning;
use super::serial::Serial;
use super::{anthropic, bench, openai};

/// Whose API is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Dialect {
    /// OpenAI's Chat Completions.
    Openai,
    /// Anthropic's Messages.
    Anthropic,
}

impl Dialect {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Openai => "openai",
            Self::Anthropic => "anthropic",
        }
    }

    pub(crate) fn vendor(self) -> &'static dyn Vendor {
        match self {
            Self::Openai => &openai::OpenAi,
            Self::Anthropic => &anthropic::Anthropic,
        }
    }
}

/// What a path and method lead to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Endpoint<'a> {
    /// The endpoint that answers prompts.
    Chat,
    /// Counts the tokens of a prompt.
    CountTokens,
    /// The list of models.
    Models,
    /// One model by its name.
    Model(&'a str),
    /// A known path with a method it does not take.
    WrongMethod,
    NotFound,
}

/// One request to the chat endpoint, with what its answer depends on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Inquiry<'a> {
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    pub(crate) tuning: &'a Tuning,
    pub(crate) serial: Serial,
    pub(crate) models: &'a Models,
}

/// An answer in the vendor's format, not yet sent.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) content: Content,
    pub(crate) prompt_tokens: u64,
    pub(crate) completion_tokens: u64,
}

#[derive(Debug)]
pub(crate) enum Content {
    /// One JSON document.
    Whole(Bytes),
    /// A stream: one frame an event, blank line included.
    Events(Vec<Bytes>),
}

/// An error before it is put into a vendor's shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) kind: String,
    pub(crate) message: String,
    pub(crate) param: Option<String>,
    pub(crate) code: Option<String>,
}

impl Refusal {
    pub(crate) fn new(status: u16, kind: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            kind: kind.to_owned(),
            message: message.into(),
            param: None,
            code: None,
        }
    }

    pub(crate) fn param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    pub(crate) fn code(mut self, code: &str) -> Self {
        self.code = Some(code.to_owned());
        self
    }
}

/// The names of models beyond those that the dialect knows by itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Models {
    pub(crate) extra: Vec<String>,
    pub(crate) any: bool,
}

impl Models {
    /// `*` stands for any name.
    pub(crate) fn new(names: Vec<String>) -> Self {
        Self {
            any: names.iter().any(|name| name == "*"),
            extra: names,
        }
    }

    pub(crate) fn allow(&self, name: &str) -> bool {
        self.any || bench::is_name(name) || self.extra.iter().any(|extra| extra == name)
    }
}

/// Adds headers that are always the same.
pub(crate) fn constant_headers(
    headers: &mut HeaderMap,
    constants: &[(&'static str, &'static str)],
) {
    for (name, value) in constants {
        headers.insert(*name, HeaderValue::from_static(value));
    }
}

/// Adds a header; what is no legal value is left out.
pub(crate) fn header(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// A simulated vendor. Implementations hold no state.
pub(crate) trait Vendor: Sync {
    fn endpoint<'a>(&self, method: &Method, path: &'a str) -> Endpoint<'a>;

    /// Compares the request's key with the only one that is good.
    fn authenticate(&self, headers: &HeaderMap, key: &str) -> Result<(), Refusal>;

    /// Judges the request and answers it.
    fn answer(&self, inquiry: &Inquiry<'_>) -> Result<Reply, Refusal>;

    /// Judges the request and counts its tokens.
    fn count_tokens(&self, inquiry: &Inquiry<'_>) -> Result<Bytes, Refusal>;

    fn models(&self, models: &Models) -> Bytes;

    fn model(&self, name: &str, models: &Models) -> Result<Bytes, Refusal>;

    fn refuse(&self, endpoint: &Endpoint<'_>, method: &Method, path: &str) -> Refusal;

    /// The vendor's usual error of a status, for scripts that name only the status.
    fn usual_error(&self, status: u16) -> Refusal;

    /// The error that breaks off a stream.
    fn stream_error(&self) -> Refusal;

    /// The error as a body.
    fn error_body(&self, refusal: &Refusal, serial: Serial) -> Bytes;

    /// The error as an event inside a stream.
    fn error_event(&self, refusal: &Refusal, serial: Serial) -> Bytes;

    /// Adds what every answer carries.
    fn headers(&self, serial: Serial, headers: &mut HeaderMap);
}
