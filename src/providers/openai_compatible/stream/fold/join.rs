//! Joining what chunks bring, as OpenAI's SDK does (openai-python 3.52.0, `_deltas.py`), but for one
//! thing: only texts that come in pieces are appended to one another. Of a text of the vendor's own,
//! such as a name that each chunk repeats, the last one counts. Elements of lists are joined by
//! their `index`; those without are appended.

use serde_json::{Map, Value};

/// Elements of one list; further ones are left out.
const MAX_ELEMENTS: usize = 16 * 1024;

/// Texts that come in pieces, wherever in a delta they are.
const PIECES: &[&str] = &[
    "arguments",
    "content",
    "data",
    "input",
    "reasoning",
    "reasoning_content",
    "refusal",
    "summary",
    "text",
    "transcript",
];

/// What a value takes beside its text, in bytes.
const VALUE: usize = 16;

/// How large an answer is, about, and may be.
pub(super) struct Size {
    bytes: usize,
    limit: usize,
}

impl Size {
    pub(super) fn new(limit: usize) -> Self {
        Self { bytes: 0, limit }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    pub(super) fn is_over(&self) -> bool {
        self.bytes > self.limit
    }

    /// Counts what is to be kept; says whether it may be.
    fn takes(&mut self, bytes: usize) -> bool {
        self.bytes = self.bytes.saturating_add(bytes);
        !self.is_over()
    }

    fn gives(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

/// Adds what a chunk says of the object of this name.
pub(super) fn join(
    object: &str,
    whole: &mut Map<String, Value>,
    delta: Map<String, Value>,
    size: &mut Size,
) {
    for (name, more) in delta {
        match (whole.get_mut(&name), more) {
            (Some(_), Value::Null) => {}
            (None, Value::Null) if object == "delta" => {}
            (Some(Value::String(text)), Value::String(more)) if is_piece(object, &name) => {
                if size.takes(more.len()) {
                    text.push_str(&more);
                }
            }
            (Some(Value::Object(own)), Value::Object(more)) => join(&name, own, more, size),
            (Some(Value::Array(own)), Value::Array(more)) => join_lists(&name, own, more, size),
            (_, more) => replace(whole, name, more, size),
        }
    }
}

/// Sets a field, whatever it was before.
pub(super) fn replace(whole: &mut Map<String, Value>, name: String, value: Value, size: &mut Size) {
    size.gives(whole.get(&name).map_or(0, weight));
    if size.takes(weight(&value)) {
        whole.insert(name, value);
    }
}

fn join_lists(name: &str, own: &mut Vec<Value>, more: Vec<Value>, size: &mut Size) {
    for element in more {
        let has_room = own.len() < MAX_ELEMENTS;
        let known = own.iter_mut().find(|known| is_same(known, &element));
        match (known, element) {
            (Some(Value::Object(known)), Value::Object(element)) => {
                join(name, known, element, size);
            }
            (_, element) if has_room && size.takes(weight(&element)) => own.push(element),
            _ => {}
        }
    }
}

/// Whether two elements are pieces of one: pieces of reasoning of different types may share an
/// index (OpenRouter).
fn is_same(known: &Value, element: &Value) -> bool {
    let index = known.get("index").filter(|index| index.is_u64());
    let types = (known.get("type"), element.get("type"));
    let is_other = matches!(types, (Some(known), Some(other)) if known != other);
    index.is_some() && index == element.get("index") && !is_other
}

fn is_piece(object: &str, name: &str) -> bool {
    PIECES.contains(&name) || (object == "function" && name == "name")
}

/// Bytes that a value takes, about.
fn weight(value: &Value) -> usize {
    let inside = match value {
        Value::String(text) => text.len(),
        Value::Array(elements) => elements.iter().map(weight).sum(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| name.len().saturating_add(weight(value)))
            .sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    };
    inside.saturating_add(VALUE)
}
