use super::*;
use proptest::prelude::*;

/// A message, as the service writes it.
fn message(headers: &[u8], payload: &[u8]) -> Vec<u8> {
    let total = u32::try_from(OVERHEAD + headers.len() + payload.len()).unwrap();
    let mut bytes = total.to_be_bytes().to_vec();
    bytes.extend(u32::try_from(headers.len()).unwrap().to_be_bytes());
    bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
    bytes.extend(headers);
    bytes.extend(payload);
    bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
    bytes
}

fn text(name: &str, value: &str) -> Vec<u8> {
    let mut header = vec![u8::try_from(name.len()).unwrap()];
    header.extend(name.bytes());
    header.push(7);
    header.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
    header.extend(value.bytes());
    header
}

fn event(kind: &str, payload: &str) -> Vec<u8> {
    let headers = [
        text(":event-type", kind),
        text(":content-type", "application/json"),
        text(":message-type", "event"),
    ];
    message(&headers.concat(), payload.as_bytes())
}

/// What is reported, and how the stream ends.
fn read_all<'a>(
    limit: usize,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<String>, Result<(), Unreadable>) {
    let mut said = Vec::new();
    let mut framer = Framer::with_limit(limit);
    let mut last = Ok(());
    for chunk in chunks {
        last = framer.push(chunk, |one| said.push(line(one)));
    }
    let end = framer.finish();
    assert!(last.is_ok() || last == end, "a failure lasts");
    (said, end)
}

fn line(said: Said<'_>) -> String {
    let show = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let frame = |frame: Frame<'_>| {
        let event = frame.event.map_or("-".to_owned(), show);
        format!("{event} {}", show(frame.data))
    };
    match said {
        Said::Frame(one) => frame(one),
        Said::Failure(one) => format!("failure {}", frame(one)),
        Said::Comment | Said::Stray(_) => panic!("this framing has neither"),
    }
}

fn whole(bytes: &[u8]) -> (Vec<String>, Result<(), Unreadable>) {
    read_all(usize::MAX, [bytes])
}

/// Written with Python's `zlib.crc32`, and read by botocore 1.44.5.
const PING: &[u8] = b"\x00\x00\x00\x25\x00\x00\x00\x13\xe8\xbd\x3e\xc3\x0b:event-type\x07\x00\x04ping{}\x58\xe0\x22\xb9";

#[test]
fn the_checksums_are_those_of_the_standard() {
    assert_eq!(crc32fast::hash(b"123456789"), 0xcbf4_3926);
    assert_eq!(message(&text(":event-type", "ping"), b"{}"), PING);
    assert_eq!(whole(PING).0, ["ping {}"]);
}

#[test]
fn an_event_has_its_type_and_payload() {
    let bytes = event("messageStart", r#"{"role":"assistant"}"#);
    let expected = vec![r#"messageStart {"role":"assistant"}"#.to_owned()];
    assert_eq!(whole(&bytes), (expected, Ok(())));
    assert_eq!(whole(b""), (Vec::new(), Ok(())));
}

#[test]
fn several_messages_may_come_at_once() {
    let bytes = [event("a", "1"), event("b", ""), event("c", "3")].concat();
    assert_eq!(whole(&bytes).0, ["a 1", "b ", "c 3"]);
}

#[test]
fn exceptions_and_errors_are_failures() {
    let exception = [
        text(":exception-type", "throttlingException"),
        text(":message-type", "exception"),
    ];
    let error = [
        text(":error-code", "InternalError"),
        text(":error-message", "went wrong"),
        text(":message-type", "error"),
    ];
    let bytes = [
        message(&exception.concat(), br#"{"message":"slow down"}"#),
        message(&error.concat(), b""),
        message(&text(":message-type", "error"), b"words"),
    ];
    assert_eq!(
        whole(&bytes.concat()).0,
        [
            r#"failure throttlingException {"message":"slow down"}"#,
            "failure InternalError went wrong",
            "failure - words",
        ]
    );
}

#[test]
fn headers_of_every_type_are_walked_over() {
    let mut headers =
        b"\x01a\x00\x01b\x01\x01c\x02x\x01d\x03xx\x01e\x04xxxx\x01f\x05xxxxxxxx".to_vec();
    headers.extend(b"\x01g\x06\x00\x03xyz\x01h\x08xxxxxxxx\x01i\x09xxxxxxxxxxxxxxxx");
    headers.extend(text(":event-type", "found"));
    assert_eq!(whole(&message(&headers, b"1")).0, ["found 1"]);
    // A name of ours with a type that is no text says nothing.
    assert_eq!(whole(&message(b"\x0b:event-type\x02x", b"1")).0, ["- 1"]);
}

#[test]
fn headers_that_are_none_are_corrupt() {
    for headers in [
        &b"\x05abc"[..],
        b"\x03abc",
        b"\x03abc\x07",
        b"\x03abc\x07\x00",
        b"\x03abc\x07\x00\x05four",
        b"\x03abc\x0a",
        b"\x03abc\x09short",
    ] {
        let said = whole(&message(headers, b"x"));
        assert_eq!(said, (Vec::new(), Err(Unreadable::Corrupt)), "{headers:?}");
    }
}

#[test]
fn every_changed_byte_is_noticed() {
    let first = event("first", "1");
    let second = event("second", r#"{"text":"hello"}"#);
    for at in 0..second.len() {
        let mut damaged = second.clone();
        damaged[at] ^= 0x10;
        let bytes = [first.clone(), damaged, event("third", "3")].concat();
        let (said, end) = whole(&bytes);
        assert_eq!(said, ["first 1"], "byte {at}");
        assert_eq!(end, Err(Unreadable::Corrupt), "byte {at}");
    }
}

#[test]
fn lengths_that_cannot_be_are_corrupt() {
    for (total, headers) in [(0_u32, 0_u32), (15, 0), (16, 1), (20, 5), (40, u32::MAX)] {
        let mut bytes = [total.to_be_bytes(), headers.to_be_bytes()].concat();
        bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
        bytes.resize(usize::try_from(total).unwrap().saturating_sub(4).max(12), 0);
        bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
        assert_eq!(
            whole(&bytes).1,
            Err(Unreadable::Corrupt),
            "{total} {headers}"
        );
    }
}

#[test]
fn a_stream_that_is_cut_off_is_not_over() {
    let bytes = [event("a", "1"), event("b", "2")].concat();
    let first = event("a", "1").len();
    for end in 1..bytes.len() {
        let expected = if end == first {
            Ok(())
        } else {
            Err(Unreadable::CutOff)
        };
        assert_eq!(whole(&bytes[..end]).1, expected, "{end}");
    }
}

#[test]
fn the_limit_holds_before_anything_is_kept() {
    let large = event("large", &"x".repeat(1000));
    let bytes = [event("small", ""), large.clone(), event("small", "")].concat();
    let (said, end) = read_all(200, [bytes.as_slice()]);
    assert_eq!(said, ["small "]);
    assert_eq!(end, Err(Unreadable::TooLarge(200)));
    let mut framer = Framer::with_limit(200);
    for byte in large.chunks(1) {
        let _ = framer.push(byte, |_| {});
    }
    assert!(framer.pending.capacity() < 200);
    assert!(read_all(large.len(), [large.as_slice()]).1.is_ok());
}

#[test]
fn large_buffers_are_given_back() {
    let large = event("large", &"x".repeat(KEPT_CAPACITY));
    let mut framer = Framer::default();
    for piece in large.chunks(1000) {
        framer.push(piece, |_| {}).unwrap();
    }
    assert_eq!(framer.pending.capacity(), 0);
}

proptest! {
    #[test]
    fn a_stream_says_the_same_however_it_is_cut(
        payloads in prop::collection::vec(".{0,40}", 0..5),
        noise in prop::collection::vec(any::<u8>(), 0..30),
        cuts in prop::collection::vec(0_usize..20, 1..60),
    ) {
        let mut bytes: Vec<u8> = payloads.iter().flat_map(|text| event("e", text)).collect();
        bytes.extend(noise);
        let mut rest = bytes.as_slice();
        let mut chunks = Vec::new();
        for cut in cuts.iter().cycle().take(1000) {
            let (chunk, after) = rest.split_at((*cut).min(rest.len()));
            chunks.push(chunk);
            rest = after;
        }
        chunks.push(rest);
        prop_assert_eq!(read_all(100, chunks), read_all(100, [bytes.as_slice()]));
        prop_assert_eq!(read_all(100, bytes.chunks(1)), read_all(100, [bytes.as_slice()]));
    }
}
