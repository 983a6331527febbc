//! Whatever OpenAI or a look-alike streams, cut anywhere: the same bytes for the client, with an
//! honest ending; and the same whole answer where the stream is folded, or none where it failed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;
use tidegate::chat::{Error, Operation};
use tidegate::dialects::openai_chat::scan;
use tidegate::providers::openai_compatible::{
    AnswerOptions, ClientUsage, Fold, PROVIDERS, Preset, ThinkTags, Whole, stream,
};
use tidegate::providers::{Asked, Options, Wire};
use tidegate_fuzz::{assert_holds_however_it_is_cut, chunks, seed_and_stream};

/// Small enough to be reached.
const FOLD_LIMIT: usize = 64 * 1024;

fuzz_target!(|input: &[u8]| {
    let Some((seed, upstream)) = seed_and_stream(input) else {
        return;
    };
    let choice = usize::from(seed);
    let provider = PROVIDERS[choice % PROVIDERS.len()];
    let scan = scan(br#"{"model":"m"}"#).expect("a request");
    let asked = Asked {
        operation: Operation::Chat,
        model: "m",
        options: Options::NONE,
        scan: &scan,
    };
    let Wire::OpenAi(preset) = provider.wire.resolve(&asked) else {
        panic!("a look-alike speaks OpenAI's dialect");
    };
    let usage = [ClientUsage::Hidden, ClientUsage::AtEnd, ClientUsage::AsSent][choice % 3];
    let own = AnswerOptions::new(preset, usage);
    let options = AnswerOptions {
        think_tags: [own.think_tags, ThinkTags::Split, ThinkTags::Opened][choice / 3 % 3],
        choices: choice / 9 % 3,
        ..own
    };
    assert_holds_however_it_is_cut(seed, upstream, || stream(preset, options.clone()));

    let whole = fold(preset, &options, [upstream]);
    assert!(whole == fold(preset, &options, chunks(seed, upstream)));
    assert!(whole == fold(preset, &options, upstream.chunks(1)));
    if let Ok(whole) = whole {
        let body = whole.body.expect("a folded answer is made anew");
        assert!(serde_json::from_slice::<IgnoredAny>(&body).is_ok());
    }
});

fn fold<'a>(
    preset: &'static Preset,
    options: &AnswerOptions,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Whole, Error> {
    let mut fold = Fold::new(preset, options.clone(), FOLD_LIMIT);
    for chunk in chunks {
        fold.push(chunk);
    }
    fold.finish()
}
