//! Whatever Bedrock streams, cut anywhere: the same bytes for the client, with an honest ending.
//! The input has one message a line, which are framed here: noise would not get past the checksums.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidegate::chat::Operation;
use tidegate::dialects::openai_chat::{AnswerContext, scan};
use tidegate::providers::{Asked, Native, Options, Recall, Wire, find};
use tidegate::transcode::Transcode;
use tidegate_fuzz::{assert_holds_however_it_is_cut, event_stream, seed_and_stream};

fuzz_target!(|input: &[u8]| {
    let Some((seed, lines)) = seed_and_stream(input) else {
        return;
    };
    let converse = converse();
    assert_holds_however_it_is_cut(seed, &event_stream(lines), || {
        let context = AnswerContext {
            id: "chatcmpl-fuzz".to_owned(),
            created: 1_700_000_000,
            model: "smart".to_owned(),
            include_usage: seed % 2 == 0,
            legacy_functions: seed % 3 == 0,
        };
        let recall = Recall {
            tool_names: [("get_time".to_owned(), "get/time".to_owned())].into(),
            output_tool: (seed % 5 == 0).then(|| "get_weather".to_owned()),
            ..Recall::default()
        };
        Box::new(Transcode::new(
            converse.framing(),
            converse.decoder(recall),
            context,
        ))
    });
});

fn converse() -> &'static dyn Native {
    let body = br#"{"model":"m","messages":[]}"#;
    let asked = Asked {
        operation: Operation::Chat,
        model: "m",
        options: Options::NONE,
        scan: &scan(body).unwrap(),
    };
    let bedrock = find("bedrock").map(|provider| provider.wire.resolve(&asked));
    let Some(Wire::Native(converse)) = bedrock else {
        panic!("Bedrock has a wire format of its own");
    };
    converse
}
