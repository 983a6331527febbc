//! What Azure's content filter says in a stream.
//!
//! Its first chunk has no choice, and `id`, `model` and `object` are empty (recorded). SDKs take the
//! answer's id from the first chunk, and strict clients fail on it; so its findings are held until
//! the answer begins, and stand there as they do in an answer that is not streamed. A filter that
//! runs asynchronously reports in chunks of the same emptiness, which also lack `delta`
//! (learn.microsoft.com, "Content streaming", checked 2026-11-25); these get the answer's own head.

use serde_json::{Map, Value, json};

use crate::providers::openai_compatible::preset::{AnswerQuirk, Preset};
use crate::providers::openai_compatible::wire::Answer;

/// What is remembered.
#[derive(Default)]
pub(super) struct Filter {
    /// What was found in the prompt, and has not been told.
    prompt: Option<String>,
    head: Option<Head>,
}

/// What all chunks of the answer begin with.
struct Head {
    id: String,
    created: u64,
    model: String,
}

impl Filter {
    /// Takes a chunk that tells of the prompt and of nothing else.
    pub(super) fn takes(&mut self, answer: &Answer<'_>, preset: &Preset) -> bool {
        let Some(found) = answer.prompt_filter_results else {
            return false;
        };
        let is_alone = preset.has(AnswerQuirk::PromptFilter) && answer.choices().is_empty();
        if is_alone {
            self.prompt = Some(found.to_owned());
        }
        is_alone
    }

    /// The answer begins with this chunk.
    pub(super) fn begin(&mut self, answer: &Answer<'_>, preset: &Preset) {
        if preset.has(AnswerQuirk::LateFilter) {
            let owned = |text: Option<&str>| text.unwrap_or_default().to_owned();
            self.head = Some(Head {
                id: owned(answer.id.as_deref()),
                created: answer.created.unwrap_or(0),
                model: owned(answer.model.as_deref()),
            });
        }
    }

    pub(super) fn has_something_to_say(&self) -> bool {
        self.prompt.is_some()
    }

    /// Tells what has been held, and fills in what is empty.
    pub(super) fn repair(&mut self, chunk: &mut Map<String, Value>) {
        if let Some(found) = self.prompt.take()
            && let Ok(found) = serde_json::from_str(&found)
        {
            chunk.insert("prompt_filter_results".to_owned(), found);
        }
        if let Some(head) = &self.head {
            fill(chunk, "id", || json!(head.id));
            fill(chunk, "object", || json!("chat.completion.chunk"));
            fill(chunk, "created", || json!(head.created));
            fill(chunk, "model", || json!(head.model));
        }
    }
}

fn fill(chunk: &mut Map<String, Value>, name: &str, value: impl FnOnce() -> Value) {
    let is_empty = match chunk.get(name) {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Number(number)) => number.as_u64() == Some(0),
        Some(_) => false,
    };
    if is_empty {
        chunk.insert(name.to_owned(), value());
    }
}
