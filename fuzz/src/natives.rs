use tidegate::dialects::openai_chat::AnswerContext;
use tidegate::providers::{Recall, Wire, find};
use tidegate::transcode::Transcode;

use crate::{assert_holds_however_it_is_cut, seed_and_stream};

/// Whatever a provider with a wire format of its own streams: the same bytes for the client, with
/// an honest ending. The events on the way are held to their grammar, too (`transcode::Grammar`, in
/// debug builds).
pub fn assert_native_stream_holds(kind: &str, input: &[u8]) {
    let Some((seed, upstream)) = seed_and_stream(input) else {
        return;
    };
    let Some(Wire::Native(native)) = find(kind).map(|provider| provider.wire) else {
        panic!("{kind} has a wire format of its own");
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
            native.framing(),
            native.decoder(Recall::default()),
            context,
        ))
    });
}
