//! What upstreams speak.
//!
//! A provider is one folder here and one line in [`REGISTRY`]; a look-alike of OpenAI is one row in
//! [`openai_compatible`]'s table.

pub mod anthropic;
mod losses;
pub mod openai_compatible;

use crate::chat::{Error, Request, Response, Sink, Usage, Warning};
use crate::framing::sse::Frame;

/// A kind of upstream: what must be known to talk to it.
#[derive(Clone, Copy)]
pub struct Provider {
    /// Name in the configuration (`kind`), such as `anthropic`.
    pub kind: &'static str,
    /// Address as the vendor's own SDK has it, path included; `None` where only the user knows it.
    pub base_url: Option<&'static str>,
    /// How the key is shown to it.
    pub credential: Credential,
    /// Its wire format.
    pub wire: Wire,
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

    /// Reads a whole answer (status 2xx).
    ///
    /// # Errors
    /// [`Error`] where the body is not an answer.
    fn response(&self, body: &[u8]) -> Result<Response, Error>;

    /// Reads an error answer (status not 2xx); never fails, whatever the body.
    fn error(&self, status: u16, body: &[u8]) -> Error;

    /// Starts to read a streamed answer.
    fn decoder(&self) -> Box<dyn Decoder>;
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
}

/// Reads a streamed answer, frame by frame.
///
/// After it has reported [`Event::End`](crate::chat::Event::End) or
/// [`Event::Error`](crate::chat::Event::Error) it reports nothing more. Frames and fields that it
/// does not know are skipped.
pub trait Decoder {
    /// Reports what a frame says.
    fn frame(&mut self, frame: Frame<'_>, sink: &mut dyn Sink);

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

/// All kinds of upstream, one line each; the presets of OpenAI's look-alikes follow.
pub static REGISTRY: &[Provider] = &[anthropic::PROVIDER];

/// The provider of this kind.
pub fn find(kind: &str) -> Option<Provider> {
    REGISTRY
        .iter()
        .chain(openai_compatible::PROVIDERS)
        .find(|p| p.kind == kind)
        .copied()
}

/// The names of all kinds, for messages.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    REGISTRY
        .iter()
        .chain(openai_compatible::PROVIDERS)
        .map(|p| p.kind)
}
