//! Whatever OpenAI or a look-alike streams, cut anywhere: the same bytes for the client, with an
//! honest ending.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidegate::providers::Wire;
use tidegate::providers::openai_compatible::{ClientUsage, PROVIDERS, StreamOptions, stream};
use tidegate_fuzz::{assert_holds_however_it_is_cut, seed_and_stream};

fuzz_target!(|input: &[u8]| {
    let Some((seed, upstream)) = seed_and_stream(input) else {
        return;
    };
    let usage = [ClientUsage::Hidden, ClientUsage::AtEnd, ClientUsage::AsSent][seed as usize % 3];
    let provider = PROVIDERS[seed as usize % PROVIDERS.len()];
    let Wire::OpenAi(preset) = provider.wire else {
        panic!("a look-alike speaks OpenAI's dialect");
    };
    assert_holds_however_it_is_cut(seed, upstream, || stream(preset, StreamOptions { usage }));
});
