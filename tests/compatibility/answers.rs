//! What is read of every provider's answers: of the fixtures of a provider with a format of its
//! own, and of an answer as OpenAI's look-alikes give it.

use serde_json::{Value, json};
use tidegate::providers::Provider;

use crate::exchange::{Answer, Outcome, ask};
use crate::probes::request;
use crate::{event_stream, files};

/// A feature of answers.
pub(crate) struct Shown {
    /// Its column.
    pub(crate) name: &'static str,
    /// Names of fixtures that show it.
    fixtures: &'static [&'static str],
    /// Whether the client's answer has it.
    has: fn(&Value) -> bool,
}

const fn shown(
    name: &'static str,
    fixtures: &'static [&'static str],
    has: fn(&Value) -> bool,
) -> Shown {
    Shown {
        name,
        fixtures,
        has,
    }
}

const REASONING: &[&str] = &["reasoning", "thinking"];

pub(crate) const SHOWN: &[Shown] = &[
    shown("text", &["text"], |answer| {
        !message(answer)["content"].is_null()
    }),
    shown("tool calls", &["parallel_tools"], |answer| {
        calls(answer) > 1
    }),
    shown("reasoning", REASONING, |answer| {
        message(answer)["reasoning_content"].is_string()
    }),
    shown("signatures", REASONING, |answer| is_signed(message(answer))),
    shown("token counts", &["text"], |answer| {
        answer["usage"]["total_tokens"].as_u64() > Some(0)
    }),
    shown("cached tokens", &["cached_usage"], |answer| {
        answer["usage"]["prompt_tokens_details"]["cached_tokens"].as_u64() > Some(0)
    }),
    shown("reasoning tokens", REASONING, |answer| {
        answer["usage"]["completion_tokens_details"]["reasoning_tokens"].as_u64() > Some(0)
    }),
    shown("log probabilities", &["logprobs"], |answer| {
        answer["choices"][0]["logprobs"].is_object()
    }),
];

/// What must come back with reasoning, wherever a provider's has its place.
fn is_signed(message: &Value) -> bool {
    let text = message.to_string();
    [
        "\"signature\"",
        "\"thought_signature\"",
        "\"encrypted_content\"",
        "redacted_thinking",
    ]
    .iter()
    .any(|mark| text.contains(mark))
}

fn message(answer: &Value) -> &Value {
    &answer["choices"][0]["message"]
}

fn calls(answer: &Value) -> usize {
    message(answer)["tool_calls"].as_array().map_or(0, Vec::len)
}

/// Whether a client sees it in an answer of this provider.
pub(crate) fn sees(provider: &Provider, model: &str, shown: &Shown) -> bool {
    let has = |body: Vec<u8>| {
        let client = client(provider, model, false, "application/json", body);
        serde_json::from_slice(&client).is_ok_and(|answer| (shown.has)(&answer))
    };
    match provider.native() {
        None => ["reasoning", "reasoning_content"]
            .into_iter()
            .any(|name| has(everything(name))),
        _ => fixture(provider, "answers", shown.fixtures).is_some_and(has),
    }
}

/// Whether a client sees the end of a stream of this provider.
pub(crate) fn streams(provider: &Provider, model: &str) -> bool {
    let (content_type, body) = match provider.native() {
        Some(native) => {
            let Some(body) = fixture(provider, "streams", &["text"]) else {
                return false;
            };
            (native.framing().media_type(), body)
        }
        None => ("text/event-stream", CHUNKS.into()),
    };
    let client = client(provider, model, true, content_type, body);
    client.ends_with(b"data: [DONE]\n\n")
}

fn client(
    provider: &Provider,
    model: &str,
    stream: bool,
    content_type: &'static str,
    body: Vec<u8>,
) -> Vec<u8> {
    let answer = Answer { content_type, body };
    let request = request(&json!({"stream": stream}));
    match ask(
        provider.kind,
        model,
        "/v1/chat/completions",
        &request,
        &answer,
    ) {
        Outcome::Sent(sent) => sent.client,
        Outcome::Refused(_) => panic!("{}: a plain request is refused", provider.kind),
    }
}

/// The first of these fixtures that there is.
fn fixture(provider: &Provider, folder: &str, names: &[&str]) -> Option<Vec<u8>> {
    let folder = format!("tests/fixtures/{}/{folder}", provider.kind);
    let files = match files::exists(&folder) {
        true => files::list(&folder),
        false => Vec::new(),
    };
    let is_one = |file: &&String| {
        let (name, ending) = file.split_once('.').unwrap_or((file, ""));
        names.contains(&name) && !matches!(ending, "events" | "client.json")
    };
    let file = files.iter().find(is_one)?;
    let bytes = files::read(&format!("{folder}/{file}"));
    // The messages of a stream that is binary on the wire.
    let is_text = file.ends_with(".jsonl");
    Some(match is_text {
        true => event_stream::encode(std::str::from_utf8(&bytes).ok()?),
        false => bytes,
    })
}

/// The shortest stream of OpenAI's format.
const CHUNKS: &str = "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\
    \"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\
    \"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

/// All that an answer of OpenAI's format can have; vendors call reasoning one thing or the other.
fn everything(reasoning: &str) -> Vec<u8> {
    let call = |id: &str| {
        json!({"id": id, "type": "function", "index": 0,
            "function": {"name": "get_weather", "arguments": "{}"}})
    };
    let answer = json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "finish_reason": "tool_calls", "logprobs": {"content": []},
            "message": {"role": "assistant", "content": "Hi", reasoning: "Hm",
                "tool_calls": [call("call_1"), call("call_2")]}}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14,
            "prompt_tokens_details": {"cached_tokens": 4},
            "completion_tokens_details": {"reasoning_tokens": 3}},
    });
    answer.to_string().into_bytes()
}
