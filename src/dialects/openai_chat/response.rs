//! From a whole [`Response`] to the client's body.

use std::borrow::Cow;

use serde::Serialize;

use super::vendor::Member;
use super::wire::{
    Annotation, AnswerContext, ExtraContent, Image, Logprobs, NO_ARGUMENTS, ThinkingBlock, Usage,
    finish_reason,
};
use super::{call_id, json, wire};
use crate::chat::{self, Choice, Reasoning, Response, ToolCall};

/// Writes the body of an answer.
pub fn encode(response: &Response, context: &AnswerContext) -> Vec<u8> {
    let choices = response.choices.iter();
    let body = Body {
        id: response.id.as_deref().unwrap_or(&context.id),
        object: "chat.completion",
        created: context.created,
        model: response.model.as_deref().unwrap_or(&context.model),
        choices: choices.map(|one| choice(one, context)).collect(),
        usage: Usage::from(&response.usage),
        service_tier: response.service_tier.as_deref(),
    };
    let mut out = Vec::with_capacity(1024);
    json::write(&body, &mut out);
    out
}

#[derive(Serialize)]
struct Body<'a> {
    id: &'a str,
    object: &'static str,
    created: u64,
    model: &'a str,
    choices: Vec<WireChoice<'a>>,
    usage: Usage,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_tier: Option<&'a str>,
}

#[derive(Serialize)]
struct WireChoice<'a> {
    index: u32,
    message: Message<'a>,
    logprobs: Option<Logprobs<'a>>,
    finish_reason: &'static str,
}

/// Members that only some answers have are left out of the others, as OpenAI does.
#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_content: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    thinking_blocks: Vec<ThinkingBlock<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    function_call: Option<Function<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<WireToolCall<'a>>,
    refusal: Option<&'a str>,
    annotations: Vec<Annotation<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    images: Vec<Image<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audio: Option<Audio<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extra_content: Option<ExtraContent<'a>>,
    #[serde(flatten)]
    vendor: Member,
}

/// Speech. Nothing is stored that could be asked for by its id later.
#[derive(Serialize)]
struct Audio<'a> {
    id: String,
    data: &'a str,
    expires_at: u64,
    transcript: &'static str,
}

#[derive(Serialize)]
struct WireToolCall<'a> {
    id: Cow<'a, str>,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    function: Option<Function<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom: Option<Custom<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extra_content: Option<ExtraContent<'a>>,
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    arguments: &'a str,
}

#[derive(Serialize)]
struct Custom<'a> {
    name: &'a str,
    input: &'a str,
}

fn choice<'a>(choice: &'a Choice, context: &AnswerContext) -> WireChoice<'a> {
    let calls = choice.tool_calls.as_slice();
    let (legacy, calls) = match context.legacy_functions {
        true => (calls.first().map(function), Default::default()),
        false => (None, calls),
    };
    let annotations = choice.annotations.iter();
    WireChoice {
        index: choice.index,
        message: Message {
            role: "assistant",
            content: choice.text.as_deref(),
            reasoning_content: reasoning_text(&choice.reasoning),
            thinking_blocks: thinking_blocks(&choice.reasoning),
            function_call: legacy,
            tool_calls: calls.iter().map(|call| tool_call(call, context)).collect(),
            refusal: choice.refusal.as_deref(),
            annotations: annotations.map(|a| Annotation::new(a, None)).collect(),
            vendor: Member::of(choice.vendor.as_ref()),
            images: choice.images.iter().map(image).collect(),
            audio: choice.audio.as_deref().map(|data| audio(data, context)),
            extra_content: choice.signature.as_deref().map(ExtraContent::new),
        },
        logprobs: choice.logprobs.as_deref().map(Logprobs::from),
        finish_reason: finish_reason(choice.finish_reason, context),
    }
}

fn image(image: &chat::Image) -> Image<'_> {
    Image::new(&image.media_type, &image.base64, None)
}

fn audio<'a>(data: &'a str, context: &AnswerContext) -> Audio<'a> {
    Audio {
        id: wire::audio_id(context),
        data,
        expires_at: context.created,
        transcript: "",
    }
}

fn reasoning_text(reasoning: &[Reasoning<'_>]) -> Option<String> {
    let text: String = reasoning
        .iter()
        .filter_map(|reasoning| match reasoning {
            Reasoning::Thinking { text, .. } => Some(&**text),
            Reasoning::Redacted { .. } => None,
        })
        .collect();
    Some(text).filter(|text| !text.is_empty())
}

/// Only what must come back unchanged; the rest is text.
fn thinking_blocks<'a>(reasoning: &'a [Reasoning<'_>]) -> Vec<ThinkingBlock<'a>> {
    let unsigned = |reasoning: &&Reasoning<'_>| {
        matches!(
            reasoning,
            Reasoning::Thinking {
                signature: None,
                ..
            }
        )
    };
    reasoning
        .iter()
        .filter(|reasoning| !unsigned(reasoning))
        .map(|reasoning| ThinkingBlock {
            index: None,
            content: reasoning.into(),
        })
        .collect()
}

fn tool_call<'a>(call: &'a ToolCall<'_>, context: &AnswerContext) -> WireToolCall<'a> {
    let is_custom = context.custom_tools.contains(&*call.name);
    let custom = || Custom {
        name: &call.name,
        input: &call.arguments,
    };
    WireToolCall {
        id: call_id::join(&call.id, call.signature.as_deref()),
        kind: if is_custom { "custom" } else { "function" },
        function: (!is_custom).then(|| function(call)),
        custom: is_custom.then(custom),
        extra_content: call.signature.as_deref().map(ExtraContent::new),
    }
}

fn function<'a>(call: &'a ToolCall<'_>) -> Function<'a> {
    Function {
        name: &call.name,
        arguments: match &*call.arguments {
            "" => NO_ARGUMENTS,
            arguments => arguments,
        },
    }
}

#[cfg(test)]
mod tests;
