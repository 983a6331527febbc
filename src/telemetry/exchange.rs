//! What is known of a request under way: written by both roles, read by the access log.

use std::rc::Rc;
use std::time::Duration;

use crate::chat::Usage;
use crate::clock::Timestamp;
use crate::dialects::openai_chat::Scan;
use crate::headers::Headers;
use crate::routing::plan::Plan;

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
    /// What each attempt came to, in order.
    pub attempts: Vec<Attempt>,
    /// Token counts of the answer.
    pub usage: Option<Usage>,
    /// The model that the upstream said has answered.
    pub served_model: Option<String>,
    /// Whether a provider's answer, good or bad, is on its way to the client.
    pub answered: bool,
    /// When the first token of a stream, or the whole answer, was there.
    pub first_token: Option<Timestamp>,
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
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Not yet.
    Running,
    /// The provider answered with this status (of an error inside a 200, the error's status).
    Status(u16),
    /// No answer: refused, reset or timed out.
    Reset,
    /// The stream broke off after its first byte.
    Truncated,
}
