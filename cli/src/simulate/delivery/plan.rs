//! The layout of a body.

use std::num::NonZeroUsize;
use std::time::Duration;

use bytes::{Bytes, BytesMut};

use super::{Piece, gzip};
use crate::simulate::script::{Cut, Hang, Step};

/// Time for the peer to read what was sent before the connection is reset: a reset
/// may overtake data.
const SETTLE: Duration = Duration::from_millis(20);

/// Lays out a body whose frames are `frames`; `error` is the event with which a stream
/// can fail. A document has none, and comes in two halves if something is to happen in
/// its middle.
pub(crate) fn plan(frames: Vec<Bytes>, step: &Step, error: Option<Bytes>) -> Vec<Piece> {
    let middle = frames.len().div_ceil(2);
    let streams = error.is_some();
    let (frames, end) = match (step.cut, step.hang) {
        (Some(Cut::AfterHeaders), _) => (vec![], Some(Piece::Cut(step.cut_with))),
        (Some(Cut::AfterEvents(count)), _) => {
            (first(frames, count), Some(Piece::Cut(step.cut_with)))
        }
        (_, Some(Hang::FirstToken)) => (vec![], Some(Piece::Hang)),
        (_, Some(Hang::MidStream)) => (first(frames, middle), Some(Piece::Hang)),
        _ => (shortened(frames, step, error), None),
    };
    let frames = match streams && step.gzip {
        true => gzip::frames(&frames, end.is_none()),
        false => frames,
    };
    let mut pieces = Vec::new();
    pause(&mut pieces, step.silence_ms);
    for run in runs(frames, step) {
        if matches!(pieces.last(), Some(Piece::Bytes { .. })) {
            pause(&mut pieces, step.pause_between_events_ms);
        }
        chunks(&mut pieces, run, step);
    }
    if let Some(end) = end {
        if matches!(end, Piece::Cut(_)) {
            pieces.push(Piece::Pause(SETTLE));
        }
        pieces.push(end);
    }
    pieces
}

fn shortened(frames: Vec<Bytes>, step: &Step, error: Option<Bytes>) -> Vec<Bytes> {
    let events = if step.error_first {
        Some(0)
    } else {
        step.error_after
    };
    match (events.zip(error), step.end_after) {
        (Some((count, error)), _) => {
            let mut kept = first(frames, count);
            kept.push(error);
            kept
        }
        (None, Some(count)) => first(frames, count),
        (None, None) => frames,
    }
}

fn first(mut frames: Vec<Bytes>, count: usize) -> Vec<Bytes> {
    frames.truncate(count);
    frames
}

/// What is cut into chunks together: without pauses between events, chunk borders
/// pay no attention to events.
fn runs(frames: Vec<Bytes>, step: &Step) -> Vec<Bytes> {
    if step.chunk_bytes.is_none() || step.pause_between_events_ms > 0 || frames.is_empty() {
        return frames;
    }
    let mut run = BytesMut::new();
    for frame in frames {
        run.extend_from_slice(&frame);
    }
    vec![run.freeze()]
}

fn chunks(pieces: &mut Vec<Piece>, mut run: Bytes, step: &Step) {
    let size = step.chunk_bytes.map_or(usize::MAX, NonZeroUsize::get);
    while run.len() > size {
        pieces.push(Piece::Bytes {
            bytes: run.split_to(size),
            ends_event: false,
        });
        pause(pieces, step.chunk_pause_ms);
    }
    pieces.push(Piece::Bytes {
        bytes: run,
        ends_event: true,
    });
}

fn pause(pieces: &mut Vec<Piece>, millis: u64) {
    if millis > 0 {
        pieces.push(Piece::Pause(Duration::from_millis(millis)));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::simulate::wire::Ending;

    fn planned(step: serde_json::Value) -> Vec<Piece> {
        let step: Step = serde_json::from_value(step).unwrap();
        let frames = ["one ", "two ", "three"].map(Bytes::from).to_vec();
        plan(frames, &step, Some(Bytes::from("error")))
    }

    fn piece(text: &'static str, ends_event: bool) -> Piece {
        Piece::Bytes {
            bytes: Bytes::from(text),
            ends_event,
        }
    }

    fn ms(millis: u64) -> Piece {
        Piece::Pause(Duration::from_millis(millis))
    }

    #[test]
    fn without_a_step_every_frame_is_one_piece() {
        assert_eq!(
            planned(json!({})),
            [
                piece("one ", true),
                piece("two ", true),
                piece("three", true)
            ]
        );
    }

    #[test]
    fn silence_comes_first_and_pauses_only_between_events() {
        assert_eq!(
            planned(json!({"silence_ms": 9, "pause_between_events_ms": 5, "end_after": 2})),
            [ms(9), piece("one ", true), ms(5), piece("two ", true)]
        );
    }

    #[test]
    fn chunks_pay_no_attention_to_events() {
        assert_eq!(
            planned(json!({"chunk_bytes": 5, "chunk_pause_ms": 1})),
            [
                piece("one t", false),
                ms(1),
                piece("wo th", false),
                ms(1),
                piece("ree", true)
            ]
        );
    }

    #[test]
    fn an_error_event_ends_the_stream() {
        assert_eq!(
            planned(json!({"error_first": true})),
            [piece("error", true)]
        );
        assert_eq!(
            planned(json!({"error_after": 1})),
            [piece("one ", true), piece("error", true)]
        );
    }

    #[test]
    fn a_cut_lets_the_peer_read_first() {
        let pieces = planned(json!({"cut": {"after_events": 1}, "cut_with": "fin"}));
        assert_eq!(
            pieces,
            [
                piece("one ", true),
                Piece::Pause(SETTLE),
                Piece::Cut(Ending::Fin)
            ]
        );
        assert_eq!(
            planned(json!({"cut": "after_headers"})),
            [Piece::Pause(SETTLE), Piece::Cut(Ending::Reset)]
        );
    }

    #[test]
    fn a_stream_hangs_before_its_first_event_or_in_its_middle() {
        assert_eq!(planned(json!({"hang": true})), [Piece::Hang]);
        assert_eq!(
            planned(json!({"hang": "mid_stream"})),
            [piece("one ", true), piece("two ", true), Piece::Hang]
        );
    }
}
