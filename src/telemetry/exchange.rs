//! What is known of a request under way: written by both roles, read by the access log.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::chat::Usage;
use crate::clock::Timestamp;
use crate::config::routing::{Cause, Flaw, Flaws};
use crate::dialects::openai_chat::Scan;
use crate::headers::Headers;
use crate::limiter::Allowance;
use crate::pricing::Price;
use crate::routing::board::{Board, Passage, Place};
use crate::routing::plan::Plan;
use crate::telemetry::shadow::Shadow;

/// What is known of a request under way, beyond what the headers say. Cannot be printed: it may hold
/// a prompt.
#[derive(Default)]
pub struct Exchange {
    /// What the gateway role has decided.
    pub plan: Rc<Plan>,
    /// The body's facts, found by the gateway role.
    pub scan: Option<Rc<Scan<'static>>>,
    /// The client's body, as long as an attempt may need it and where it is small: see
    /// [`handoff`](crate::role::handoff).
    pub body: Option<Rc<[u8]>>,
    /// The client's headers that providers may see.
    pub forwarded: Headers,
    /// Flaws for which an answer with status 200 is left, as far as an answer to this request can have
    /// them.
    pub flaws: Flaws,
    /// What is known of the targets.
    pub board: Option<Rc<Board>>,
    /// Room at the first target, kept until its attempt begins: what Envoy does with a request that
    /// goes on, it does a moment later.
    pub kept: Option<Passage>,
    /// Which of the planned targets is next.
    pub next: usize,
    /// How often in a row that one has been tried already.
    pub tries: usize,
    /// Which target the next attempt comes from, and for which failure of it.
    pub left: Option<(Place, Cause)>,
    /// The client has gone, or has all of its answer: what an attempt comes to says nothing more.
    pub is_over: bool,
    /// The client itself has said how long it may take.
    pub is_hurried: bool,
    /// What each attempt came to, in order.
    pub attempts: Vec<Attempt>,
    /// What the client is to be told in headers beside an answer: what is left of its limits.
    pub shown: Vec<(&'static str, String)>,
    /// About how many tokens the client's body is, for an attempt that ends before its token counts.
    pub input_tokens: u64,
    /// The most output tokens that are expected; 0 where nobody counts them.
    pub most_output: u64,
    /// The model that the upstream said has answered.
    pub served_model: Option<String>,
    /// Whether a provider's answer, good or bad, is on its way to the client.
    pub answered: bool,
    /// A stream that had begun was ended by its provider's failure, and the client was told so.
    pub stream_failed: bool,
    /// What a stream may cost, where it is to be stopped when a budget is used up.
    pub allowance: Option<Rc<Allowance>>,
    /// A stream was ended in order because a budget was used up.
    pub stopped: bool,
    /// When the first token of a stream, or the whole answer, was there.
    pub first_token: Option<Timestamp>,
    /// What becomes of a copy of the request, where its model has a shadow.
    pub shadow: Option<Rc<Shadow>>,
}

/// What an attempt came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Name of the provider.
    pub provider: Rc<str>,
    /// The provider's name of the model.
    pub model: String,
    /// When it began.
    pub started: Timestamp,
    /// How long it took; `None` while it runs.
    pub duration: Option<Duration>,
    /// How it ended.
    pub outcome: Outcome,
    /// Its provider has begun to give a good answer, or has given it.
    pub has_begun: bool,
    /// The flaw for which its answer was left.
    pub flaw: Option<Flaw>,
    /// Its token counts, by the provider or, of a stream that broke off, by our own count.
    pub usage: Option<Usage>,
    /// About how many output tokens its answer has brought so far.
    pub output_tokens: u64,
    /// What its tokens cost; `None` where nobody knows.
    pub price: Option<Arc<Price>>,
    /// The service tier that the provider says it has used, in OpenAI's words.
    pub service_tier: Option<String>,
}

impl Attempt {
    /// What it has cost, in pico-dollars; `None` where nobody knows.
    pub fn cost(&self) -> Option<u64> {
        match &self.usage {
            None => Some(0),
            Some(usage) => Some(
                self.price
                    .as_ref()?
                    .cost(usage, self.service_tier.as_deref()),
            ),
        }
    }
}

impl Exchange {
    /// Counts an answer that loses its client: what has come so far is produced and will be billed. The
    /// gateway role hears of it first.
    pub fn client_is_gone(&mut self) {
        self.is_over = true;
        let input = self.input_tokens;
        let is_under_way = |attempt: &&mut Attempt| attempt.has_begun && attempt.duration.is_none();
        if let Some(attempt) = self.attempts.last_mut().filter(is_under_way) {
            let usage = Usage::so_far(attempt.usage, input, attempt.output_tokens);
            attempt.usage = Some(usage);
        }
    }

    /// Token counts of all attempts together.
    pub fn usage(&self) -> Option<Usage> {
        let counts = self.attempts.iter().filter_map(|attempt| attempt.usage);
        counts.reduce(Usage::plus)
    }

    /// What those attempts have cost whose price is known, in pico-dollars.
    pub fn known_cost(&self) -> u64 {
        let costs = self.attempts.iter().filter_map(Attempt::cost);
        costs.fold(0, u64::saturating_add)
    }

    /// What all attempts have cost, in pico-dollars; `None` where nobody knows.
    pub fn cost(&self) -> Option<u64> {
        let mut costs = self.attempts.iter().map(Attempt::cost);
        costs.try_fold(0u64, |sum, cost| Some(sum.saturating_add(cost?)))
    }
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Not yet.
    Running,
    /// The provider answered with this status (of an error inside a 200, the error's status; of a
    /// 200 that was left for its flaw, 502).
    Status(u16),
    /// No answer: refused, reset or timed out.
    Reset,
    /// The stream broke off after its first byte.
    Truncated,
}
