//! What is asked of this process, and what it answers.

use serde::{Deserialize, Serialize};

/// One line of stdin.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Command {
    /// Play so many requests over so many connections, each connection one after the other.
    Run(Load),
    /// Open one stream on each of so many connections and leave it after its first chunk.
    Hold(Load),
    /// Let the held streams go on to their end.
    Release,
}

/// Requests to play.
#[derive(Debug, Deserialize)]
pub(crate) struct Load {
    /// Where Envoy listens.
    pub(crate) port: u16,
    pub(crate) connections: usize,
    /// All connections together; as many as connections where streams are held.
    pub(crate) requests: usize,
    pub(crate) script: Script,
}

/// One request and its answer, as they are on the wire.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Script {
    /// What a client sends. Its body has [`crate::seats::MARK`] somewhere, to be filled in.
    pub(crate) request: String,
    /// What the provider writes at once: the head of its answer, and the body where it is unary.
    pub(crate) answer: String,
    /// What it writes then, each of them when the client has received the one before.
    #[serde(default)]
    pub(crate) chunks: Vec<String>,
}

/// One line of stdout.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    Listening { port: u16 },
    Ran(Tally),
    Held { held: usize },
    Error(String),
}

/// What came of a load.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Tally {
    /// Answers with status 200, received to their end.
    pub(crate) answered: usize,
    /// All others, cut connections included.
    pub(crate) failed: usize,
    /// Chunks of chunked answers, as Envoy framed them.
    pub(crate) chunks: usize,
    pub(crate) seconds: f64,
    /// Times from a request's first byte to its answer's last, in microseconds.
    pub(crate) p50_us: u64,
    pub(crate) p99_us: u64,
    /// The first failed answer, else the first answer of all.
    pub(crate) sample: String,
}
