//! From a judged request to the question it asks and the form of its answer.

use serde_json::{Value, json};

use crate::simulate::answer::{
    Asked, Attachment, Choice, Format, Question, Tool, ToolKind, tokens,
};
use crate::simulate::json::{list, text};

/// How the answer is to be written.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) model: String,
    pub(super) stream: bool,
    pub(super) include_usage: bool,
    pub(super) obfuscate: bool,
    pub(super) choices: u64,
    pub(super) logprobs: Option<u64>,
    pub(super) service_tier: &'static str,
    /// The request names `functions`, as before there were tools.
    pub(super) legacy_functions: bool,
}

pub(super) fn form(request: &Value) -> Form {
    let flag = |pointer: &str| request.pointer(pointer).and_then(Value::as_bool);
    let logprobs = (flag("/logprobs") == Some(true)).then(|| {
        request
            .get("top_logprobs")
            .and_then(Value::as_u64)
            .unwrap_or(0)
    });
    Form {
        model: text(request, "model").to_owned(),
        stream: flag("/stream").unwrap_or(false),
        include_usage: flag("/stream_options/include_usage").unwrap_or(false),
        obfuscate: flag("/stream_options/include_obfuscation").unwrap_or(true),
        choices: request.get("n").and_then(Value::as_u64).unwrap_or(1),
        logprobs,
        service_tier: match request.get("service_tier").and_then(Value::as_str) {
            Some("flex") => "flex",
            Some("priority" | "fast") => "priority",
            _ => "default",
        },
        legacy_functions: request.get("functions").is_some(),
    }
}

pub(super) fn question(request: &Value) -> Question {
    let messages = list(request, "messages");
    let (tools, choice) = tools(request);
    Question {
        asked: asked(messages),
        tools,
        choice,
        parallel_calls: request.get("parallel_tool_calls") != Some(&Value::Bool(false))
            && request.get("functions").is_none(),
        format: format(request),
        stop: stop(request),
        max_tokens: ["max_completion_tokens", "max_tokens"]
            .iter()
            .find_map(|name| request.get(*name).and_then(Value::as_u64)),
        reasoning: request
            .get("reasoning_effort")
            .and_then(Value::as_str)
            .is_some_and(|effort| effort != "none"),
        letters: messages.iter().map(letters).sum(),
        media: messages.iter().map(media).sum(),
    }
}

/// The last turn: tool results if they come last, else everything that the user has
/// said since the model or a tool spoke.
fn asked(messages: &[Value]) -> Asked {
    let is_result = |message: &&Value| matches!(text(message, "role"), "tool" | "function");
    if messages.last().is_some_and(|message| is_result(&message)) {
        let results = messages.iter().rev().take_while(is_result);
        let mut results: Vec<String> = results.map(content_text).collect();
        results.reverse();
        return Asked::ToolResults(results);
    }
    let spoke =
        |message: &Value| matches!(text(message, "role"), "assistant" | "tool" | "function");
    let start = messages
        .iter()
        .rposition(spoke)
        .map_or(0, |index| index + 1);
    let turn = messages.get(start..).unwrap_or_default();
    let users = || {
        turn.iter()
            .filter(|message| text(message, "role") == "user")
    };
    Asked::User {
        text: users()
            .map(content_text)
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join("\n"),
        attachments: users()
            .flat_map(|message| list(message, "content"))
            .filter_map(attachment)
            .collect(),
    }
}

/// The texts of a message, one a line.
fn content_text(message: &Value) -> String {
    match message.get("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            let texts = parts.iter().filter_map(|part| part.get("text")?.as_str());
            texts
                .filter(|text| !text.is_empty())
                .collect::<Vec<_>>()
                .join("\n")
        }
        _ => String::new(),
    }
}

fn attachment(part: &Value) -> Option<Attachment> {
    if let Some(url) = part.pointer("/image_url/url").and_then(Value::as_str) {
        return Some(linked("image", url));
    }
    if let Some(file) = part.get("file") {
        let data = text(file, "file_data");
        return Some(match data.is_empty() {
            true => Attachment::link("document", text(file, "file_id")),
            false => linked("document", data),
        });
    }
    let audio = part.get("input_audio")?;
    let media_type = format!("audio/{}", text(audio, "format"));
    Some(Attachment::data("clip", &media_type, text(audio, "data")))
}

fn linked(noun: &'static str, url: &str) -> Attachment {
    let data = url
        .strip_prefix("data:")
        .and_then(|data| data.split_once(";base64,"));
    match data {
        // Other APIs have no other name for it.
        Some(("image/jpg", data)) => Attachment::data(noun, "image/jpeg", data),
        Some((media_type, data)) => Attachment::data(noun, media_type, data),
        None => Attachment::link(noun, url),
    }
}

fn letters(message: &Value) -> u64 {
    let calls = list(message, "tool_calls").iter();
    let calls = calls.filter_map(|call| call.get("function").or_else(|| call.get("custom")));
    let calls = calls.chain(message.get("function_call")).map(|function| {
        let input = text(function, "arguments");
        // Whatever its spelling, the same arguments count the same.
        let input =
            serde_json::from_str::<Value>(input).map_or(input.to_owned(), |json| json.to_string());
        tokens::letters(text(function, "name"))
            + tokens::letters(&input)
            + tokens::letters(text(function, "input"))
    });
    tokens::letters(&content_text(message)) + calls.sum::<u64>()
}

fn media(message: &Value) -> u64 {
    let count = list(message, "content")
        .iter()
        .filter_map(attachment)
        .count();
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// The tools that may be used, and whether one must be.
fn tools(request: &Value) -> (Vec<Tool>, Choice) {
    if request.get("functions").is_some() {
        return functions(request);
    }
    let mut tools: Vec<Tool> = list(request, "tools").iter().filter_map(tool).collect();
    let choice = match request.get("tool_choice") {
        Some(Value::String(choice)) => match choice.as_str() {
            "none" => Choice::None,
            "required" => Choice::Required,
            _ => Choice::Auto,
        },
        Some(choice) => match choice.get("allowed_tools") {
            Some(allowed) => {
                let names: Vec<&str> = list(allowed, "tools").iter().filter_map(name).collect();
                tools.retain(|tool| names.contains(&tool.name.as_str()));
                if text(allowed, "mode") == "required" {
                    Choice::Required
                } else {
                    Choice::Auto
                }
            }
            None => name(choice).map_or(Choice::Auto, |name| Choice::Named(name.to_owned())),
        },
        None => Choice::Auto,
    };
    (tools, choice)
}

/// The same before there were tools.
fn functions(request: &Value) -> (Vec<Tool>, Choice) {
    let functions = list(request, "functions").iter();
    let functions = functions.map(|function| define(ToolKind::Function, function));
    let choice = match request.get("function_call") {
        Some(Value::String(choice)) if choice == "none" => Choice::None,
        Some(named @ Value::Object(_)) => Choice::Named(text(named, "name").to_owned()),
        _ => Choice::Auto,
    };
    (functions.collect(), choice)
}

fn tool(tool: &Value) -> Option<Tool> {
    match tool.get("function") {
        Some(function) => Some(define(ToolKind::Function, function)),
        None => Some(define(ToolKind::Custom, tool.get("custom")?)),
    }
}

fn define(kind: ToolKind, definition: &Value) -> Tool {
    let schema = definition.get("parameters").cloned();
    Tool {
        name: text(definition, "name").to_owned(),
        description: text(definition, "description").to_owned(),
        kind,
        schema: schema.unwrap_or_else(|| json!({"type": "object"})),
    }
}

fn name(choice: &Value) -> Option<&str> {
    let named = choice.get("function").or_else(|| choice.get("custom"))?;
    named.get("name")?.as_str()
}

fn format(request: &Value) -> Format {
    let Some(format) = request.get("response_format") else {
        return Format::Text;
    };
    match (text(format, "type"), format.pointer("/json_schema/schema")) {
        ("json_object", _) => Format::JsonObject,
        ("json_schema", Some(schema)) => Format::Schema(schema.clone()),
        _ => Format::Text,
    }
}

fn stop(request: &Value) -> Vec<String> {
    match request.get("stop") {
        Some(Value::String(stop)) => vec![stop.clone()],
        Some(Value::Array(stops)) => stops
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}
