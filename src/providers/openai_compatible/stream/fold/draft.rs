//! The parts of an answer, as the chunks bring them.

use serde_json::{Map, Value, json};

use super::join::{Size, join, replace};
use crate::chat::Error;
use crate::providers::openai_compatible::stream::choices::LIMIT as MAX_CHOICES;

/// An answer so far.
pub(super) struct Draft {
    /// Fields of the answer itself; the last word of each counts.
    answer: Map<String, Value>,
    /// The choices with their indexes.
    choices: Vec<(u64, Choice)>,
    size: Size,
}

#[derive(Default)]
struct Choice {
    message: Map<String, Value>,
    /// What stands beside the message.
    rest: Map<String, Value>,
}

impl Draft {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            answer: Map::new(),
            choices: Vec::new(),
            size: Size::new(limit),
        }
    }

    /// The error that says so, if the answer is.
    pub(super) fn too_large(&self) -> Option<Error> {
        let limit = self.size.limit();
        let message = || format!("The provider's answer is larger than {limit} bytes.");
        self.size.is_over().then(|| Error::upstream(message()))
    }

    /// Adds a chunk.
    pub(super) fn add(&mut self, chunk: Map<String, Value>) {
        for (name, value) in chunk {
            match (name.as_str(), value) {
                ("choices", Value::Array(choices)) => {
                    for (place, choice) in (0..).zip(choices) {
                        self.add_choice(place, choice);
                    }
                }
                // `obfuscation` hides the lengths of OpenAI's chunks.
                ("choices" | "object" | "obfuscation", _) | (_, Value::Null) => {}
                (_, value) => replace(&mut self.answer, name, value, &mut self.size),
            }
        }
    }

    fn add_choice(&mut self, place: u64, choice: Value) {
        let Value::Object(choice) = choice else {
            return;
        };
        let index = choice.get("index").and_then(Value::as_u64).unwrap_or(place);
        let known = self.choices.iter().position(|(own, _)| *own == index);
        if known.is_none() && self.choices.len() < MAX_CHOICES {
            self.choices.push((index, Choice::default()));
        }
        let mut choices = self.choices.iter_mut();
        if let Some((_, draft)) = choices.find(|(own, _)| *own == index) {
            draft.add(choice, &mut self.size);
        }
    }

    /// The whole answer, as JSON: what OpenAI's have, in its order, then what the vendor adds.
    pub(super) fn into_answer(mut self) -> Vec<u8> {
        self.choices.sort_by_key(|(index, _)| *index);
        let choices: Vec<Value> = self.choices.into_iter().map(whole_choice).collect();
        let mut rest = self.answer;
        rest.insert("object".to_owned(), json!("chat.completion"));
        rest.insert("choices".to_owned(), choices.into());
        let mut answer = Map::new();
        for name in ["id", "object", "created", "model", "choices", "usage"] {
            if let Some(value) = rest.shift_remove(name) {
                answer.insert(name.to_owned(), value);
            }
        }
        answer.extend(rest);
        Value::Object(answer).to_string().into_bytes()
    }
}

impl Choice {
    fn add(&mut self, choice: Map<String, Value>, size: &mut Size) {
        for (name, value) in choice {
            match (name.as_str(), value) {
                ("delta", Value::Object(delta)) => join("delta", &mut self.message, delta, size),
                ("index" | "delta", _) => {}
                ("logprobs", Value::Object(more)) => {
                    let delta = Map::from_iter([(name, more.into())]);
                    join("choice", &mut self.rest, delta, size);
                }
                (_, Value::Null) => drop(self.rest.entry(name).or_insert(Value::Null)),
                (_, value) => replace(&mut self.rest, name, value, size),
            }
        }
    }
}

fn whole_choice((index, draft): (u64, Choice)) -> Value {
    let Choice { mut message, rest } = draft;
    number_no_calls(&mut message);
    let role = message.shift_remove("role");
    let content = message.shift_remove("content");
    let mut whole = Map::new();
    whole.insert(
        "role".to_owned(),
        role.unwrap_or_else(|| "assistant".into()),
    );
    whole.insert("content".to_owned(), content.unwrap_or_default());
    whole.extend(message);
    let mut choice = Map::new();
    choice.insert("index".to_owned(), index.into());
    choice.insert("message".to_owned(), whole.into());
    choice.extend(rest);
    // A stream that has ended well without saying why.
    if !choice.get("finish_reason").is_some_and(Value::is_string) {
        choice.insert("finish_reason".to_owned(), "stop".into());
    }
    choice.into()
}

/// Whole calls carry no index.
fn number_no_calls(message: &mut Map<String, Value>) {
    let Some(Value::Array(calls)) = message.get_mut("tool_calls") else {
        return;
    };
    for call in calls {
        if let Value::Object(call) = call {
            call.shift_remove("index");
        }
    }
}
