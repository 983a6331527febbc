//! What a request asks, without its dialect.

use serde_json::Value;

use super::tokens;

#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) asked: Asked,
    pub(crate) tools: Vec<Tool>,
    pub(crate) choice: Choice,
    pub(crate) parallel_calls: bool,
    pub(crate) format: Format,
    pub(crate) stop: Vec<String>,
    pub(crate) max_tokens: Option<u64>,
    pub(crate) reasoning: bool,
    /// Visible characters of all texts of the conversation. White space is left out:
    /// it differs between dialects, where one joins texts that another keeps apart.
    pub(crate) letters: u64,
    /// Images and other media of the whole conversation.
    pub(crate) media: u64,
}

/// The last turn.
#[derive(Debug, Clone)]
pub(crate) enum Asked {
    User {
        text: String,
        attachments: Vec<Attachment>,
    },
    ToolResults(Vec<String>),
}

/// Something other than text in the last turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attachment {
    /// `image`, `document`, `clip`.
    pub(crate) noun: &'static str,
    /// Media type and size, or the URL.
    pub(crate) details: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) kind: ToolKind,
    pub(crate) schema: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ToolKind {
    /// Takes a JSON object.
    Function,
    /// Takes free text.
    Custom,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Choice {
    Auto,
    None,
    Required,
    Named(String),
}

#[derive(Debug, Clone)]
pub(crate) enum Format {
    Text,
    JsonObject,
    Schema(Value),
}

/// What an image or another medium counts as.
const TOKENS_OF_A_MEDIUM: u64 = 85;
const LETTERS_OF_A_TOKEN: u64 = 4;

impl Question {
    /// The tool that must be called, if one must.
    pub(crate) fn forced_tool(&self) -> Option<&Tool> {
        match &self.choice {
            Choice::Auto | Choice::None => None,
            Choice::Required => self.tools.first(),
            Choice::Named(name) => self.tools.iter().find(|tool| &tool.name == name),
        }
    }

    pub(crate) fn callable_tools(&self) -> &[Tool] {
        match self.choice {
            Choice::None => &[],
            _ => &self.tools,
        }
    }

    pub(crate) fn prompt_tokens(&self) -> u64 {
        let tools: u64 = self
            .tools
            .iter()
            .map(|tool| tokens::letters(&tool.name) + tokens::letters(&tool.description))
            .sum();
        (self.letters + tools).div_ceil(LETTERS_OF_A_TOKEN) + self.media * TOKENS_OF_A_MEDIUM
    }
}

/// The plain answer: what came in, said back.
pub(crate) fn describe(text: &str, attachments: &[Attachment]) -> String {
    let mut parts = Vec::new();
    for noun in ["image", "document", "clip"] {
        let details: Vec<&str> = attachments
            .iter()
            .filter(|attachment| attachment.noun == noun)
            .map(|attachment| attachment.details.as_str())
            .collect();
        if let Some(plural) = plural(details.len()) {
            parts.push(format!(
                "I see {} {noun}{plural}: {}.",
                details.len(),
                details.join(", ")
            ));
        }
    }
    if !text.is_empty() || parts.is_empty() {
        parts.push(format!("You said: {text}"));
    }
    parts.join(" ")
}

fn plural(count: usize) -> Option<&'static str> {
    match count {
        0 => None,
        1 => Some(""),
        _ => Some("s"),
    }
}

/// `image/png, 68 bytes`, the size being that of the decoded data.
pub(crate) fn media_details(media_type: &str, base64: &str) -> String {
    let padding = base64
        .bytes()
        .rev()
        .take_while(|&byte| byte == b'=')
        .count();
    let size = (base64.len() / 4 * 3).saturating_sub(padding);
    format!("{media_type} ({size} bytes)")
}

impl Attachment {
    pub(crate) fn data(noun: &'static str, media_type: &str, base64: &str) -> Self {
        Self {
            noun,
            details: media_details(media_type, base64),
        }
    }

    pub(crate) fn link(noun: &'static str, url: &str) -> Self {
        Self {
            noun,
            details: url.to_owned(),
        }
    }
}
