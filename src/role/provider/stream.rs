//! The way back: streams.

use super::{Provider, State, ThisAttempt, Turn};
use crate::config::routing::{Cause, Flaw};
use crate::headers::Headers;
use crate::providers::{Observed, Passed, Phase, ResponseStream};
use crate::role::{Effect, Flow};
use crate::routing::flaws::Beginning;
use crate::telemetry::exchange::Outcome;

/// How much of a stream is held while waiting for its first event, or its first content.
const PEEK_LIMIT: usize = 256 * 1024;

/// The beginning of a stream: what the client would get for what the host holds.
#[derive(Default)]
pub(super) struct Held {
    out: Vec<u8>,
    changed: bool,
    size: usize,
    /// Judges it, where flaws are looked for.
    beginning: Option<Beginning>,
}

impl Held {
    /// Nothing yet.
    pub(super) fn until(beginning: Option<Beginning>) -> Self {
        Self {
            beginning,
            ..Self::default()
        }
    }

    /// Shows the next bytes to the stream.
    pub(super) fn push(&mut self, stream: &mut dyn ResponseStream, bytes: &[u8], end: bool) {
        self.size += bytes.len();
        let seen = self.out.len();
        match stream.push(bytes, &mut self.out) {
            Passed::Unchanged => self.out.extend_from_slice(bytes),
            Passed::Replaced => self.changed = true,
        }
        if end {
            let before = self.out.len();
            stream.finish(&mut self.out);
            self.changed |= self.out.len() != before;
        }
        if let Some(beginning) = &mut self.beginning {
            beginning.push(self.out.get(seen..).unwrap_or_default());
        }
    }

    /// Whether the stream can still turn out to be of no use.
    fn is_open(&self) -> bool {
        self.beginning.as_ref().is_some_and(Beginning::is_open)
    }

    /// Why it is of no use, if it is; `is_over` where nothing follows.
    fn flaw(&self, is_over: bool) -> Option<Flaw> {
        self.beginning.as_ref()?.flaw(is_over)
    }

    /// What the client gets instead of what the host holds; `None` where it gets just that.
    fn rewritten(self) -> Option<Vec<u8>> {
        self.changed.then_some(self.out)
    }
}

impl Provider {
    /// Decides on a stream's beginning: hold on, let it go, or fail.
    pub(super) fn peeked(
        &mut self,
        upstream: Headers,
        stream: Box<dyn ResponseStream>,
        held: Held,
        end: bool,
        turn: &mut Turn<'_>,
    ) -> Flow {
        let observed = stream.observed();
        if let Phase::Failed(error) = &observed.phase {
            return self.fail(&upstream, error.clone().into(), turn);
        }
        let is_over = end || observed.phase.is_over();
        let is_known = observed.phase != Phase::Waiting && !held.is_open();
        if !is_over && !is_known && held.size < PEEK_LIMIT {
            self.came(observed.output_tokens);
            self.state = State::Peeking {
                upstream,
                stream,
                held,
            };
            return Flow::Pause;
        }
        let flaw = held.flaw(is_over);
        if let Some(flaw) = flaw.filter(|flaw| self.flaws().has(*flaw)) {
            return self.leave_stream(&upstream, observed, flaw, turn);
        }
        self.announce(&upstream, "text/event-stream; charset=utf-8", None, turn);
        if let Some(attempt) = &self.attempt {
            attempt.first_came(turn.host);
        }
        self.begin_metering();
        turn.effects
            .extend(held.rewritten().map(Effect::ResponseBody));
        self.follow(stream, end, turn);
        Flow::Continue
    }

    /// Passes the next bytes of a stream.
    pub(super) fn flow(
        &mut self,
        mut stream: Box<dyn ResponseStream>,
        bytes: &[u8],
        end: bool,
        turn: &mut Turn<'_>,
    ) -> Flow {
        let mut out = Vec::new();
        let passed = stream.push(bytes, &mut out);
        if end {
            stream.finish(&mut out);
        }
        let stops = self.is_used_up(stream.observed(), turn);
        if stops {
            self.stop(stream.as_mut(), &mut out);
        }
        match passed {
            Passed::Replaced => turn.effects.push(Effect::ResponseBody(out)),
            Passed::Unchanged if out.is_empty() => {}
            Passed::Unchanged => {
                out.splice(0..0, bytes.iter().copied());
                turn.effects.push(Effect::ResponseBody(out));
            }
        }
        self.follow(stream, end, turn);
        if stops {
            self.state = State::Discarding;
        }
        Flow::Continue
    }

    /// Notes what a stream has shown, and waits for more of it.
    fn follow(&mut self, stream: Box<dyn ResponseStream>, end: bool, turn: &Turn<'_>) {
        let Observed {
            phase,
            usage,
            model,
            service_tier,
            ..
        } = stream.observed();
        if usage.is_some() {
            self.note(*usage, model.as_deref(), service_tier.as_deref());
        }
        match phase {
            Phase::Complete => {
                if let Some(attempt) = &self.attempt {
                    attempt.is_answered(true, turn.host);
                }
                self.end_once(Outcome::Status(200), turn);
            }
            Phase::Failed(_) => self.cut(stream.observed(), turn),
            Phase::Waiting | Phase::Open if end => self.cut(stream.observed(), turn),
            Phase::Waiting | Phase::Open => self.came(stream.observed().output_tokens),
        }
        self.state = State::Flowing(stream);
    }

    /// A stream that has begun ends without its terminal marker.
    fn cut(&self, observed: &Observed, turn: &Turn<'_>) {
        self.count(observed);
        self.break_off(Cause::Error, turn);
        if let Some(exchange) = self.attempt.as_ref().and_then(ThisAttempt::exchange) {
            exchange.borrow_mut().stream_failed = true;
        }
        self.end_once(Outcome::Truncated, turn);
    }

    /// A stream's terminal marker may be followed by more bytes; the first word stands.
    fn end_once(&self, outcome: Outcome, turn: &Turn<'_>) {
        if self
            .attempt
            .as_ref()
            .is_some_and(|attempt| !attempt.has_ended())
        {
            self.end(outcome, turn);
        }
    }
}
