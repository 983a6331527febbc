use tidegate::framing::sse::{Content, Framer};
use tidegate::providers::{Observed, Passed, Phase, ResponseStream};

use crate::chunks;

/// Any split into chunks gives the client the same bytes, which are events of JSON, and `[DONE]`
/// at their end if and only if the answer is complete.
pub fn assert_holds_however_it_is_cut(
    seed: u8,
    upstream: &[u8],
    start: impl Fn() -> Box<dyn ResponseStream>,
) {
    let whole = pass(start(), [upstream]);
    assert_same(&pass(start(), chunks(seed, upstream)), &whole);
    assert_same(&pass(start(), upstream.chunks(1)), &whole);
    assert_ending(&whole);
}

struct Passage {
    client: Vec<u8>,
    observed: Observed,
}

fn pass<'a>(
    mut stream: Box<dyn ResponseStream>,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Passage {
    let mut client = Vec::new();
    for chunk in chunks {
        let before = client.len();
        if stream.push(chunk, &mut client) == Passed::Unchanged {
            assert_eq!(
                client.len(),
                before,
                "the chunk passes and something else too"
            );
            client.extend_from_slice(chunk);
        }
    }
    stream.finish(&mut client);
    let observed = stream.observed().clone();
    Passage { client, observed }
}

fn assert_same(cut: &Passage, whole: &Passage) {
    assert_eq!(
        String::from_utf8_lossy(&cut.client),
        String::from_utf8_lossy(&whole.client),
    );
    assert_eq!(cut.observed, whole.observed);
}

fn assert_ending(passage: &Passage) {
    let complete = match &passage.observed.phase {
        Phase::Complete => true,
        Phase::Failed(_) => false,
        phase => panic!("a stream that is over is complete or has failed, not {phase:?}"),
    };
    let done = events(&passage.client)
        .iter()
        .filter(|data| data.as_slice() == b"[DONE]")
        .count();
    assert_eq!(done, usize::from(complete), "success markers");
}

fn events(stream: &[u8]) -> Vec<Vec<u8>> {
    let mut events = Vec::new();
    let pushed = Framer::default().push(stream, |item| {
        if let Content::Event(frame) = item.content {
            events.push(frame.data.to_vec());
        }
    });
    assert!(pushed.is_ok());
    events
}
