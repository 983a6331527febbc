//! Whatever OpenAI or a look-alike streams, cut anywhere: the same bytes for the client, with an
//! honest ending.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidegate::chat::Operation;
use tidegate::dialects::openai_chat::scan;
use tidegate::providers::openai_compatible::{ClientUsage, PROVIDERS, StreamOptions, stream};
use tidegate::providers::{Asked, Options, Wire};
use tidegate_fuzz::{assert_holds_however_it_is_cut, seed_and_stream};

fuzz_target!(|input: &[u8]| {
    let Some((seed, upstream)) = seed_and_stream(input) else {
        return;
    };
    let usage = [ClientUsage::Hidden, ClientUsage::AtEnd, ClientUsage::AsSent][seed as usize % 3];
    let provider = PROVIDERS[seed as usize % PROVIDERS.len()];
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
    assert_holds_however_it_is_cut(seed, upstream, || stream(preset, StreamOptions { usage }));
});
