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
    /// Thinking is signed but not shown.
    pub(super) omit_thinking: bool,
}

pub(super) fn form(request: &Value) -> Form {
    Form {
        model: text(request, "model").to_owned(),
        stream: request.get("stream") == Some(&Value::Bool(true)),
        omit_thinking: request.pointer("/thinking/display").and_then(Value::as_str)
            == Some("omitted"),
    }
}

pub(super) fn question(request: &Value) -> Question {
    let messages = list(request, "messages");
    let thinking = request.pointer("/thinking/type").and_then(Value::as_str);
    let choice = request.get("tool_choice").unwrap_or(&Value::Null);
    Question {
        asked: asked(messages),
        tools: list(request, "tools").iter().filter_map(tool).collect(),
        choice: match text(choice, "type") {
            "none" => Choice::None,
            "any" => Choice::Required,
            "tool" => Choice::Named(text(choice, "name").to_owned()),
            _ => Choice::Auto,
        },
        parallel_calls: choice.get("disable_parallel_tool_use") != Some(&Value::Bool(true)),
        format: match request.pointer("/output_config/format/schema") {
            Some(schema) => Format::Schema(schema.clone()),
            None => Format::Text,
        },
        stop: list(request, "stop_sequences")
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        max_tokens: request.get("max_tokens").and_then(Value::as_u64),
        reasoning: matches!(thinking, Some("enabled" | "adaptive")),
        letters: letters(request.get("system"))
            + messages
                .iter()
                .map(|message| letters(message.get("content")))
                .sum::<u64>(),
        media: messages
            .iter()
            .map(|message| media(message.get("content")))
            .sum(),
    }
}

/// The last turn: everything that the user has said since the model or a tool spoke,
/// or, when that is nothing, the results of the tools.
fn asked(messages: &[Value]) -> Asked {
    let start = messages
        .iter()
        .rposition(|message| text(message, "role") == "assistant");
    let turn = messages
        .get(start.map_or(0, |index| index + 1)..)
        .unwrap_or_default();
    let blocks: Vec<&Value> = turn
        .iter()
        .filter(|message| text(message, "role") == "user")
        .flat_map(content)
        .collect();
    let is_result = |block: &&Value| text(block, "type") == "tool_result";
    let after = blocks
        .iter()
        .rposition(is_result)
        .map_or(0, |index| index + 1);
    let said = blocks.get(after..).unwrap_or_default();
    if after > 0 && said.is_empty() {
        let results = blocks.iter().filter(|block| is_result(block));
        return Asked::ToolResults(results.map(|block| texts(block.get("content"))).collect());
    }
    Asked::User {
        text: said
            .iter()
            .filter_map(|block| block_text(block))
            .collect::<Vec<_>>()
            .join("\n"),
        attachments: said.iter().filter_map(|block| attachment(block)).collect(),
    }
}

/// The blocks of a message; a bare text stands for itself.
fn content(message: &Value) -> Vec<&Value> {
    match message.get("content") {
        Some(Value::Array(blocks)) => blocks.iter().collect(),
        Some(text) => vec![text],
        None => Vec::new(),
    }
}

fn block_text(block: &Value) -> Option<&str> {
    block.as_str().or_else(|| block.get("text")?.as_str())
}

/// All texts of a content, one a line.
fn texts(content: Option<&Value>) -> String {
    match content {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(blocks)) => blocks
            .iter()
            .filter_map(block_text)
            .collect::<Vec<_>>()
            .join("\n"),
        _ => String::new(),
    }
}

fn attachment(block: &Value) -> Option<Attachment> {
    let noun = match text(block, "type") {
        "image" => "image",
        "document" => "document",
        _ => return None,
    };
    let source = block.get("source")?;
    Some(match text(source, "type") {
        "base64" => Attachment::data(noun, text(source, "media_type"), text(source, "data")),
        "text" => {
            let details = format!("text/plain ({} bytes)", text(source, "data").len());
            Attachment { noun, details }
        }
        "url" => Attachment::link(noun, text(source, "url")),
        _ => Attachment::link(noun, text(source, "file_id")),
    })
}

/// Visible characters, thinking aside: it does not come back to other vendors.
fn letters(content: Option<&Value>) -> u64 {
    match content {
        Some(Value::String(text)) => tokens::letters(text),
        Some(Value::Array(blocks)) => blocks.iter().map(block_letters).sum(),
        _ => 0,
    }
}

fn block_letters(block: &Value) -> u64 {
    match text(block, "type") {
        "text" => tokens::letters(text(block, "text")),
        "tool_use" => {
            let input = block
                .get("input")
                .map(ToString::to_string)
                .unwrap_or_default();
            tokens::letters(text(block, "name")) + tokens::letters(&input)
        }
        "tool_result" | "search_result" => letters(block.get("content")),
        _ => 0,
    }
}

fn media(content: Option<&Value>) -> u64 {
    let blocks = content.and_then(Value::as_array).into_iter().flatten();
    blocks
        .map(|block| u64::from(attachment(block).is_some()) + media(block.get("content")))
        .sum()
}

/// Tools of the client; those of the server are never called.
fn tool(tool: &Value) -> Option<Tool> {
    Some(Tool {
        name: text(tool, "name").to_owned(),
        description: text(tool, "description").to_owned(),
        kind: ToolKind::Function,
        schema: tool
            .get("input_schema")
            .cloned()
            .or_else(|| (text(tool, "type") == "custom").then(|| json!({"type": "object"})))?,
    })
}
