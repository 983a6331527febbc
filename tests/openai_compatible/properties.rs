//! Whatever the bytes and however they are cut.

use proptest::collection::vec;
use proptest::prelude::*;
use tidegate::providers::openai_compatible::{self, AnswerOptions, ClientUsage};

use crate::bills::billed;
use crate::golden::streams;
use crate::{pass, pass_with, preset};

const USAGES: [ClientUsage; 3] = [ClientUsage::Hidden, ClientUsage::AtEnd, ClientUsage::AsSent];

#[test]
fn every_stream_gives_the_same_bytes_in_single_bytes() {
    for (kind, name, stream) in streams() {
        for usage in USAGES {
            let whole = pass(kind, usage, [stream.as_slice()]);
            assert!(pass(kind, usage, stream.chunks(1)) == whole, "{name}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_stream_gives_the_same_bytes_however_it_is_cut(
        cuts in vec(0_usize..4000, 0..12),
        usage in prop::sample::select(&USAGES[..]),
    ) {
        for (kind, name, stream) in streams() {
            let whole = pass(kind, usage, [stream.as_slice()]);
            prop_assert!(pass(kind, usage, cut(&stream, &cuts)) == whole, "{}", name);
        }
    }

    #[test]
    fn every_stream_tells_the_same_cost_however_it_is_cut(
        cuts in vec(0_usize..4000, 0..12),
        usage in prop::sample::select(&USAGES[..]),
    ) {
        for (kind, name, stream) in streams() {
            let whole = pass_with(kind, billed(kind, usage), [stream.as_slice()]);
            let again = pass_with(kind, billed(kind, usage), cut(&stream, &cuts));
            prop_assert!(again == whole, "{}", name);
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_make_a_stream_panic_or_succeed_without_an_end(
        pieces in vec(prop::sample::select(PIECES), 0..12),
        cuts in vec(0_usize..400, 0..6),
    ) {
        let stream = pieces.concat();
        let whole = pass("openai_compatible", ClientUsage::AtEnd, [stream.as_slice()]);
        prop_assert!(pass("openai_compatible", ClientUsage::AtEnd, cut(&stream, &cuts)) == whole);
        let client = String::from_utf8_lossy(&whole.0).into_owned();
        let is_done = client.ends_with("data: [DONE]\n\n");
        let is_complete = whole.1.phase == tidegate::providers::Phase::Complete;
        if is_done {
            prop_assert!(is_complete, "{}", client);
        }
    }

    #[test]
    fn no_bytes_make_an_answer_or_an_error_panic(body in vec(any::<u8>(), 0..200), status in 100_u16..600) {
        read_whole("openai_compatible", &body);
        let (error, _) = openai_compatible::error(status, &body);
        prop_assert!((400..600).contains(&error.status));
    }

    #[test]
    fn no_json_makes_an_answer_or_an_error_panic(json in json(), status in 100_u16..600) {
        let body = json.to_string().into_bytes();
        for kind in ["openai", "mistral", "xai", "openai_compatible"] {
            read_whole(kind, &body);
            let event = [b"data: ", body.as_slice(), b"\n\n"].concat();
            pass(kind, ClientUsage::AtEnd, [event.as_slice()]);
        }
        let (error, _) = openai_compatible::error(status, &body);
        prop_assert!((400..600).contains(&error.status));
    }
}

/// Reads an answer, whatever comes of it.
fn read_whole(kind: &str, body: &[u8]) {
    let preset = preset(kind);
    let options = AnswerOptions::new(preset, ClientUsage::Hidden);
    let _ = openai_compatible::whole(preset, body, &options);
}

/// The stream cut at these places, taken modulo its length, with empty chunks between.
fn cut<'a>(stream: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (stream.len() + 1)).collect();
    cuts.sort_unstable();
    let mut chunks = Vec::new();
    let mut from = 0;
    for cut in cuts {
        chunks.push(&stream[from..cut]);
        chunks.push(&[]);
        from = cut;
    }
    chunks.push(&stream[from..]);
    chunks
}

/// What streams are made of, whole and broken.
const PIECES: &[&[u8]] = &[
    b"data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n",
    b"data: {\"choices\":[{\"delta\":{\"reasoning\":\"r\",\"content\":[{\"type\":\"text\",\"text\":\"t\"}]}}]}\r\n\r\n",
    b"data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"id\":\"\",\"function\":{\"arguments\":{}}}]}}]}\n\n",
    b"data:{\"choices\":[{\"delta\":{},\"finish_reason\":\"eos\"}],\"usage\":{\"prompt_tokens\":1}}\n\n",
    b"data: {\"choices\":[],\"usage\":{\"total_tokens\":-1}}\n\n",
    b"data: [DONE]\n\n",
    b"event: error\ndata: {\"message\":\"m\"}\n\n",
    b"data: {\"error\":\"e\"}\n\n",
    b"data: {\"choices\":null}\r\r",
    b": comment\n",
    b"\xef\xbb\xbf",
    b"data: \xff\n\n",
    b"data: {\"choices\":[{\"delta\"",
    b"\r",
    b"\n",
    b"data",
];

/// JSON with the names that answers have, in all the wrong places.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        prop::sample::select(&["", "stop", "error", "assistant", "null"][..]).prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let name = prop::sample::select(NAMES);
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(serde_json::Value::Array),
            vec((name, inner), 0..6).prop_map(|members| {
                let members = members
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value));
                serde_json::Value::Object(members.collect())
            }),
        ]
    })
}

const NAMES: &[&str] = &[
    "id",
    "object",
    "created",
    "model",
    "choices",
    "index",
    "delta",
    "message",
    "role",
    "content",
    "reasoning",
    "tool_calls",
    "function",
    "name",
    "arguments",
    "finish_reason",
    "usage",
    "prompt_tokens",
    "completion_tokens",
    "completion_tokens_details",
    "reasoning_tokens",
    "error",
    "code",
    "type",
    "text",
    "thinking",
    "detail",
    "fault",
    "loc",
    "msg",
    "x_groq",
];
