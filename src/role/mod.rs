//! The two roles that the filter plays, as sans-IO state machines.
//!
//! A role takes [`Input`]s and answers each with a [`Flow`] and a list of [`Effect`]s. It sees
//! neither Envoy nor a real clock, so that a whole request, retries included, can be played in a
//! native test. `shell` turns Envoy's callbacks into inputs and the effects into host calls.
//!
//! Bodies reach a role in the way that it asked for with [`Appetite`]: a role that does not look
//! at a body costs no copy of it.

mod common;
pub mod gateway;
pub mod handoff;
pub mod provider;

use std::time::Duration;

pub use common::Common;

use crate::clock::Clock;
use crate::headers::Headers;

/// What happens to a role.
#[derive(Debug)]
pub enum Input<'a> {
    /// The request's headers. `end` says that no body follows.
    RequestHeaders {
        /// All headers, pseudo-headers included; empty where the role does not
        /// [want](Role::wants_request_headers) them.
        headers: Headers,
        /// Whether the request has no body.
        end: bool,
    },
    /// The whole body of the request; no bytes where the role has no need to
    /// [see](Appetite::Unseen) them.
    RequestBody(&'a [u8]),
    /// The request's body has grown over the role's [`Appetite::Whole`] limit.
    RequestTooLarge,
    /// The response's headers. `end` says that no body follows.
    ResponseHeaders {
        /// All headers, `:status` included; empty where the role does not
        /// [want](Role::wants_response_headers) them.
        headers: Headers,
        /// Whether the response has no body.
        end: bool,
    },
    /// The response's body, or the next chunk of it.
    ResponseBody {
        /// The bytes that have not been seen before.
        bytes: &'a [u8],
        /// Whether these are the last.
        end: bool,
    },
    /// So many bytes of a response that is wanted [whole](Appetite::Whole) have come, and it is not over.
    ResponseHeld(usize),
    /// The response's body has grown over the role's [`Appetite::Whole`] limit.
    ResponseTooLarge,
    /// The response was silent for longer than the role's [patience](Role::patience): the host
    /// ends the stream.
    Silence,
    /// The sync that an [`Effect::AwaitSync`] waits for has been answered, or has failed.
    Synced,
    /// It may be this request's turn: an [`Effect::AwaitTurn`] waits for that.
    Turn,
    /// What an [`Effect::Fetch`] has brought.
    Fetched(Fetched<'a>),
    /// The stream is over, by whatever cause: the last input of all.
    Done,
}

/// The answer to an [`Effect::Fetch`].
#[derive(Debug)]
pub struct Fetched<'a> {
    /// The number that it was asked for with.
    pub number: usize,
    /// The HTTP status; `None` where there was no answer.
    pub status: Option<u16>,
    /// The body.
    pub body: &'a [u8],
}

/// What a role wants done.
#[derive(Debug)]
pub enum Effect {
    /// Replaces all headers of the request.
    RequestHeaders(Headers),
    /// Takes some headers out of the request and puts others in; the rest stays.
    RequestHeadersEdit {
        /// Names of those that go, whether they are there or not.
        remove: Vec<Vec<u8>>,
        /// Those that come.
        add: Vec<(&'static str, String)>,
    },
    /// Replaces the first `replaced` bytes of the request's body.
    RequestBody {
        /// How many bytes give way; `usize::MAX` for all.
        replaced: usize,
        /// What takes their place.
        bytes: Vec<u8>,
    },
    /// Replaces all headers of the response.
    ResponseHeaders(Headers),
    /// Replaces what the host holds of the response's body.
    ResponseBody(Vec<u8>),
    /// Asks a host for something, by `GET`. The answer comes as [`Input::Fetched`], whatever
    /// happens; what was held then goes on where that input is answered with [`Flow::Continue`].
    Fetch(Fetch),
    /// Waits for the worker's limiter: [`Input::Synced`] comes once its sync of this number is over;
    /// what was held then goes on where that input is answered with [`Flow::Continue`].
    AwaitSync(u64),
    /// Waits in this line: [`Input::Turn`] comes when an attempt has ended, or some time has passed;
    /// what was held then goes on where that input is answered with [`Flow::Continue`].
    AwaitTurn {
        /// Number of the line.
        line: usize,
        /// It was this request's turn already, and it stays the first.
        again: bool,
    },
    /// Counts one, in a statistic of Envoy's with this name.
    Count(&'static str),
    /// Answers the client at once.
    Respond(Reply),
    /// Publishes a value to Envoy as filter state.
    FilterState {
        /// Its name; Envoy knows it with the prefix `wasm.`.
        name: &'static str,
        /// Its value.
        value: Vec<u8>,
    },
}

/// A request that a role makes itself, by `GET`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetch {
    /// What the answer is known by.
    pub number: usize,
    /// The cluster to ask.
    pub cluster: String,
    /// Value of `:authority`.
    pub authority: String,
    /// Value of `:path`.
    pub path: String,
    /// How long it may take.
    pub timeout: Duration,
}

/// An answer that the filter itself gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers, without `:status` and `content-length`.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Whether what was just seen may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// It, and all that was held, goes on.
    Continue,
    /// It is held until a later input answers `Continue`.
    Pause,
}

/// How a role wants a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appetite {
    /// Not at all: it passes unseen.
    Ignore,
    /// In one piece of at most this many bytes, held until it is complete.
    Whole(usize),
    /// Held until it is complete, but not read: only of a request.
    Unseen,
    /// Chunk by chunk as it comes, each byte once.
    Chunks,
}

/// What a role may ask of the world around it.
pub trait Host: Clock {
    /// A value that a role of this request has published before.
    fn filter_state(&self, name: &str) -> Option<Vec<u8>>;

    /// The number of the attempt under way, from 1, as Envoy counts.
    fn attempt(&self) -> Option<usize>;

    /// One of Envoy's attributes, by the parts of its name joined by zero bytes: what Envoy itself
    /// knows, which no client can write.
    fn attribute(&self, path: &str) -> Option<Vec<u8>>;

    /// The first value of one of the request's headers, while the request is on its way.
    fn request_header(&self, name: &str) -> Option<Vec<u8>>;
}

/// One stream's machine in one of the roles.
pub trait Role {
    /// Takes the next input. Effects are appended to `effects`, to be carried out in order.
    fn handle(&mut self, input: Input<'_>, host: &dyn Host, effects: &mut Vec<Effect>) -> Flow;

    /// Whether it looks at all of the request's headers: reading them costs a host call, and some
    /// time for each.
    fn wants_request_headers(&self) -> bool;

    /// Whether it looks at the response's headers: reading them costs a host call.
    fn wants_response_headers(&self) -> bool;

    /// How it wants the request's body, asked before each piece of it.
    fn request_appetite(&self) -> Appetite;

    /// How it wants the response's body, asked before each piece of it.
    fn response_appetite(&self) -> Appetite;

    /// How long the response may be silent from now on; `None`: as long as Envoy lets it. Asked
    /// after the headers and before each piece of the body.
    fn patience(&self) -> Option<Duration> {
        None
    }
}
