//! Streams of a real provider, from its bytes to what the client puts together.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::json;

use super::client::{Ending, receive};
use super::stream::{context, split};
use crate::dialects::openai_chat::encode;
use crate::framing::Framing;
use crate::framing::sse::{Content, Framer};
use crate::providers::{Decoder, Phase, Recall, ResponseStream, Wire, find};
use crate::transcode::{Fold, Transcode};

/// Recorded streams, or none where the recordings are not there.
fn recorded() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/recorded/anthropic");
    let files = fs::read_dir(folder).into_iter().flatten();
    files
        .map(|file| file.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(".chunks.txt"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, framed(&fs::read_to_string(path).unwrap()))
        })
        .collect()
}

/// The events, one a line, with the frames that they came in.
fn framed(events: &str) -> Vec<u8> {
    let frame = |line: &str| {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        let name = event["type"].as_str().unwrap();
        format!("event: {name}\ndata: {line}\n\n")
    };
    let lines = events.lines().filter(|line| !line.is_empty());
    lines.map(frame).collect::<String>().into_bytes()
}

const MADE_BY_HAND: &str = r#"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":5,"cache_read_input_tokens":7,"output_tokens":1}}}
{"type":"ping"}
{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}
{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm, é€😀"}}
{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}}
{"type":"content_block_stop","index":0}
{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"b3BhcXVl"}}
{"type":"content_block_stop","index":1}
{"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}}
{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"Hé"}}
{"type":"ping"}
{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"llo"}}
{"type":"content_block_stop","index":2}
{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"toolu_1","name":"now","input":{}}}
{"type":"content_block_stop","index":3}
{"type":"content_block_start","index":4,"content_block":{"type":"tool_use","id":"toolu_2","name":"add","input":{}}}
{"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":""}}
{"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":"{\"a\": 1,"}}
{"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":" \"b\": 2}"}}
{"type":"content_block_stop","index":4}
{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":20}}
{"type":"message_stop"}"#;

fn decoder() -> Box<dyn Decoder> {
    match find("anthropic").unwrap().wire {
        Wire::Native(native) => native.decoder(Recall::default()),
        _ => panic!("Anthropic has its own wire format"),
    }
}

fn transcode(chunks: impl IntoIterator<Item = impl AsRef<[u8]>>) -> (Vec<u8>, Phase) {
    let mut stream = Transcode::new(Framing::ServerSentEvents, decoder(), context());
    let mut out = Vec::new();
    for chunk in chunks {
        stream.push(chunk.as_ref(), &mut out);
    }
    stream.finish(&mut out);
    (out, stream.observed().phase.clone())
}

/// The answer that a client gets that does not stream.
fn folded(stream: &[u8]) -> serde_json::Value {
    let (mut decoder, mut fold) = (decoder(), Fold::new());
    let take = |item: crate::framing::sse::Item<'_>| {
        if let Content::Event(frame) = item.content {
            decoder.frame(frame, &mut fold);
        }
    };
    Framer::default().push(stream, take).unwrap();
    serde_json::from_slice(&encode(&fold.finish().unwrap(), &context())).unwrap()
}

#[test]
fn an_answer_with_everything_reaches_the_client_whole() {
    let stream = framed(MADE_BY_HAND);
    let (out, phase) = transcode([&stream]);
    let received = receive(&out);
    assert_eq!((received.ending, phase), (Ending::Done, Phase::Complete));
    assert_eq!(received.answer, folded(&stream));
    let choice = &received.answer["choices"][0];
    assert_eq!(choice["finish_reason"], "tool_calls");
    assert_eq!(received.answer["usage"]["prompt_tokens"], 12);
    let call = |id, name, arguments| {
        let function = json!({"name": name, "arguments": arguments});
        json!({"id": id, "type": "function", "function": function})
    };
    assert_eq!(
        choice["message"],
        json!({
            "role": "assistant", "content": "Héllo", "refusal": null, "annotations": [],
            "reasoning_content": "Hm, é€😀",
            "thinking_blocks": [
                {"type": "thinking", "thinking": "Hm, é€😀", "signature": "c2ln"},
                {"type": "redacted_thinking", "data": "b3BhcXVl"},
            ],
            "tool_calls": [
                call("toolu_1", "now", "{}"),
                call("toolu_2", "add", "{\"a\": 1, \"b\": 2}"),
            ],
        })
    );
}

#[test]
fn recorded_streams_reach_the_client_as_whole_answers_do() {
    for (name, stream) in recorded() {
        let (out, phase) = transcode([&stream]);
        let received = receive(&out);
        assert_eq!(received.ending, Ending::Done, "{name}");
        assert_eq!(phase, Phase::Complete, "{name}");
        assert_eq!(received.answer, folded(&stream), "{name}");
    }
}

#[test]
fn recorded_streams_give_the_same_bytes_however_they_are_cut() {
    for (name, stream) in recorded() {
        let (expected, _) = transcode([&stream]);
        for size in [1, 2, 3, 7, 64, 1000] {
            assert_eq!(transcode(stream.chunks(size)).0, expected, "{name}: {size}");
        }
    }
}

#[test]
fn a_stream_that_is_cut_never_looks_complete() {
    let stream = framed(MADE_BY_HAND);
    let complete = stream.len() - "\n\n".len();
    for cut in 0..complete {
        let (out, phase) = transcode([&stream[..cut]]);
        assert!(matches!(receive(&out).ending, Ending::Error(_)), "{cut}");
        assert!(matches!(phase, Phase::Failed(_)), "{cut}");
    }
}

#[test]
fn a_client_that_leaves_behind_the_providers_count_is_billed_by_it() {
    let line = |at: usize| MADE_BY_HAND.lines().take(at).collect::<Vec<_>>().join("\n");
    let observed = |lines: usize| {
        let mut stream = Transcode::new(Framing::ServerSentEvents, decoder(), context());
        stream.push(&framed(&line(lines)), &mut Vec::new());
        stream.observed().output_tokens
    };
    let all = MADE_BY_HAND.lines().count();
    let counted_here = observed(all - 2);
    assert!((5..20).contains(&counted_here), "{counted_here}");
    assert_eq!((observed(all - 1), observed(all)), (20, 20));
}

#[test]
fn an_error_as_the_first_event_leaves_the_stream_unopened() {
    let error = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    let mut stream = Transcode::new(Framing::ServerSentEvents, decoder(), context());
    let mut out = Vec::new();
    let first = MADE_BY_HAND.lines().take(2).collect::<Vec<_>>().join("\n");
    stream.push(&framed(&first), &mut out);
    assert!(out.is_empty());
    assert_eq!(stream.observed().phase, Phase::Waiting);
    stream.push(&framed(error), &mut out);
    let Phase::Failed(error) = &stream.observed().phase else {
        panic!("{:?}", stream.observed());
    };
    assert!(error.status >= 500, "{error:?}");
}

proptest! {
    #[test]
    fn any_split_gives_the_same_bytes(
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let stream = framed(MADE_BY_HAND);
        let (expected, _) = transcode([&stream]);
        prop_assert_eq!(transcode(split(&stream, &cuts)).0, expected);
    }

    /// The checker of the events' grammar runs along, and panics.
    #[test]
    fn damaged_streams_end_in_one_way_or_the_other(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut stream = framed(MADE_BY_HAND);
        for (index, byte) in changes {
            let at = index.index(stream.len());
            stream[at] = byte;
        }
        let (out, phase) = transcode([&stream]);
        let ending = receive(&out).ending;
        match phase {
            Phase::Complete => prop_assert_eq!(ending, Ending::Done),
            Phase::Failed(_) => prop_assert!(matches!(ending, Ending::Error(_))),
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn events_in_any_order_are_taken(order in prop::collection::vec(0..22_usize, 0..40)) {
        let lines: Vec<_> = MADE_BY_HAND.lines().collect();
        let events: Vec<_> = order.iter().map(|at| lines[*at]).collect();
        let (out, phase) = transcode([&framed(&events.join("\n"))]);
        let is_complete = receive(&out).ending == Ending::Done;
        prop_assert_eq!(is_complete, phase == Phase::Complete);
    }
}
