use std::borrow::Cow;

use super::Extra;

/// A request for embeddings, parsed once from the client's body and borrowing from it.
///
/// In which encoding the client wants its vectors is its dialect's business alone.
#[derive(Debug, Clone)]
pub struct EmbeddingsRequest<'a> {
    /// The model as the client named it; the target decides what the upstream is asked for.
    pub model: Cow<'a, str>,
    /// What is to be embedded, never empty.
    pub input: EmbeddingsInput<'a>,
    /// Length of each vector.
    pub dimensions: Option<u64>,
    /// The client's name for its end user.
    pub end_user: Option<Cow<'a, str>>,
    /// All other top-level fields, in the client's order: vendor extras and unknown ones.
    pub extras: Vec<Extra<'a>>,
}

/// What is to be embedded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmbeddingsInput<'a> {
    /// Texts, each with a vector of its own.
    Texts(Vec<Cow<'a, str>>),
    /// Texts as tokens of the model's own tokeniser.
    Tokens(Vec<Vec<u64>>),
}

/// Vectors, in the order of the inputs.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbeddingsResponse {
    /// The model that the upstream says has answered.
    pub model: Option<String>,
    /// One vector for each input. Doubles, so that each decimal of the upstream's survives.
    pub vectors: Vec<Vec<f64>>,
    /// Input tokens, where the upstream counts them.
    pub input_tokens: Option<u64>,
}
