//! What an error body says, whatever its shape.

use serde_json::{Map, Value};

/// Longest text that is taken from a body that is not JSON.
const TEXT_LIMIT: usize = 300;

/// The parts of an error, as the vendor told them.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Told {
    pub(super) message: Option<String>,
    /// The error's `type`.
    pub(super) kind: Option<String>,
    pub(super) param: Option<String>,
    pub(super) code: Option<Code>,
    /// What else the error object holds: `metadata`, `failed_generation`, `innererror` …
    pub(super) extras: Map<String, Value>,
    /// The body is what OpenAI itself could have sent.
    pub(super) is_openai_shaped: bool,
}

/// A machine-readable code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Code {
    /// A word.
    Word(String),
    /// A number, mostly the HTTP status (OpenRouter, vLLM).
    Number(u64),
}

/// Reads an error body.
pub(super) fn read(body: &[u8]) -> Told {
    match serde_json::from_slice(body) {
        Ok(Value::Object(envelope)) => from_envelope(envelope),
        // Google's compatible endpoint sends a list of one.
        Ok(Value::Array(list)) => match list.into_iter().next() {
            Some(Value::Object(envelope)) => unshaped(from_envelope(envelope)),
            _ => Told::default(),
        },
        Ok(Value::String(text)) => message(text),
        Ok(_) => Told::default(),
        Err(_) => from_text(body),
    }
}

fn from_envelope(mut envelope: Map<String, Value>) -> Told {
    match envelope.remove("error") {
        // OpenRouter's `user_id` names the account of the gateway's operator.
        Some(Value::Object(object)) if envelope.contains_key("user_id") => {
            unshaped(from_object(object))
        }
        Some(Value::Object(object)) => from_object(object),
        // xAI, Together, Ollama's native API: the error is a sentence, the code stands beside it.
        Some(Value::String(text)) => Told {
            code: code(envelope.get("code")),
            ..message(text)
        },
        _ => from_flat(envelope),
    }
}

/// OpenAI's error object, or one much like it.
fn from_object(mut object: Map<String, Value>) -> Told {
    let is_openai_shaped = has_openai_types(&object);
    Told {
        message: take_string(&mut object, "message"),
        kind: take_string(&mut object, "type"),
        param: take_string(&mut object, "param"),
        code: code(object.remove("code").as_ref()),
        is_openai_shaped,
        extras: object,
    }
}

fn has_openai_types(object: &Map<String, Value>) -> bool {
    let is_text = |name| object.get(name).is_some_and(Value::is_string);
    let is_text_or_null = |name| {
        object
            .get(name)
            .is_none_or(|value: &Value| value.is_null() || value.is_string())
    };
    is_text("message") && is_text("type") && is_text_or_null("param") && is_text_or_null("code")
}

/// Shapes without an `error`: the object itself is the error (Mistral, older vLLM), or `fault`
/// (Fireworks' edge), or `detail` (whatever runs on FastAPI).
fn from_flat(mut object: Map<String, Value>) -> Told {
    if let Some(Value::Object(fault)) = object.get("fault") {
        return from_fault(fault);
    }
    if let Some(detail) = object.get("detail").and_then(from_detail) {
        return detail;
    }
    // Mistral may have its validation errors in `message` instead of a sentence.
    if let Some(detail) = object.get("message").and_then(|m| m.get("detail")) {
        return from_detail(detail).unwrap_or_default();
    }
    object.remove("object");
    unshaped(from_object(object))
}

fn from_fault(fault: &Map<String, Value>) -> Told {
    let errorcode = fault.get("detail").and_then(|d| d.get("errorcode"));
    Told {
        message: string(fault.get("faultstring")),
        code: code(errorcode),
        ..Told::default()
    }
}

fn from_detail(detail: &Value) -> Option<Told> {
    match detail {
        Value::String(text) => Some(message(text.clone())),
        Value::Array(list) => list.first().map(|first| Told {
            message: string(first.get("msg")),
            param: first.get("loc").and_then(location),
            ..Told::default()
        }),
        _ => None,
    }
}

/// `["body", "messages", 0, "content"]` → `messages[0].content`.
fn location(loc: &Value) -> Option<String> {
    let mut path = String::new();
    let steps = loc.as_array()?.iter();
    for step in steps.skip_while(|step| step.as_str() == Some("body")) {
        match step {
            Value::String(name) if path.is_empty() => path.push_str(name),
            Value::String(name) => path.extend([".", name]),
            Value::Number(index) => path.push_str(&format!("[{index}]")),
            _ => return None,
        }
    }
    (!path.is_empty()).then_some(path)
}

/// A body that is no JSON: its first line, unless it is a page for a browser.
fn from_text(body: &[u8]) -> Told {
    let Ok(text) = std::str::from_utf8(body) else {
        return Told::default();
    };
    let line = text.trim().lines().next().unwrap_or_default();
    if line.is_empty() || line.starts_with('<') {
        return Told::default();
    }
    message(line.chars().take(TEXT_LIMIT).collect())
}

fn message(text: String) -> Told {
    Told {
        message: Some(text),
        ..Told::default()
    }
}

fn unshaped(told: Told) -> Told {
    Told {
        is_openai_shaped: false,
        ..told
    }
}

fn code(value: Option<&Value>) -> Option<Code> {
    match value? {
        Value::String(word) => match word.parse() {
            Ok(number) => Some(Code::Number(number)),
            Err(_) => Some(Code::Word(word.clone())),
        },
        Value::Number(number) => number.as_u64().map(Code::Number),
        _ => None,
    }
}

fn take_string(object: &mut Map<String, Value>, name: &str) -> Option<String> {
    match object.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

fn string(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).map(str::to_owned)
}
