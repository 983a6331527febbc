//! Any bytes, cut anywhere, with and without a limit that bites: the same lines.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidegate::framing::json_lines::Framer;
use tidegate_fuzz::{chunks, seed_and_stream};

const TIGHT: usize = 64;

fuzz_target!(|input: &[u8]| {
    let Some((seed, stream)) = seed_and_stream(input) else {
        return;
    };
    for limit in [usize::MAX, TIGHT] {
        let whole = lines([stream], limit);
        assert_eq!(lines(chunks(seed, stream), limit), whole);
        assert_eq!(lines(stream.chunks(1), limit), whole);
    }
});

/// The lines, and whether one was too large.
fn lines<'a>(chunks: impl IntoIterator<Item = &'a [u8]>, limit: usize) -> (Vec<Vec<u8>>, bool) {
    let mut framer = Framer::with_limit(limit);
    let mut lines = Vec::new();
    let mut too_large = false;
    for chunk in chunks {
        too_large = framer
            .push(chunk, |line| lines.push(line.to_vec()))
            .is_err();
    }
    framer.finish(|line| lines.push(line.to_vec()));
    (lines, too_large)
}
