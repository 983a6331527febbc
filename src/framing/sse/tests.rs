use proptest::prelude::*;

use super::*;

/// What a framer reported, without the borrows.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Seen {
    Event(Option<String>, Vec<u8>),
    Comment,
}

fn event(data: &str) -> Seen {
    Seen::Event(None, data.into())
}

fn named(name: &str, data: &str) -> Seen {
    Seen::Event(Some(name.into()), data.into())
}

fn record(seen: &mut Vec<Seen>, item: Item<'_>) {
    match item.content {
        Content::Event(frame) => seen.push(Seen::Event(
            frame.event.map(|name| String::from_utf8_lossy(name).into()),
            frame.data.to_vec(),
        )),
        Content::Comment => seen.push(Seen::Comment),
        Content::Empty | Content::LineFeed => {}
    }
}

fn frames<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Seen> {
    let mut framer = Framer::default();
    let mut seen = Vec::new();
    for chunk in chunks {
        framer.push(chunk, |item| record(&mut seen, item)).unwrap();
    }
    framer.finish(|item| record(&mut seen, item));
    seen
}

fn whole(stream: &str) -> Vec<Seen> {
    frames([stream.as_bytes()])
}

#[test]
fn every_line_end_is_understood() {
    for end in ["\n", "\r", "\r\n"] {
        let stream = format!("event: a{end}data: 1{end}{end}data: 2{end}{end}");
        assert_eq!(whole(&stream), [named("a", "1"), event("2")], "{end:?}");
    }
    assert_eq!(
        whole("data: 1\r\n\ndata: 2\n\r\ndata: 3\r\r\n"),
        [event("1"), event("2"), event("3")]
    );
}

#[test]
fn an_event_is_reported_with_the_carriage_return_that_ends_it() {
    let mut framer = Framer::default();
    let mut seen = Vec::new();
    framer
        .push(b"data: 1\r\n\r", |item| record(&mut seen, item))
        .unwrap();
    assert_eq!(seen, [event("1")]);
    let mut late = Vec::new();
    framer
        .push(b"\ndata: 2\n\n", |item| {
            late.push((item.raw.to_vec(), item.content == Content::LineFeed));
        })
        .unwrap();
    assert_eq!(
        late,
        [(b"\n".to_vec(), true), (b"data: 2\n\n".to_vec(), false)]
    );
}

#[test]
fn the_space_after_the_colon_is_optional_and_only_one_is_taken() {
    assert_eq!(
        whole("event:x\ndata:{}\n\ndata:  y\n\n"),
        [named("x", "{}"), event(" y")]
    );
}

#[test]
fn data_lines_are_joined_with_line_feeds() {
    assert_eq!(
        whole("data: a\r\ndata:\r\ndata\r\ndata: b\r\n\r\n"),
        [event("a\n\n\nb")]
    );
}

#[test]
fn an_event_with_empty_data_is_an_event() {
    assert_eq!(whole("data\n\ndata:\n\n"), [event(""), event("")]);
}

#[test]
fn fields_without_data_and_unknown_fields_are_nothing() {
    assert_eq!(
        whole("event: x\n\nid: 7\nretry: 3\n\nfoo: bar\nnodata\n\n"),
        []
    );
    assert_eq!(
        whole("id: 7\nDATA: no\ndata: 1\nretry: 1\n\n"),
        [event("1")]
    );
}

#[test]
fn the_last_event_name_wins_and_does_not_outlive_its_event() {
    assert_eq!(
        whole("event: a\nevent: b\ndata: 1\n\ndata: 2\n\n"),
        [named("b", "1"), event("2")]
    );
    assert_eq!(whole("event: a\nevent:\ndata: 1\n\n"), [event("1")]);
}

#[test]
fn comments_are_reported_as_soon_as_their_line_ends() {
    let mut framer = Framer::default();
    let mut seen = Vec::new();
    framer
        .push(b": OPENROUTER PROCESSING\n", |item| record(&mut seen, item))
        .unwrap();
    assert_eq!(seen, [Seen::Comment]);
    framer
        .push(b"\ndata: 1\n\n", |item| record(&mut seen, item))
        .unwrap();
    assert_eq!(seen, [Seen::Comment, event("1")]);
}

#[test]
fn a_comment_within_an_event_does_not_disturb_it() {
    assert_eq!(whole("data: 1\n: hello\ndata: 2\n\n"), [event("1\n2")]);
    assert_eq!(whole("event: x\n: hello\n\n"), [Seen::Comment]);
}

#[test]
fn one_byte_order_mark_is_skipped_at_the_start_only() {
    assert_eq!(whole("\u{feff}data: 1\n\n"), [event("1")]);
    assert_eq!(
        whole("\u{feff}: hi\n\u{feff}data: 1\n\n"),
        [Seen::Comment],
        "the second mark is part of an unknown field's name"
    );
    assert_eq!(whole("\u{feff}\n\ndata: 1\n\n"), [event("1")]);
    assert_eq!(whole("\u{feff}\u{feff}data: 1\n\n"), []);
}

#[test]
fn the_last_event_is_reported_without_its_blank_line() {
    for tail in ["", "\n", "\r", "\r\n"] {
        assert_eq!(
            whole(&format!("data: 1\n\ndata: [DONE]{tail}")),
            [event("1"), event("[DONE]")]
        );
    }
    assert_eq!(whole(""), []);
    assert_eq!(whole("\n"), []);
}

#[test]
fn bytes_that_are_no_text_pass() {
    assert_eq!(
        frames([b"data: \xff\x00\xfe\n\n".as_slice()]),
        [Seen::Event(None, b"\xff\x00\xfe".to_vec())]
    );
}

#[test]
fn whole_events_are_borrowed_from_the_chunk() {
    let chunk = b"data: 1\n\nevent: x\ndata: 2\n\n";
    let range = chunk.as_ptr_range();
    let mut count = 0;
    let mut framer = Framer::default();
    framer
        .push(chunk, |item| {
            count += 1;
            let Content::Event(frame) = item.content else {
                panic!("{item:?}");
            };
            assert!(range.contains(&frame.data.as_ptr()));
            assert!(range.contains(&item.raw.as_ptr()));
        })
        .unwrap();
    assert_eq!(count, 2);
    assert!(!framer.is_pending());
}

#[test]
fn an_event_over_the_limit_fails_however_it_comes() {
    let fits = b"data: 45678\n\n";
    let exceeds = b"data: 456789\n\n";
    for size in 1..=exceeds.len() {
        let mut framer = Framer::with_limit(fits.len());
        let mut count = 0;
        for chunk in fits.chunks(size) {
            framer.push(chunk, |_| count += 1).unwrap();
        }
        assert_eq!(count, 1);
        let result = exceeds
            .chunks(size)
            .try_for_each(|chunk| framer.push(chunk, |_| count += 1));
        assert_eq!(result, Err(FrameTooLarge { limit: fits.len() }));
        assert_eq!(
            framer.push(b"data: 1\n\n", |_| count += 1),
            Err(FrameTooLarge { limit: fits.len() }),
            "the stream cannot go on"
        );
        framer.finish(|_| count += 1);
        assert_eq!(count, 1, "chunks of {size}");
    }
}

#[test]
fn an_endless_line_is_held_up_to_the_limit_only() {
    let mut framer = Framer::with_limit(1000);
    let mut pushed = 0;
    while framer.push(b"data: xxxxxxxxxx", |_| {}).is_ok() {
        pushed += 16;
        assert!(framer.pending.capacity() <= 2048);
    }
    assert!(pushed <= 1000);
    assert_eq!(framer.pending.capacity(), 0);
}

#[test]
fn large_buffers_are_given_back() {
    let mut framer = Framer::default();
    let line = vec![b'x'; 100_000];
    for part in [b"data: ", line.as_slice(), b"\ndata: 2\n\n"] {
        framer.push(part, |_| {}).unwrap();
    }
    assert!(framer.pending.capacity() <= KEPT_CAPACITY);
    assert!(framer.joined.capacity() <= KEPT_CAPACITY);
}

#[test]
fn a_long_line_in_single_bytes_takes_linear_time() {
    let mut framer = Framer::default();
    let mut size = 0;
    framer.push(b"data: ", |_| {}).unwrap();
    for _ in 0..2_000_000 {
        framer.push(b"x", |_| {}).unwrap();
    }
    framer
        .push(b"\n\n", |item| {
            if let Content::Event(frame) = item.content {
                size = frame.data.len();
            }
        })
        .unwrap();
    assert_eq!(size, 2_000_000);
}

/// Streams made of the pieces that matter, in any order.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "data: ",
        "data:",
        "data",
        "event: x",
        "event:",
        "id: 1",
        ": c",
        ":",
        " ",
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        "\r\n\r\n",
        "\u{feff}",
        "é€😀",
        "{\"a\":1}",
        "[DONE]",
        "\0",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat().into_bytes())
}

fn split(stream: &[u8], cuts: &[prop::sample::Index]) -> Vec<Vec<u8>> {
    let mut positions: Vec<usize> = cuts.iter().map(|c| c.index(stream.len() + 1)).collect();
    positions.sort_unstable();
    positions.push(stream.len());
    let mut start = 0;
    positions
        .into_iter()
        .map(|end| stream[std::mem::replace(&mut start, end)..end].to_vec())
        .collect()
}

/// The rules of the standard, as simply as they can be written.
fn reference(stream: &[u8]) -> Vec<(Option<Vec<u8>>, Vec<u8>)> {
    let stream = stream.strip_prefix(b"\xef\xbb\xbf").unwrap_or(stream);
    let mut unified = Vec::new();
    for (i, byte) in stream.iter().enumerate() {
        match byte {
            b'\n' if i > 0 && stream[i - 1] == b'\r' => {}
            b'\r' => unified.push(b'\n'),
            other => unified.push(*other),
        }
    }
    unified.extend_from_slice(b"\n\n");
    let (mut events, mut name, mut data) = (Vec::new(), None, None::<Vec<u8>>);
    for line in unified.split(|byte| *byte == b'\n') {
        let (field, value) = match line.iter().position(|byte| *byte == b':') {
            Some(at) => (&line[..at], &line[at + 1..]),
            None => (line, &line[line.len()..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value).to_vec();
        match field {
            _ if line.is_empty() => {
                let name = name.take();
                events.extend(data.take().map(|data| (name, data)));
            }
            b"event" => name = Some(value).filter(|value| !value.is_empty()),
            b"data" => {
                data = Some(match data {
                    Some(before) => [before, value].join(&b'\n'),
                    None => value,
                });
            }
            _ => {}
        }
    }
    events
}

proptest! {
    #[test]
    fn any_split_gives_the_same_items(
        stream in stream(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let chunks = split(&stream, &cuts);
        let expected = frames([stream.as_slice()]);
        prop_assert_eq!(frames(chunks.iter().map(Vec::as_slice)), expected.clone());
        prop_assert_eq!(frames(stream.chunks(1)), expected);
    }

    #[test]
    fn the_raw_bytes_of_all_items_are_the_stream(
        stream in stream(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let mut framer = Framer::default();
        let mut raw = Vec::new();
        for chunk in split(&stream, &cuts) {
            framer.push(&chunk, |item| raw.extend_from_slice(item.raw)).unwrap();
        }
        framer.finish(|item| raw.extend_from_slice(item.raw));
        prop_assert_eq!(raw, stream);
    }

    #[test]
    fn events_are_those_of_the_standard(stream in stream()) {
        let mut events = Vec::new();
        for seen in frames([stream.as_slice()]) {
            if let Seen::Event(name, data) = seen {
                events.push((name.map(String::into_bytes), data));
            }
        }
        prop_assert_eq!(events, reference(&stream));
    }

    #[test]
    fn any_bytes_are_taken(stream in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(frames(stream.chunks(3)), frames([stream.as_slice()]));
    }
}
