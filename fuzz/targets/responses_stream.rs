//! Whatever the Responses API streams, cut anywhere: the same bytes for the client, with an honest
//! ending.
//! The events on the way are held to their grammar, too (`transcode::Grammar`, in debug builds).
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidegate::dialects::openai_chat::AnswerContext;
use tidegate::providers::{Recall, Wire, find};
use tidegate::transcode::Transcode;
use tidegate_fuzz::{assert_holds_however_it_is_cut, seed_and_stream};

fuzz_target!(|input: &[u8]| {
    let Some((seed, upstream)) = seed_and_stream(input) else {
        return;
    };
    let Some(Wire::Native(responses)) = find("openai_responses").map(|provider| provider.wire) else {
        panic!("the Responses API is translated");
    };
    assert_holds_however_it_is_cut(seed, upstream, || {
        let context = AnswerContext {
            id: "chatcmpl-fuzz".to_owned(),
            created: 1_700_000_000,
            model: "smart".to_owned(),
            include_usage: seed % 2 == 0,
            legacy_functions: seed % 3 == 0,
            ..AnswerContext::default()
        };
        Box::new(Transcode::new(
            responses.framing(),
            responses.decoder(Recall::default()),
            context,
        ))
    });
});
