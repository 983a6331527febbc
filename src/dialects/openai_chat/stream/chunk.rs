//! One chunk of a stream, written without an intermediate value: this runs once a token.

use super::super::wire::{
    Annotation, AnswerContext, ExtraContent, Image, Logprobs, ThinkingBlock, Usage,
};
use super::super::{call_id, json, vendor};
use crate::chat::{self, VendorPart};

/// How the head of every chunk ends.
const CHOICES: &[u8] = br#","choices":["#;

/// Writes chunks that all begin the same.
#[derive(Debug)]
pub(super) struct ChunkWriter {
    /// Everything up to the opening bracket of `choices`.
    head: Vec<u8>,
    /// Where in it the tier has its place.
    tier_at: usize,
    /// Everything after the closing bracket of `choices`.
    tail: &'static [u8],
    legacy_functions: bool,
}

/// What a chunk adds to a choice.
pub(super) enum Delta<'a> {
    /// The answer begins; its content is empty or `null`.
    Role { has_content: bool },
    /// Text.
    Content(&'a str),
    /// Text of a refusal.
    Refusal(&'a str),
    /// Text of the reasoning.
    Reasoning(&'a str),
    /// A whole block of reasoning, to be replayed.
    ThinkingBlock(ThinkingBlock<'a>),
    /// A tool call begins.
    ToolCall {
        index: u32,
        id: &'a str,
        name: &'a str,
        signature: Option<&'a str>,
    },
    /// A fragment of a tool call's arguments.
    Arguments { index: u32, text: &'a str },
    /// A call of a custom tool begins.
    CustomCall {
        index: u32,
        id: &'a str,
        name: &'a str,
    },
    /// More of the text that it is called with.
    CustomInput { index: u32, text: &'a str },
    /// A function call in the old form begins.
    FunctionCall { name: &'a str },
    /// A fragment of its arguments.
    FunctionArguments(&'a str),
    /// A citation.
    Annotation(Annotation<'a>),
    /// What only a vendor has words for.
    Vendor {
        name: &'a str,
        part: &'a VendorPart<'a>,
        place: u32,
    },
    /// A picture.
    Image(Image<'a>),
    /// Speech begins.
    Speech { id: &'a str },
    /// More of the speech.
    Samples(&'a str),
    /// The speech is over.
    SpeechEnd { expires_at: u64 },
    /// The proof that belongs to the text.
    Signature(&'a str),
}

impl<'a> Delta<'a> {
    /// As a client of `functions` knows it. It can take one call: the request has asked for no
    /// more, and those of a model that does not listen are left out.
    fn in_old_form(self) -> Option<Delta<'a>> {
        match self {
            Self::ToolCall { index: 0, name, .. } => Some(Self::FunctionCall { name }),
            Self::Arguments { index: 0, text } => Some(Self::FunctionArguments(text)),
            Self::ToolCall { .. } | Self::Arguments { .. } => None,
            other => Some(other),
        }
    }
}

impl ChunkWriter {
    pub(super) fn new(id: Option<&str>, model: Option<&str>, context: &AnswerContext) -> Self {
        let mut head = br#"data: {"id":"#.to_vec();
        json::write(id.unwrap_or(&context.id), &mut head);
        head.extend_from_slice(br#","object":"chat.completion.chunk","created":"#);
        json::write(&context.created, &mut head);
        head.extend_from_slice(br#","model":"#);
        json::write(model.unwrap_or(&context.model), &mut head);
        let tier_at = head.len();
        head.extend_from_slice(CHOICES);
        let tail: &[u8] = match context.include_usage {
            true => b"],\"usage\":null}\n\n",
            false => b"]}\n\n",
        };
        Self {
            head,
            tier_at,
            tail,
            legacy_functions: context.legacy_functions,
        }
    }

    /// From now on chunks tell the tier.
    pub(super) fn set_service_tier(&mut self, tier: &str) {
        self.head.truncate(self.tier_at);
        self.head.extend_from_slice(br#","service_tier":"#);
        json::write(tier, &mut self.head);
        self.head.extend_from_slice(CHOICES);
    }

    /// A chunk that adds to a choice.
    pub(super) fn delta(&self, choice: u32, delta: Delta<'_>, out: &mut Vec<u8>) {
        let delta = match self.legacy_functions {
            true => delta.in_old_form(),
            false => Some(delta),
        };
        let Some(delta) = delta else {
            return;
        };
        self.open(choice, out);
        out.push(b'{');
        write_delta(&delta, out);
        out.push(b'}');
        out.extend_from_slice(br#","logprobs":null,"finish_reason":null"#);
        self.close(out);
    }

    /// A chunk that tells how likely the text so far was.
    pub(super) fn logprobs(&self, choice: u32, tokens: &[chat::TokenLogprob], out: &mut Vec<u8>) {
        self.open(choice, out);
        member(br#"{},"logprobs":"#, &Logprobs::from(tokens), out);
        out.extend_from_slice(br#","finish_reason":null"#);
        self.close(out);
    }

    /// The last chunk of a choice.
    pub(super) fn finish(&self, choice: u32, reason: &str, out: &mut Vec<u8>) {
        self.open(choice, out);
        out.extend_from_slice(b"{}");
        out.extend_from_slice(br#","logprobs":null,"finish_reason":"#);
        json::write(reason, out);
        self.close(out);
    }

    /// The chunk that tells the usage and belongs to no choice, with the cost in US dollars where that
    /// is known.
    pub(super) fn usage(&self, usage: &chat::Usage, cost: Option<&str>, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.head);
        out.extend_from_slice(br#"],"usage":"#);
        json::write(&Usage::from(usage), out);
        if let Some(cost) = cost {
            // Inside the object that was just closed.
            out.pop();
            out.extend_from_slice(br#","cost":"#);
            out.extend_from_slice(cost.as_bytes());
            out.push(b'}');
        }
        out.extend_from_slice(b"}\n\n");
    }

    fn open(&self, choice: u32, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.head);
        out.extend_from_slice(br#"{"index":"#);
        json::write(&choice, out);
        out.extend_from_slice(br#","delta":"#);
    }

    fn close(&self, out: &mut Vec<u8>) {
        out.push(b'}');
        out.extend_from_slice(self.tail);
    }
}

fn write_delta(delta: &Delta<'_>, out: &mut Vec<u8>) {
    match delta {
        Delta::Role { has_content: true } => {
            out.extend_from_slice(br#""role":"assistant","content":"","refusal":null"#);
        }
        Delta::Role { has_content: false } => {
            out.extend_from_slice(br#""role":"assistant","content":null,"refusal":null"#);
        }
        Delta::Content(text) => member(br#""content":"#, *text, out),
        Delta::Refusal(text) => member(br#""refusal":"#, *text, out),
        Delta::Reasoning(text) => member(br#""reasoning_content":"#, *text, out),
        Delta::ThinkingBlock(block) => member(br#""thinking_blocks":"#, &[block], out),
        Delta::Annotation(annotation) => member(br#""annotations":"#, &[annotation], out),
        Delta::Vendor { name, part, place } => vendor::delta(name, part, *place, out),
        Delta::Image(image) => member(br#""images":"#, &[image], out),
        Delta::Speech { id } => {
            member(br#""audio":{"id":"#, *id, out);
            out.extend_from_slice(br#","transcript":""}"#);
        }
        Delta::Samples(base64) => {
            member(br#""audio":{"data":"#, *base64, out);
            out.push(b'}');
        }
        Delta::SpeechEnd { expires_at } => {
            member(br#""audio":{"expires_at":"#, expires_at, out);
            out.push(b'}');
        }
        Delta::Signature(signature) => {
            member(br#""extra_content":"#, &ExtraContent::new(signature), out);
        }
        call => write_call(call, out),
    }
}

/// What belongs to a call.
fn write_call(delta: &Delta<'_>, out: &mut Vec<u8>) {
    match delta {
        Delta::ToolCall {
            index,
            id,
            name,
            signature,
        } => {
            member(br#""tool_calls":[{"index":"#, index, out);
            member(br#","id":"#, &*call_id::join(id, *signature), out);
            member(br#","type":"function","function":{"name":"#, *name, out);
            out.extend_from_slice(br#","arguments":""}"#);
            if let Some(signature) = signature {
                member(br#","extra_content":"#, &ExtraContent::new(signature), out);
            }
            out.extend_from_slice(b"}]");
        }
        Delta::CustomCall { index, id, name } => {
            member(br#""tool_calls":[{"index":"#, index, out);
            member(br#","id":"#, *id, out);
            member(br#","type":"custom","custom":{"name":"#, *name, out);
            out.extend_from_slice(br#","input":""}}]"#);
        }
        Delta::CustomInput { index, text } => {
            member(br#""tool_calls":[{"index":"#, index, out);
            member(br#","custom":{"input":"#, *text, out);
            out.extend_from_slice(b"}}]");
        }
        Delta::FunctionCall { name } => {
            member(br#""function_call":{"name":"#, *name, out);
            out.extend_from_slice(br#","arguments":""}"#);
        }
        Delta::FunctionArguments(text) => {
            member(br#""function_call":{"arguments":"#, *text, out);
            out.push(b'}');
        }
        Delta::Arguments { index, text } => {
            member(br#""tool_calls":[{"index":"#, index, out);
            member(br#","function":{"arguments":"#, *text, out);
            out.extend_from_slice(b"}}]");
        }
        _ => {}
    }
}

fn member<T: serde::Serialize + ?Sized>(name: &[u8], value: &T, out: &mut Vec<u8>) {
    out.extend_from_slice(name);
    json::write(value, out);
}
