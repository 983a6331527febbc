//! Streams that are ended before their provider ends them.

use tidegate::chat::Usage;
use tidegate::providers::openai_compatible::{self, AnswerOptions, ClientUsage};
use tidegate::providers::{Passed, Phase, ResponseStream};

use crate::bills::billed;
use crate::golden::streams;
use crate::preset;
use crate::sdk::{End, read_stream};

fn push(stream: &mut dyn ResponseStream, chunk: &[u8], client: &mut Vec<u8>) {
    if stream.push(chunk, client) == Passed::Unchanged {
        client.extend_from_slice(chunk);
    }
}

/// The client's bytes of a stream that is stopped after these of its provider's; `None` where it is
/// not under way then.
fn stopped(kind: &str, options: AnswerOptions, before: &[u8], after: &[u8]) -> Option<Vec<u8>> {
    let mut stream = openai_compatible::stream(preset(kind), options);
    let mut client = Vec::new();
    push(stream.as_mut(), before, &mut client);
    if stream.observed().phase != Phase::Open {
        return None;
    }
    let usage = Usage {
        input: 3,
        output: 4,
        ..Usage::default()
    };
    stream.stop(&usage, &mut client);
    assert_eq!(stream.observed().phase, Phase::Complete);
    assert_eq!(stream.observed().usage, Some(usage));
    let length = client.len();
    push(stream.as_mut(), after, &mut client);
    stream.finish(&mut client);
    assert_eq!(client.len(), length, "nothing follows the end");
    Some(client)
}

#[test]
fn a_stream_can_be_stopped_wherever_it_is() {
    let mut stops = 0;
    for (kind, name, stream) in streams() {
        for place in (0..stream.len()).step_by(11) {
            let (before, after) = stream.split_at(place);
            for usage in [ClientUsage::Hidden, ClientUsage::AtEnd] {
                let options = AnswerOptions {
                    may_stop: true,
                    choices: if name.contains("choices") { 2 } else { 1 },
                    ..billed(kind, usage)
                };
                let Some(client) = stopped(kind, options, before, after) else {
                    continue;
                };
                stops += 1;
                let wants_usage = usage == ClientUsage::AtEnd;
                let (answer, end) = read_stream(&client, wants_usage);
                assert_eq!(end, End::Done, "{name} at {place}");
                for choice in answer.choices.values() {
                    assert!(choice.finish.is_some(), "{name} at {place}");
                }
                if let Some(usage) = answer.usage.filter(|_| wants_usage) {
                    assert!(usage["completion_tokens"].is_u64(), "{name} at {place}");
                    assert!(usage["cost"].is_f64(), "{name} at {place}");
                }
            }
        }
    }
    assert!(stops > 1_000, "{stops}");
}

#[test]
fn text_that_is_held_back_comes_out_before_the_end() {
    let chunk = |delta: &str| {
        format!(
            "data: {{\"id\":\"a\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":null}}]}}\n\n"
        )
    };
    let before = chunk(r#"{"role":"assistant","content":"<thi"}"#);
    let after = chunk(r#"{"content":"nk>never"}"#);
    let options = AnswerOptions {
        may_stop: true,
        ..AnswerOptions::new(preset("together"), ClientUsage::Hidden)
    };
    let client = stopped("together", options, before.as_bytes(), after.as_bytes()).unwrap();
    let (answer, end) = read_stream(&client, false);
    assert_eq!(end, End::Done);
    let choice = &answer.choices[&0];
    assert_eq!(
        (&*choice.content, choice.finish.as_deref()),
        ("<thi", Some("length"))
    );
}
