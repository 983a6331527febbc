use std::borrow::Cow;

use serde_json::value::RawValue;

/// A function that the model may call.
#[derive(Debug, Clone)]
pub struct Tool<'a> {
    /// Name, `[A-Za-z0-9_-]{1,64}`.
    pub name: Cow<'a, str>,
    /// What it does.
    pub description: Option<Cow<'a, str>>,
    /// JSON schema of its arguments: the client's bytes, so that key order survives.
    pub parameters: Option<&'a RawValue>,
    /// Whether the arguments must match the schema exactly.
    pub strict: Option<bool>,
    /// Extension `cache_control`.
    pub cache_control: Option<&'a RawValue>,
    /// Extension `anthropic`: what only Anthropic understands of this tool.
    pub anthropic: Option<&'a RawValue>,
}

/// Which tools the model may or must call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToolChoice<'a> {
    /// The model decides.
    Auto,
    /// No tool.
    None,
    /// At least one tool.
    Required,
    /// This tool.
    Function(Cow<'a, str>),
    /// One of these tools, as if only they had been given.
    Allowed {
        /// Whether one of them must be called.
        required: bool,
        /// Names of the tools.
        names: Vec<Cow<'a, str>>,
    },
}

/// A call that the model made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCall<'a> {
    /// Id that the result must name.
    pub id: Cow<'a, str>,
    /// Name of the tool.
    pub name: Cow<'a, str>,
    /// The arguments as JSON text; a model may have written invalid JSON. In an answer that calls a
    /// custom tool, the bare text that it is called with.
    pub arguments: Cow<'a, str>,
    /// The provider's opaque proof of how it came to this call, to be replayed with it (Gemini's
    /// thought signature), see [`signature`](super::signature).
    pub signature: Option<Cow<'a, str>>,
}

/// A tool that is no function: it means something to some providers only.
#[derive(Debug, Clone)]
pub struct OtherTool<'a> {
    /// Its `type`.
    pub kind: Cow<'a, str>,
    /// Name by which the model calls it and the client runs it: a custom tool's. Other tools are
    /// run by the provider.
    pub name: Option<Cow<'a, str>>,
    /// Its place in `tools`.
    pub index: usize,
    /// All of it, as the client wrote it.
    pub json: &'a RawValue,
}
