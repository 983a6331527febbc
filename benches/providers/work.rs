//! What is measured of each provider: its own part of a request, of an answer, of an event.
//!
//! The prompt is the same for all, and so are the words of the answer. Reading the client's body is
//! not part of it: it is the same for all of them too, and measured by `benches/native`.

use std::collections::BTreeMap;
use std::hint::black_box;

use serde_json::json;
use tidegate::chat::Request;
use tidegate::dialects::openai_chat::{self as dialect, AnswerContext};
use tidegate::providers::{
    Native, Options, REGISTRY, Recall, ResponseStream, TargetOptions, UnknownFields,
};
use tidegate::transcode::Transcode;

use crate::texts::{self, TOKEN, Texts};
use crate::wire::frame;

/// What is measured, in the order of the columns.
pub(crate) const OPERATIONS: [&str; 3] = ["request", "answer", "event"];

/// One round of an operation, ready to be repeated.
pub(crate) type Round = Box<dyn FnMut()>;

/// All providers with a wire format of their own.
pub(crate) fn kinds() -> Vec<&'static str> {
    let native = REGISTRY
        .iter()
        .filter(|provider| provider.native().is_some());
    native.map(|provider| provider.kind).collect()
}

/// Makes one round of an operation.
pub(crate) fn operation(kind: &str, operation: &str) -> Round {
    let native = native(kind);
    let texts =
        texts::of(kind).unwrap_or_else(|| panic!("no texts for {kind}: add some to texts.rs"));
    match operation {
        "request" => request(native, &texts),
        "answer" => answer(native, &texts),
        _ => event(native, &texts),
    }
}

fn native(kind: &str) -> &'static dyn Native {
    let provider = tidegate::providers::find(kind).unwrap();
    provider
        .native()
        .unwrap_or_else(|| panic!("{kind} has no format of its own"))
}

fn request(native: &'static dyn Native, texts: &Texts) -> Round {
    let prompt: &'static [u8] = Vec::leak(prompt());
    let request: Request<'static> = dialect::parse(prompt).unwrap();
    let model = texts.model;
    let pairs = texts.options.iter();
    let options = Options(
        pairs
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect::<BTreeMap<_, _>>(),
    );
    Box::new(move || {
        let target = TargetOptions {
            model,
            unknown_fields: UnknownFields::Pass,
            strict: false,
            default_max_tokens: None,
            options: &options,
        };
        black_box(native.request(black_box(&request), &target).unwrap());
    })
}

fn answer(native: &'static dyn Native, texts: &Texts) -> Round {
    let body = texts.answer.to_string().into_bytes();
    let told = native.response(&body, &Recall::default()).unwrap();
    let text = told.choices.first().and_then(|choice| choice.text.clone());
    assert_eq!(text, Some(texts::answer_text()), "all say the same");
    Box::new(move || {
        let response = native
            .response(black_box(&body), &Recall::default())
            .unwrap();
        black_box(dialect::encode(&response, &context()));
    })
}

fn event(native: &'static dyn Native, texts: &Texts) -> Round {
    let framing = native.framing();
    let framed = |(name, data): &(&str, _)| frame(framing, name, data);
    let opening: Vec<u8> = texts.opening.iter().flat_map(framed).collect();
    let event = framed(&texts.event);
    let mut stream = Transcode::new(framing, native.decoder(Recall::default()), context());
    let mut out = Vec::new();
    stream.push(&opening, &mut out);
    stream.push(&event, &mut out);
    let told = String::from_utf8(std::mem::take(&mut out)).unwrap();
    assert!(told.contains(TOKEN), "an event is told: {told}");
    Box::new(move || {
        out.clear();
        stream.push(black_box(&event), &mut out);
        assert!(!out.is_empty());
        black_box(&out);
    })
}

fn context() -> AnswerContext {
    AnswerContext {
        id: "chatcmpl-req_0123456789abcdef00000000".to_owned(),
        created: 1_795_255_200,
        model: "asked-for".to_owned(),
        include_usage: false,
        legacy_functions: false,
        ..AnswerContext::default()
    }
}

/// A conversation with tools, as agents have them.
fn prompt() -> Vec<u8> {
    let question = "Explain what one place for keys, limits and accounting is worth. ".repeat(6);
    let parameters = json!({"type": "object", "properties": {"city": {"type": "string"},
        "days": {"type": "integer"}}, "required": ["city"]});
    let tool = |name: &str| {
        json!({"type": "function", "function": {
        "name": name, "description": "Says how warm it is.", "parameters": parameters}})
    };
    let call = json!({"id": "call_1", "type": "function",
        "function": {"name": "get_weather", "arguments": "{\"city\":\"Bern\"}"}});
    let body = json!({
        "model": "smart",
        "messages": [
            {"role": "system", "content": "You are a concise and friendly assistant."},
            {"role": "user", "content": question},
            {"role": "assistant", "content": null, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call_1", "content": "21 °C, sunny"},
            {"role": "user", "content": "And tomorrow?"},
        ],
        "tools": [tool("get_weather"), tool("get_forecast")],
        "max_tokens": 256,
        "temperature": 0.2,
    });
    body.to_string().into_bytes()
}
