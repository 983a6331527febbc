//! One stream: Envoy's callbacks for it, in either role.

use super::abi::{self, Buffer, Map};
use super::contexts::{self, Callee};
use super::host::{self, Envoy};
use super::lines;
use super::sidecar;
use super::silence::Watch;
use crate::clock::Clock;
use crate::headers::Headers;
use crate::role::{Appetite, Effect, Fetched, Flow, Input, Role};

/// A stream's machine, and how much of the bodies it has seen.
pub(super) struct HttpStream {
    /// The host's name of it.
    context: u32,
    role: Box<dyn Role>,
    effects: Vec<Effect>,
    request_done: bool,
    response_seen: usize,
    /// Callouts under way: the host's token and our number.
    fetches: Vec<(u32, usize)>,
    watch: Watch,
    over: bool,
}

impl HttpStream {
    pub(super) fn new(context: u32, role: Box<dyn Role>) -> Self {
        Self {
            context,
            role,
            effects: Vec::new(),
            request_done: false,
            response_seen: 0,
            fetches: Vec::new(),
            watch: Watch::new(context),
            over: false,
        }
    }

    pub(super) fn request_headers(&mut self, end: bool) -> Flow {
        let headers = wanted(self.role.wants_request_headers(), Map::Request);
        self.step(Input::RequestHeaders { headers, end }, 0)
    }

    pub(super) fn request_body(&mut self, size: usize, end: bool) -> Flow {
        match self.role.request_appetite() {
            Appetite::Whole(limit) if size > limit => self.step(Input::RequestTooLarge, 0),
            Appetite::Whole(_) | Appetite::Unseen if !end => Flow::Pause,
            Appetite::Whole(_) => self.request_complete(size),
            Appetite::Unseen => self.step(Input::RequestBody(&[]), 0),
            Appetite::Ignore | Appetite::Chunks => Flow::Continue,
        }
    }

    pub(super) fn request_trailers(&mut self) -> Flow {
        match self.role.request_appetite() {
            Appetite::Whole(limit) if !self.request_done => self.request_complete(limit),
            Appetite::Unseen => self.step(Input::RequestBody(&[]), 0),
            _ => Flow::Continue,
        }
    }

    pub(super) fn response_headers(&mut self, end: bool) -> Flow {
        let headers = wanted(self.role.wants_response_headers(), Map::Response);
        let flow = self.step(Input::ResponseHeaders { headers, end }, 0);
        self.heard(end);
        flow
    }

    pub(super) fn response_body(&mut self, size: usize, end: bool) -> Flow {
        self.heard(end);
        match self.role.response_appetite() {
            Appetite::Ignore | Appetite::Unseen => Flow::Continue,
            Appetite::Whole(limit) => self.response_whole(size, end, limit),
            Appetite::Chunks => self.response_chunk(size, end),
        }
    }

    pub(super) fn response_trailers(&mut self) -> Flow {
        self.heard(true);
        match self.role.response_appetite() {
            Appetite::Ignore | Appetite::Unseen => Flow::Continue,
            Appetite::Whole(limit) => self.response_whole(limit, true, limit),
            Appetite::Chunks => self.response_chunk(self.response_seen, true),
        }
    }

    /// A callout has brought something, or nothing.
    pub(super) fn callout_response(&mut self, token: u32, size: usize) {
        let mut fetches = self.fetches.iter();
        let Some(at) = fetches.position(|(known, _)| *known == token) else {
            return;
        };
        let (_, number) = self.fetches.swap_remove(at);
        let headers = host::headers(Map::CalloutResponse);
        let status = headers.text(":status");
        let status = status.and_then(|status| status.parse().ok());
        let body = abi::buffer(Buffer::CalloutResponseBody, 0, size).unwrap_or_default();
        let flow = self.fetched(number, status, &body);
        host::resume(flow);
    }

    /// It may be its turn.
    pub(super) fn turn(&mut self) {
        let flow = self.step(Input::Turn, 0);
        host::resume(flow);
    }

    /// The sync that it waits for is over.
    pub(super) fn synced(&mut self) {
        let flow = self.step(Input::Synced, 0);
        host::resume(flow);
    }

    /// Envoy ends a stream with one or both of two callbacks, of which only the first counts.
    pub(super) fn finish(&mut self) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        if self.watch.has_ended_it() {
            self.step(Input::Silence, 0);
        }
        self.watch.over();
        self.step(Input::Done, 0);
        sidecar::ended();
    }

    /// Gives the machine an input and carries out its effects. `response_held` is the size of
    /// the response's body as the host holds it now.
    fn step(&mut self, input: Input<'_>, response_held: usize) -> Flow {
        let mut effects = std::mem::take(&mut self.effects);
        let envoy = Envoy::default();
        let flow = self.role.handle(input, &envoy, &mut effects);
        let mut failed = Vec::new();
        for effect in effects.drain(..) {
            match effect {
                Effect::Fetch(fetch) => match host::fetch(&fetch) {
                    Ok(token) => {
                        contexts::called_out(token, Callee::Stream(self.context));
                        self.fetches.push((token, fetch.number));
                    }
                    Err(_) => failed.push(fetch.number),
                },
                Effect::AwaitTurn { line, again } => lines::wait(line, again, self.context),
                Effect::AwaitSync(number) => sidecar::wait(number, self.context, envoy.now()),
                other => host::carry_out(other, response_held),
            }
        }
        self.effects = effects;
        failed
            .into_iter()
            .fold(flow, |_, number| self.fetched(number, None, &[]))
    }

    fn fetched(&mut self, number: usize, status: Option<u16>, body: &[u8]) -> Flow {
        let fetched = Fetched {
            number,
            status,
            body,
        };
        self.step(Input::Fetched(fetched), 0)
    }

    /// The response has come this far.
    fn heard(&mut self, end: bool) {
        if end {
            self.watch.over();
        } else {
            self.watch.word(self.role.patience());
        }
    }

    fn request_complete(&mut self, size: usize) -> Flow {
        self.request_done = true;
        let body = abi::buffer(Buffer::RequestBody, 0, size).unwrap_or_default();
        self.step(Input::RequestBody(&body), 0)
    }

    fn response_whole(&mut self, size: usize, end: bool, limit: usize) -> Flow {
        if size > limit {
            return self.step(Input::ResponseTooLarge, size);
        }
        if !end {
            return self.step(Input::ResponseHeld(size), size);
        }
        let body = abi::buffer(Buffer::ResponseBody, 0, size).unwrap_or_default();
        self.step(Input::ResponseBody { bytes: &body, end }, size)
    }

    fn response_chunk(&mut self, size: usize, end: bool) -> Flow {
        let fresh = size.saturating_sub(self.response_seen);
        let bytes = if fresh == 0 {
            Vec::new()
        } else {
            abi::buffer(Buffer::ResponseBody, self.response_seen, fresh).unwrap_or_default()
        };
        let flow = self.step(Input::ResponseBody { bytes: &bytes, end }, size);
        self.response_seen = if flow == Flow::Pause { size } else { 0 };
        flow
    }
}

fn wanted(wanted: bool, map: Map) -> Headers {
    if wanted {
        host::headers(map)
    } else {
        Headers::default()
    }
}
