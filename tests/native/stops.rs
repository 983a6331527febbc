//! Streams that are ended before their provider ends them.

use std::collections::BTreeMap;

use serde_json::Value;
use tidegate::chat::Usage;
use tidegate::dialects::openai_chat::AnswerContext;
use tidegate::providers::{Phase, Recall, ResponseStream};
use tidegate::transcode::Transcode;

use crate::natives;
use crate::streams::streams;

/// Fails unless these are chunks, with one reason for each choice, the counts once, and `[DONE]`.
fn judge(client: &[u8], at: &str) {
    let client = std::str::from_utf8(client).unwrap();
    let events = client.strip_suffix("data: [DONE]\n\n").expect(at);
    let mut reasons: BTreeMap<u64, usize> = BTreeMap::new();
    let mut counts = 0;
    for event in events.split_terminator("\n\n") {
        let Some(data) = event.strip_prefix("data: ") else {
            assert!(event.starts_with(':'), "{at}: {event}");
            continue;
        };
        let chunk: Value = serde_json::from_str(data).expect(at);
        for choice in chunk["choices"].as_array().expect(at) {
            let index = choice["index"].as_u64().expect(at);
            let told = reasons.entry(index).or_default();
            *told += usize::from(choice["finish_reason"].is_string());
        }
        if chunk["usage"].is_object() {
            counts += 1;
            assert_eq!(chunk["usage"]["completion_tokens"], 4, "{at}");
        }
    }
    assert!(reasons.values().all(|told| *told == 1), "{at}: {client}");
    assert_eq!((counts, reasons.is_empty()), (1, false), "{at}");
}

#[test]
fn a_stream_can_be_stopped_wherever_it_is() {
    let usage = Usage {
        input: 3,
        output: 4,
        ..Usage::default()
    };
    for (provider, native) in natives() {
        let mut stops = 0;
        for stream in streams(provider) {
            for place in (0..stream.bytes.len()).step_by(7) {
                let context = AnswerContext {
                    include_usage: true,
                    ..AnswerContext::default()
                };
                let decoder = native.decoder(Recall::default());
                let mut transcode = Transcode::new(native.framing(), decoder, context);
                let (before, after) = stream.bytes.split_at(place);
                let mut client = Vec::new();
                transcode.push(before, &mut client);
                if transcode.observed().phase != Phase::Open {
                    continue;
                }
                stops += 1;
                transcode.stop(&usage, &mut client);
                assert_eq!(transcode.observed().phase, Phase::Complete);
                let length = client.len();
                transcode.push(after, &mut client);
                transcode.finish(&mut client);
                let at = format!("{}: {} at {place}", provider.kind, stream.name);
                assert_eq!(client.len(), length, "{at}: nothing follows the end");
                judge(&client, &at);
            }
        }
        assert!(stops > 100, "{}: {stops}", provider.kind);
    }
}
