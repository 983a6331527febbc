//! What upstreams speak.
//!
//! A provider is one folder here and one line in [`REGISTRY`]; a look-alike of OpenAI is one row in
//! [`openai_compatible`]'s table.

pub mod anthropic;
pub mod bedrock;
mod cache_markers;
mod choice;
pub mod cohere;
pub mod embeddings;
mod extras;
mod failure;
mod function;
pub mod gemini;
mod json;
mod losses;
pub mod ollama;
pub mod openai_compatible;
mod openai_models;
pub mod openai_responses;
mod options;
mod parameters;
pub mod percent;
mod sampling;
mod size;
mod text_file;
mod tool_ids;

pub use embeddings::Embeddings;
pub use options::{OptionSpec, Options};

use std::collections::BTreeMap;

use crate::chat::{Error, Event, Operation, Request, Response, Sink, Usage, Warning};
use crate::dialects::openai_chat::{Scan, scan};
use crate::framing::{Frame, Framing};
use crate::headers::Headers;

/// A kind of upstream: what must be known to talk to it.
#[derive(Clone, Copy)]
pub struct Provider {
    /// Name in the configuration (`kind`), such as `anthropic`.
    pub kind: &'static str,
    /// Where it is.
    pub base_url: BaseUrl,
    /// How the key is shown to it.
    pub credential: Credential,
    /// What can be set for this kind only, beside the settings that all kinds have.
    pub options: &'static [OptionSpec],
    /// Its wire format.
    pub wire: Wire,
}

impl Provider {
    /// Its own wire format, where it has one; of several the one for chat with a model that nobody
    /// knows.
    pub fn native(&self) -> Option<&'static dyn Native> {
        let asked = Asked {
            operation: Operation::Chat,
            model: "m",
            options: Options::NONE,
            scan: &scan(br#"{"model":"m","messages":[]}"#).ok()?,
        };
        match self.wire.resolve(&asked) {
            Wire::Native(native) => Some(native),
            Wire::OpenAi(_) | Wire::Depends(_) => None,
        }
    }
}

/// Where a provider is, unless the user says otherwise with `base_url`.
#[derive(Clone, Copy)]
pub enum BaseUrl {
    /// Address as the vendor's own SDK has it, path included.
    Fixed(&'static str),
    /// Made from the provider's options; `None` where they do not say enough.
    Made(fn(&Options) -> Option<String>),
    /// Only the user knows it.
    Asked,
}

impl BaseUrl {
    /// The address of a provider with these options.
    pub fn with(self, options: &Options) -> Option<String> {
        match self {
            Self::Fixed(url) => Some(url.to_owned()),
            Self::Made(make) => make(options),
            Self::Asked => None,
        }
    }
}

/// How a provider wants its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// `Authorization: Bearer …`
    Bearer,
    /// The bare key in this header (lower case).
    Header(&'static str),
}

/// A provider's wire format.
#[derive(Clone, Copy)]
pub enum Wire {
    /// Its own: translated both ways.
    Native(&'static dyn Native),
    /// OpenAI's, give or take what the row says: the client's bytes pass.
    OpenAi(&'static openai_compatible::Preset),
    /// One or another of the two above, as model and request want it. The function never answers
    /// with this variant.
    Depends(fn(&Asked<'_>) -> Wire),
}

impl Wire {
    /// The wire format of one request.
    pub fn resolve(self, asked: &Asked<'_>) -> Self {
        match self {
            Self::Depends(choose) => choose(asked),
            known => known,
        }
    }
}

/// What a wire format may depend on.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// What the request is for.
    pub operation: Operation,
    /// The provider's name of the model.
    pub model: &'a str,
    /// The provider's options.
    pub options: &'a Options,
    /// What has been found in the request's body.
    pub scan: &'a Scan<'a>,
}

/// A provider with its own wire format.
pub trait Native: Sync {
    /// Writes the request for this provider.
    ///
    /// # Errors
    /// [`Error`] of kind `InvalidRequest` naming the field, where the provider cannot do what the
    /// client asks and leaving it out would give the client something else than it asked for.
    fn request(&self, request: &Request<'_>, target: &TargetOptions<'_>)
    -> Result<Outgoing, Error>;

    /// Adds to the request what the client says in [`CLIENT_HEADERS`], where that is for this
    /// provider.
    ///
    /// # Errors
    /// As for [`Native::request`].
    fn heed(
        &self,
        _client: &[(String, String)],
        _target: &TargetOptions<'_>,
        _outgoing: &mut Outgoing,
    ) -> Result<(), Error> {
        Ok(())
    }

    /// Reads a whole answer (status 2xx).
    ///
    /// # Errors
    /// [`Error`] where the body is not an answer.
    fn response(&self, body: &[u8], recall: &Recall) -> Result<Response, Error>;

    /// Reads an error answer (status not 2xx); never fails, whatever the body.
    fn error(&self, status: u16, body: &[u8]) -> Error;

    /// Reads an error answer of a provider that says in its headers what the body does not.
    fn error_with(&self, status: u16, _headers: &Headers, body: &[u8]) -> Error {
        self.error(status, body)
    }

    /// How its streams are cut into frames.
    fn framing(&self) -> Framing {
        Framing::ServerSentEvents
    }

    /// Starts to read a streamed answer.
    fn decoder(&self, recall: Recall) -> Box<dyn Decoder>;

    /// Its embeddings, where it has some.
    fn embeddings(&self) -> Option<&'static dyn Embeddings> {
        None
    }

    /// Whether it takes pictures as bytes only, so that those by URL have to be fetched for it.
    fn takes_image_bytes_only(&self) -> bool {
        false
    }

    /// Whether it takes tools of this `type` besides functions, in its own words; a request with
    /// another one is refused before [`Native::request`] sees it.
    fn takes_tool(&self, _kind: &str) -> bool {
        false
    }
}

/// What reading an answer needs to know of the request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recall {
    /// The model that was asked for, in the provider's words.
    pub model: String,
    /// Names of tools that had to be changed: as sent → as the client knows them.
    pub tool_names: BTreeMap<String, String>,
    /// Name of the tool that was made up to carry structured output: what it is called with is the
    /// answer's text, and no call.
    pub output_tool: Option<String>,
}

/// What a target adds to the translation.
#[derive(Debug, Clone, Copy)]
pub struct TargetOptions<'a> {
    /// The model that the upstream is asked for.
    pub model: &'a str,
    /// What to do with request fields that neither OpenAI's API nor the provider knows.
    pub unknown_fields: UnknownFields,
    /// Whether a parameter that does not fit is refused instead of left out or clamped.
    pub strict: bool,
    /// Limit of the answer where the client gives none and the provider needs one.
    pub default_max_tokens: Option<u64>,
    /// What is set for providers of this kind only.
    pub options: &'a Options,
}

/// What to do with fields of the request that the API does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownFields {
    /// Pass them to a provider of the same dialect; leave them out, and say so, when translating.
    #[default]
    Pass,
    /// Leave them out, and say so.
    Drop,
    /// Refuse the request, naming them.
    Refuse,
}

/// A request as a provider wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Path below the base URL, with a leading slash: `/v1/messages`.
    pub path: String,
    /// Headers that the API needs beyond credential and content type (lower-case names).
    pub headers: Vec<(&'static str, String)>,
    /// The JSON body.
    pub body: Vec<u8>,
    /// What could not be given to the provider as it was.
    pub warnings: Vec<Warning>,
    /// What the answer's reader must know.
    pub recall: Recall,
}

/// Reads a streamed answer, frame by frame.
///
/// After it has reported [`Event::End`] or [`Event::Error`] it reports nothing more. Frames and fields that it
/// does not know are skipped.
pub trait Decoder {
    /// Reports what a frame says.
    fn frame(&mut self, frame: Frame<'_>, sink: &mut dyn Sink);

    /// Reports a failure that the framing itself tells of: the frame's type or code, and the
    /// upstream's words. Most framings know of none.
    fn failure(&mut self, _frame: Frame<'_>, sink: &mut dyn Sink) {
        sink.event(Event::Error(Error::upstream(
            "the upstream's stream failed",
        )));
    }

    /// Reports what bytes outside of any frame say; most upstreams say nothing there.
    fn stray(&mut self, _bytes: &[u8], _sink: &mut dyn Sink) {}

    /// The upstream's body is over: where the terminal marker has not been seen, this reports the
    /// stream as truncated.
    fn end(&mut self, sink: &mut dyn Sink);
}

/// A streamed answer on its way to the client: upstream's bytes in, client's bytes out.
pub trait ResponseStream {
    /// Takes the next bytes from the upstream and appends what the client gets to `out`.
    ///
    /// [`Passed::Unchanged`] says that the client gets `chunk` itself and `out` is untouched.
    fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Passed;

    /// The upstream's body is over. Appends the rest to `out`.
    fn finish(&mut self, out: &mut Vec<u8>);

    /// Ends an answer that is under way before its provider does: appends what the client needs for a
    /// proper end, with the reason `length` for each choice that has none and this usage. What comes
    /// after it is not for the client.
    fn stop(&mut self, usage: &Usage, out: &mut Vec<u8>);

    /// What has been seen so far.
    fn observed(&self) -> &Observed;
}

/// What became of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    /// It goes to the client as it is.
    Unchanged,
    /// The client gets what was appended to `out` instead, maybe nothing.
    Replaced,
}

/// What a stream has shown so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observed {
    /// How far it is.
    pub phase: Phase,
    /// The last token counts.
    pub usage: Option<Usage>,
    /// The model that the upstream says is answering.
    pub model: Option<String>,
    /// The service tier that it says it uses, in OpenAI's words.
    pub service_tier: Option<String>,
    /// About how many output tokens have come, for a stream that ends before its token counts.
    pub output_tokens: u64,
}

impl Observed {
    /// About so many output tokens have come.
    pub fn brings(&mut self, tokens: u64) {
        self.output_tokens = self.output_tokens.saturating_add(tokens);
    }

    /// The answer is over and its provider has counted it: that count stands in the place of ours.
    pub fn is_counted(&mut self) {
        if let Some(usage) = self.usage {
            self.output_tokens = usage.total_output();
        }
    }
}

/// How far a streamed answer is.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Phase {
    /// Nothing yet that a client could use: a failure can still become another attempt.
    #[default]
    Waiting,
    /// The answer has begun.
    Open,
    /// The terminal marker was seen.
    Complete,
    /// It failed, or ended without its terminal marker.
    Failed(Error),
}

impl Phase {
    /// Whether the stream has ended, well or badly.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Complete | Self::Failed(_))
    }
}

/// Headers of clients that mean something to one provider ([`Native::heed`]).
pub const CLIENT_HEADERS: &[&str] = &["anthropic-beta"];

/// All kinds of upstream, one line each; the presets of OpenAI's look-alikes follow.
pub static REGISTRY: &[Provider] = &[
    anthropic::PROVIDER,
    bedrock::PROVIDER,
    cohere::PROVIDER,
    gemini::AI_STUDIO,
    gemini::VERTEX,
    ollama::PROVIDER,
    openai_responses::PROVIDER,
];

/// The provider of this kind.
pub fn find(kind: &str) -> Option<Provider> {
    REGISTRY
        .iter()
        .chain(openai_compatible::PROVIDERS)
        .find(|p| p.kind == kind)
        .copied()
}

/// Whether a field of the request is meant for one provider alone, by its name: a kind, or the
/// vendor's name where several kinds are of one vendor. The others leave it out without a word.
pub fn addresses_one(field: &str) -> bool {
    field == gemini::VENDOR || find(field).is_some()
}

/// The names of all kinds, for messages.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    REGISTRY
        .iter()
        .chain(openai_compatible::PROVIDERS)
        .map(|p| p.kind)
}
