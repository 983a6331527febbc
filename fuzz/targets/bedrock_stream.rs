//! Whatever Bedrock streams, cut anywhere: the same bytes for the client, with an honest ending.
//! The input has one message a line, which are framed here: noise would not get past the checksums.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidegate::dialects::openai_chat::AnswerContext;
use tidegate::providers::{Recall, find};
use tidegate::transcode::Transcode;
use tidegate_fuzz::{assert_holds_however_it_is_cut, event_stream, seed_and_stream};

fuzz_target!(|input: &[u8]| {
    let Some((seed, lines)) = seed_and_stream(input) else {
        return;
    };
    let Some(converse) = find("bedrock").and_then(|provider| provider.native()) else {
        panic!("Bedrock has a wire format of its own");
    };
    assert_holds_however_it_is_cut(seed, &event_stream(lines), || {
        let context = AnswerContext {
            id: "chatcmpl-fuzz".to_owned(),
            created: 1_700_000_000,
            model: "smart".to_owned(),
            include_usage: seed % 2 == 0,
            legacy_functions: seed % 3 == 0,
            ..AnswerContext::default()
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
