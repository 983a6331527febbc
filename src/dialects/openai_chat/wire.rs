//! The shapes that whole answers and streams have in common.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::chat::{self, FinishReason, signature};
use crate::pricing::Bill;

/// What the client is told where the upstream says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnswerContext {
    /// Id of the answer, `chatcmpl-…`.
    pub id: String,
    /// Unix time in seconds.
    pub created: u64,
    /// The model that was asked for.
    pub model: String,
    /// Whether the client wants usage at the end of its stream.
    pub include_usage: bool,
    /// What the request costs, to be told with the usage; `None` where nobody knows.
    pub bill: Option<Bill>,
    /// Whether the client speaks of `functions`, as was done before November 2023: it knows of one
    /// `function_call` and of no `tool_calls`.
    pub legacy_functions: bool,
    /// Names of the client's custom tools: their calls have a text instead of arguments.
    pub custom_tools: BTreeSet<String>,
}

/// Token counts in OpenAI's terms: totals that include the details.
#[derive(Serialize)]
pub(super) struct Usage {
    prompt_tokens: u64,
    completion_tokens: u64,
    total_tokens: u64,
    prompt_tokens_details: PromptDetails,
    completion_tokens_details: CompletionDetails,
}

#[derive(Serialize)]
struct PromptDetails {
    cached_tokens: u64,
    cache_write_tokens: u64,
    audio_tokens: u64,
}

#[derive(Serialize)]
struct CompletionDetails {
    reasoning_tokens: u64,
    audio_tokens: u64,
    accepted_prediction_tokens: u64,
    rejected_prediction_tokens: u64,
}

impl From<&chat::Usage> for Usage {
    fn from(usage: &chat::Usage) -> Self {
        Self {
            prompt_tokens: usage.total_input(),
            completion_tokens: usage.total_output(),
            total_tokens: usage.total(),
            prompt_tokens_details: PromptDetails {
                cached_tokens: usage.cache_read,
                cache_write_tokens: usage.cache_write(),
                audio_tokens: usage.audio_input,
            },
            completion_tokens_details: CompletionDetails {
                reasoning_tokens: usage.reasoning,
                audio_tokens: usage.audio_output,
                accepted_prediction_tokens: 0,
                rejected_prediction_tokens: 0,
            },
        }
    }
}

/// A citation; in a stream it has an index, without which the SDK's accumulator fails
/// (openai-python 3.52.0, `lib/streaming/_deltas.py`, 2026-11-21).
#[derive(Serialize)]
pub(super) struct Annotation<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u32>,
    #[serde(rename = "type")]
    kind: &'static str,
    url_citation: UrlCitation<'a>,
}

#[derive(Serialize)]
struct UrlCitation<'a> {
    start_index: usize,
    end_index: usize,
    title: &'a str,
    url: &'a str,
}

impl<'a> Annotation<'a> {
    pub(super) fn new(annotation: &'a chat::Annotation, index: Option<u32>) -> Self {
        Self {
            index,
            kind: "url_citation",
            url_citation: UrlCitation {
                start_index: annotation.start,
                end_index: annotation.end,
                title: &annotation.title,
                url: &annotation.url,
            },
        }
    }
}

/// A block of reasoning that the client must give back unchanged, in LiteLLM's shape.
#[derive(Serialize)]
pub(super) struct ThinkingBlock<'a> {
    /// As in [`Annotation`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) index: Option<u32>,
    #[serde(flatten)]
    pub(super) content: Thinking<'a>,
}

#[derive(Serialize)]
#[serde(tag = "type")]
pub(super) enum Thinking<'a> {
    #[serde(rename = "thinking")]
    Readable {
        thinking: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        signature: Option<&'a str>,
    },
    #[serde(rename = "redacted_thinking")]
    Redacted { data: &'a str },
}

impl<'a> From<&'a chat::Reasoning<'_>> for Thinking<'a> {
    fn from(reasoning: &'a chat::Reasoning<'_>) -> Self {
        match reasoning {
            chat::Reasoning::Thinking { text, signature } => Self::Readable {
                thinking: text,
                signature: signature.as_deref(),
            },
            chat::Reasoning::Redacted { data } => Self::Redacted { data },
        }
    }
}

/// A picture that the model has made, in OpenRouter's shape: OpenAI's API has none for it.
#[derive(Serialize)]
pub(super) struct Image<'a> {
    /// As in [`Annotation`].
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u32>,
    #[serde(rename = "type")]
    kind: &'static str,
    image_url: ImageUrl<'a>,
}

#[derive(Serialize)]
struct ImageUrl<'a> {
    url: DataUrl<'a>,
}

struct DataUrl<'a> {
    media_type: &'a str,
    base64: &'a str,
}

impl Serialize for DataUrl<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!(
            "data:{};base64,{}",
            self.media_type, self.base64
        ))
    }
}

impl<'a> Image<'a> {
    pub(super) fn new(media_type: &'a str, base64: &'a str, index: Option<u32>) -> Self {
        let url = DataUrl { media_type, base64 };
        Self {
            index,
            kind: "image_url",
            image_url: ImageUrl { url },
        }
    }
}

/// A signature beside what it belongs to, where Google's own OpenAI endpoint has it, with its
/// maker, which Google's endpoint has no word for.
#[derive(Serialize)]
pub(super) struct ExtraContent<'a> {
    google: Google<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tidegate: Option<Issuer<'a>>,
}

#[derive(Serialize)]
struct Google<'a> {
    thought_signature: &'a str,
}

#[derive(Serialize)]
struct Issuer<'a> {
    issuer: &'a str,
}

impl<'a> ExtraContent<'a> {
    pub(super) fn new(signature: &'a str) -> Self {
        let (issuer, thought_signature) = signature::split(signature);
        Self {
            google: Google { thought_signature },
            tidegate: issuer.map(|issuer| Issuer { issuer }),
        }
    }
}

/// How likely the tokens of a text were.
#[derive(Serialize)]
pub(super) struct Logprobs<'a> {
    content: Vec<TokenLogprob<'a>>,
    refusal: Option<()>,
}

#[derive(Serialize)]
struct TokenLogprob<'a> {
    #[serde(flatten)]
    token: Token<'a>,
    top_logprobs: Vec<Token<'a>>,
}

#[derive(Serialize)]
struct Token<'a> {
    token: &'a str,
    logprob: f64,
    bytes: Option<&'a [u8]>,
}

impl<'a> From<&'a [chat::TokenLogprob]> for Logprobs<'a> {
    fn from(tokens: &'a [chat::TokenLogprob]) -> Self {
        let one = |one: &'a chat::TokenLogprob| TokenLogprob {
            token: Token::new(&one.token, one.logprob),
            top_logprobs: one
                .top
                .iter()
                .map(|top| Token::new(&top.token, top.logprob))
                .collect(),
        };
        Self {
            content: tokens.iter().map(one).collect(),
            refusal: None,
        }
    }
}

impl<'a> Token<'a> {
    /// A token that is a part of a character comes as the replacement character: its bytes are not
    /// known.
    fn new(token: &'a str, logprob: f64) -> Self {
        let is_whole = !token.contains(char::REPLACEMENT_CHARACTER);
        Self {
            token,
            logprob,
            bytes: is_whole.then_some(token.as_bytes()),
        }
    }
}

/// What a client of `functions` is told in place of [`FinishReason::ToolCalls`].
const FUNCTION_CALL: &str = "function_call";

/// The value of `finish_reason`.
pub(super) fn finish_reason(reason: FinishReason, context: &AnswerContext) -> &'static str {
    match reason {
        FinishReason::ToolCalls if context.legacy_functions => FUNCTION_CALL,
        other => other.as_str(),
    }
}

/// Id of the speech in an answer.
pub(super) fn audio_id(context: &AnswerContext) -> String {
    let id = context.id.as_str();
    format!("audio_{}", id.strip_prefix("chatcmpl-").unwrap_or(id))
}

/// A call without arguments has an empty object of them: clients parse the text.
pub(super) const NO_ARGUMENTS: &str = "{}";
