use serde::{Deserialize, Serialize};

/// What a request asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// The next turn of a conversation.
    #[default]
    Chat,
    /// Vectors of texts.
    Embeddings,
}
