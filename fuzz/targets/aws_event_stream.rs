//! Any bytes, any headers and any damage, cut anywhere: the same messages, and nothing after one
//! that is damaged.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidegate::framing::aws_event_stream::Framer;
use tidegate::framing::{Said, Unreadable};
use tidegate_fuzz::{chunks, framed, seed_and_stream};

const LIMIT: usize = 4096;

fuzz_target!(|input: &[u8]| {
    let Some((seed, noise)) = seed_and_stream(input) else {
        return;
    };
    let _ = assert_the_same_however_it_is_cut(seed, noise);

    // Headers and payload as they come, with right checksums.
    let (headers, payload) = noise.split_at(usize::from(seed).min(noise.len()));
    let good = framed(b"", b"good");
    let mut stream = [good.clone(), framed(headers, payload), good.clone()].concat();
    let _ = assert_the_same_however_it_is_cut(seed, &stream);

    let at = good.len() + usize::from(seed) % (stream.len() - 2 * good.len());
    stream[at] ^= 1 + seed % 255;
    let (said, end) = assert_the_same_however_it_is_cut(seed, &stream);
    assert_eq!(said.len(), 1, "nothing is said after the damage");
    assert_ne!(end, Ok(()));
});

type Read = (Vec<String>, Result<(), Unreadable>);

fn assert_the_same_however_it_is_cut(seed: u8, stream: &[u8]) -> Read {
    let whole = read([stream]);
    assert_eq!(read(chunks(seed, stream)), whole);
    assert_eq!(read(stream.chunks(1)), whole);
    whole
}

fn read<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Read {
    let mut said = Vec::new();
    let mut framer = Framer::with_limit(LIMIT);
    for chunk in chunks {
        let _ = framer.push(chunk, |one: Said<'_>| said.push(format!("{one:?}")));
    }
    let end = framer.finish();
    (said, end)
}
