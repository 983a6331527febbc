//! Anything at all, in both directions.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::Value;
use tidegate::framing::Frame;
use tidegate::providers::Recall;

use crate::decoded::Observer;
use crate::golden::{fixture, fixtures};
use crate::suite::anthropic;
use crate::suite::requests::build::{assistant, call, plain, target, user, with};

/// Arguments as models write them: JSON, almost JSON, and anything else.
fn arguments() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ \\n]*[\\[{\"0-9tfn\\\\:,}\\]]{0,12}[ \\n]*",
        r#"\{("[a-z]{0,3}":("[^"\\]{0,4}"|-?[0-9]{1,3}|null|\[\]|\{\}),?){0,3}\}?"#,
    ]
}

/// Events of every type with fields of every type.
fn event() -> impl Strategy<Value = String> {
    let kind = prop_oneof![
        Just("message_start"),
        Just("content_block_start"),
        Just("content_block_delta"),
        Just("content_block_stop"),
        Just("message_delta"),
        Just("message_stop"),
        Just("ping"),
        Just("error"),
        Just("news"),
    ];
    let inner = prop_oneof![
        Just(r#"{"type":"text","text":"a"}"#),
        Just(r#"{"type":"tool_use","id":"a","name":"b","input":{}}"#),
        Just(r#"{"type":"thinking","thinking":"","signature":"s"}"#),
        Just(r#"{"type":"redacted_thinking","data":"d"}"#),
        Just(r#"{"type":"server_tool_use","id":"a","name":"b","input":{}}"#),
        Just(r#"{"type":"text_delta","text":"é"}"#),
        Just(r#"{"type":"input_json_delta","partial_json":"{"}"#),
        Just(r#"{"type":"signature_delta","signature":"s"}"#),
        Just(r#"{"type":"thinking_delta","thinking":"t"}"#),
        Just(r#"{"type":"citations_delta","citation":{"url":"u"}}"#),
        Just(r#"{"stop_reason":"refusal","stop_details":{"explanation":"no"}}"#),
        Just(r#"{"id":"m","usage":{"input_tokens":3,"output_tokens":18446744073709551615}}"#),
        Just("null"),
        Just("7"),
    ];
    (kind, 0..3_u8, inner.clone(), inner).prop_map(|(kind, index, first, second)| {
        format!(
            r#"{{"type":"{kind}","index":{index},"delta":{first},"content_block":{second},"message":{first},"usage":null}}"#
        )
    })
}

/// Decodes frames; the observer checks the grammar.
fn decode_frames<'a>(frames: impl IntoIterator<Item = Frame<'a>>) {
    let mut observer = Observer::default();
    let mut decoder = anthropic().decoder(Recall::default());
    for frame in frames {
        decoder.frame(frame, &mut observer);
    }
    decoder.end(&mut observer);
}

proptest! {
    #[test]
    fn arguments_in_the_history_become_an_object(arguments in arguments()) {
        let request = with(plain(), |request| {
            request.messages = vec![user("Hi"), assistant("", vec![call("a", &arguments)])];
        });
        let outgoing = anthropic().request(&request, &target("claude-haiku-4-5")).unwrap();
        let body: Value = serde_json::from_slice(&outgoing.body).unwrap();
        let input = &body["messages"][1]["content"][0]["input"];
        prop_assert!(input.is_object(), "{input}");
        if let Ok(object @ Value::Object(_)) = serde_json::from_str(&arguments) {
            prop_assert_eq!(input, &object);
        }
    }

    #[test]
    fn any_text_arrives_unchanged(text in "\\PC{0,8}[a-z]\\PC{0,8}") {
        let request = with(plain(), |request| request.messages = vec![user(&text)]);
        let outgoing = anthropic().request(&request, &target("claude-haiku-4-5")).unwrap();
        let body: Value = serde_json::from_slice(&outgoing.body).unwrap();
        prop_assert_eq!(&body["messages"][0]["content"][0]["text"], &Value::from(text));
    }

    #[test]
    fn any_frames_are_read_by_the_grammar(
        frames in vec((option::of(vec(any::<u8>(), 0..8)), vec(any::<u8>(), 0..40)), 0..8),
    ) {
        decode_frames(frames.iter().map(|(event, data)| Frame { event: event.as_deref(), data }));
    }

    #[test]
    fn any_events_are_read_by_the_grammar(events in vec(event(), 0..24)) {
        let first = r#"{"type":"message_start","message":{"id":"m"}}"#;
        let frames = std::iter::once(first).chain(events.iter().map(String::as_str));
        decode_frames(frames.map(|data| Frame { event: None, data: data.as_bytes() }));
    }

    #[test]
    fn damaged_streams_are_read_by_the_grammar(
        name in proptest::sample::select(fixtures("anthropic/streams", ".sse")),
        at in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let body = fixture(&format!("anthropic/streams/{name}.sse"));
        let mut frames: Vec<Vec<u8>> = body
            .lines()
            .filter_map(|line| line.strip_prefix("data:"))
            .map(|data| data.trim().as_bytes().to_vec())
            .collect();
        if let Some(frame) = frames.len().checked_sub(1).map(|_| at.index(frames.len())) {
            let place = at.index(frames[frame].len());
            frames[frame][place] = byte;
        }
        decode_frames(frames.iter().map(|data| Frame { event: None, data }));
    }

    #[test]
    fn any_body_is_an_answer_or_an_error(
        status in any::<u16>(),
        body in prop_oneof![vec(any::<u8>(), 0..60), event().prop_map(String::into_bytes)],
    ) {
        if let Err(error) = anthropic().response(&body, &Recall::default()) {
            prop_assert!((400..600).contains(&error.status));
        }
        let error = anthropic().error(status, &body);
        prop_assert!((400..600).contains(&error.status));
        prop_assert!(!error.message.is_empty());
    }
}
