//! Any bytes, cut anywhere, with and without a limit that bites: the same items, whose raw bytes
//! are the stream.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidegate::framing::sse::{Content, Framer};
use tidegate_fuzz::{chunks, seed_and_stream};

const TIGHT: usize = 64;

fuzz_target!(|input: &[u8]| {
    let Some((seed, stream)) = seed_and_stream(input) else {
        return;
    };
    let whole = frame([stream], usize::MAX);
    assert!(!whole.too_large);
    assert_eq!(whole.raw, stream, "raw bytes are lost or made up");
    assert_eq!(frame(chunks(seed, stream), usize::MAX), whole);
    assert_eq!(frame(stream.chunks(1), usize::MAX), whole);

    // One byte of tolerance: the LF of a CRLF that was cut in two counts for no item.
    if frame(stream.chunks(1), TIGHT).too_large {
        assert!(frame([stream], TIGHT - 1).too_large);
    } else {
        assert!(!frame(chunks(seed, stream), TIGHT + 1).too_large);
    }
});

#[derive(Debug, Default, PartialEq)]
struct Framed {
    events: Vec<(Option<Vec<u8>>, Vec<u8>)>,
    comments: usize,
    raw: Vec<u8>,
    too_large: bool,
}

fn frame<'a>(chunks: impl IntoIterator<Item = &'a [u8]>, limit: usize) -> Framed {
    let mut framed = Framed::default();
    let mut framer = Framer::with_limit(limit);
    for chunk in chunks {
        framed.too_large = framer.push(chunk, |item| framed.record(item)).is_err();
    }
    framer.finish(|item| framed.record(item));
    framed
}

impl Framed {
    fn record(&mut self, item: tidegate::framing::sse::Item<'_>) {
        self.raw.extend_from_slice(item.raw);
        match item.content {
            Content::Event(frame) => self
                .events
                .push((frame.event.map(<[u8]>::to_vec), frame.data.to_vec())),
            Content::Comment => self.comments += 1,
            Content::Empty | Content::LineFeed => {}
        }
    }
}
