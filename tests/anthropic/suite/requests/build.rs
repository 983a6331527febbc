//! Short ways to say requests.

use serde_json::value::RawValue;
use tidegate::chat::{
    Extra, Media, MediaSource, Message, Part, Request, ResponseFormat, Sampling, Text, Tool,
    ToolCall,
};
use tidegate::providers::{Options, TargetOptions, UnknownFields};

pub(crate) fn target(model: &str) -> TargetOptions<'_> {
    TargetOptions {
        model,
        unknown_fields: UnknownFields::Pass,
        strict: false,
        default_max_tokens: None,
        options: Options::NONE,
    }
}

pub(crate) fn strict(model: &str) -> TargetOptions<'_> {
    TargetOptions {
        strict: true,
        ..target(model)
    }
}

/// A request for at most 1000 tokens.
pub(crate) fn request(messages: Vec<Message<'_>>) -> Request<'_> {
    Request {
        model: "smart".into(),
        messages,
        tools: Vec::new(),
        other_tools: Vec::new(),
        tool_choice: None,
        parallel_tool_calls: None,
        response_format: ResponseFormat::Text,
        max_output_tokens: Some(1000),
        stop: Vec::new(),
        sampling: Sampling::default(),
        reasoning_effort: None,
        end_user: None,
        end_user_param: "user",
        service_tier: None,
        stream: false,
        include_usage: false,
        extras: Vec::new(),
    }
}

pub(crate) fn plain() -> Request<'static> {
    request(vec![user("Hi")])
}

/// A request with two tools, `weather` and `now`.
pub(crate) fn equipped() -> Request<'static> {
    let city = r#"{"type":"object","properties":{"city":{"type":"string"}}}"#;
    with(plain(), |request| {
        request.tools = vec![tool("weather", Some(city)), tool("now", None)];
    })
}

/// The same request, changed.
pub(crate) fn with<'a>(
    mut request: Request<'a>,
    change: impl FnOnce(&mut Request<'a>),
) -> Request<'a> {
    change(&mut request);
    request
}

pub(crate) fn with_extras(extras: &[(&'static str, &'static str)]) -> Request<'static> {
    let extra = |(name, json): &(&'static str, &'static str)| Extra {
        name: (*name).into(),
        value: raw(json),
    };
    with(plain(), |request| {
        request.extras = extras.iter().map(extra).collect()
    })
}

pub(crate) fn raw(json: &'static str) -> &'static RawValue {
    serde_json::from_str(json).expect("JSON")
}

pub(crate) fn text(text: &str) -> Part<'_> {
    Part::Text(Text {
        text: text.into(),
        cache_control: None,
        anthropic: None,
        signature: None,
    })
}

pub(crate) fn cached(text: &'static str) -> Part<'static> {
    Part::Text(Text {
        text: text.into(),
        cache_control: Some(raw(r#"{"type":"ephemeral","ttl":"1h"}"#)),
        anthropic: None,
        signature: None,
    })
}

pub(crate) fn instructions(said: &str) -> Message<'_> {
    Message::Instructions {
        content: vec![text(said)],
    }
}

pub(crate) fn user(said: &str) -> Message<'_> {
    parts(vec![text(said)])
}

pub(crate) fn parts(content: Vec<Part<'_>>) -> Message<'_> {
    Message::User {
        content,
        name: None,
    }
}

pub(crate) fn assistant<'a>(said: &'a str, tool_calls: Vec<ToolCall<'a>>) -> Message<'a> {
    Message::Assistant {
        content: vec![text(said)],
        reasoning: Vec::new(),
        tool_calls,
        name: None,
        cache_control: None,
        anthropic: None,
    }
}

pub(crate) fn call<'a>(id: &'a str, arguments: &'a str) -> ToolCall<'a> {
    ToolCall {
        id: id.into(),
        name: "weather".into(),
        arguments: arguments.into(),
        signature: None,
    }
}

pub(crate) fn result<'a>(id: &'a str, content: Vec<Part<'a>>) -> Message<'a> {
    Message::Tool {
        tool_call_id: id.into(),
        content,
        is_error: None,
        cache_control: None,
    }
}

pub(crate) fn tool(name: &'static str, parameters: Option<&'static str>) -> Tool<'static> {
    Tool {
        name: name.into(),
        description: Some("Tells".into()),
        parameters: parameters.map(raw),
        strict: None,
        cache_control: None,
        anthropic: None,
    }
}

pub(crate) fn inline(media_type: &'static str, base64: &'static str) -> Media<'static> {
    let media_type = media_type.into();
    let base64 = base64.into();
    medium(MediaSource::Inline { media_type, base64 })
}

pub(crate) fn medium(source: MediaSource<'static>) -> Media<'static> {
    Media {
        source,
        detail: None,
        filename: None,
        cache_control: None,
        anthropic: None,
    }
}
