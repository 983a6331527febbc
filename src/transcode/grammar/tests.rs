use super::*;
use crate::chat::{Annotation, Error, FinishReason, Usage};

const START: Event<'_> = Event::Start {
    id: None,
    model: None,
};
const FINISH: Event<'_> = finish(0);

const fn open(block: u32, choice: u32) -> Event<'static> {
    let kind = BlockKind::Text;
    Event::BlockStart {
        block,
        choice,
        kind,
    }
}

const fn finish(choice: u32) -> Event<'static> {
    let reason = FinishReason::Stop;
    Event::Finish { choice, reason }
}

fn delta(block: u32) -> Event<'static> {
    Event::BlockDelta { block, text: "x" }
}

fn close(block: u32) -> Event<'static> {
    Event::BlockEnd { block }
}

fn error() -> Event<'static> {
    Event::Error(Error::upstream("broken"))
}

/// Checks a stream whose last event alone is in question.
fn last(events: &[Event<'_>]) -> Result<(), Violation> {
    let mut grammar = Grammar::default();
    let (last, before) = events.split_last().unwrap();
    for event in before {
        grammar.check(event).unwrap();
    }
    grammar.check(last)
}

#[test]
fn streams_of_every_form_are_allowed() {
    let usage = Event::Usage(Usage::default());
    for stream in [
        vec![
            START,
            open(0, 0),
            delta(0),
            close(0),
            FINISH,
            usage,
            Event::End,
        ],
        vec![
            Event::Heartbeat,
            START,
            FINISH,
            Event::Heartbeat,
            Event::End,
        ],
        vec![
            START,
            open(0, 0),
            open(1, 1),
            delta(0),
            close(0),
            FINISH,
            delta(1),
            close(1),
            finish(1),
            Event::End,
        ],
        vec![error()],
        vec![START, open(0, 0), delta(0), error()],
        vec![START, FINISH, error()],
    ] {
        assert_eq!(last(&stream), Ok(()), "{stream:?}");
    }
}

fn assert_broken(rows: &[(&[Event<'_>], &'static str)]) {
    for (stream, rule) in rows {
        assert_eq!(last(stream), Err(Violation(rule)), "{stream:?}");
    }
}

#[test]
fn the_rules_of_blocks_are_enforced() {
    let empty = Event::BlockDelta { block: 0, text: "" };
    let sign = Event::Signature {
        block: 0,
        signature: "s",
    };
    let refusal = Event::BlockStart {
        block: 0,
        choice: 0,
        kind: BlockKind::Refusal,
    };
    assert_broken(&[
        (&[START, open(1, 0)], "blocks are numbered densely"),
        (
            &[START, open(0, 0), open(0, 0)],
            "blocks are numbered densely",
        ),
        (&[START, delta(0)], "only an open block has deltas"),
        (
            &[START, open(0, 0), close(0), delta(0)],
            "only an open block has deltas",
        ),
        (&[START, close(0)], "only an open block can end"),
        (&[START, open(0, 0), empty], "a delta is never empty"),
        (
            &[START, refusal, sign],
            "only an open block of reasoning or text is signed",
        ),
    ]);
}

#[test]
fn the_rules_of_choices_and_endings_are_enforced() {
    let annotation = Event::Annotation {
        choice: 0,
        annotation: Annotation {
            start: 0,
            end: 1,
            title: String::new(),
            url: String::new(),
        },
    };
    let is_late = "nothing of a choice follows its finish";
    assert_broken(&[
        (&[open(0, 0)], "a stream begins with its start"),
        (&[START, START], "a stream starts once"),
        (
            &[START, open(0, 0), FINISH],
            "a choice finishes after its blocks",
        ),
        (&[START, FINISH, FINISH], is_late),
        (&[START, FINISH, open(0, 0)], is_late),
        (&[START, FINISH, annotation], is_late),
        (&[START, Event::End], "a complete stream has a choice"),
        (
            &[START, open(0, 1), close(0), FINISH, Event::End],
            "every choice finishes before the end",
        ),
        (
            &[START, FINISH, Event::End, Event::Heartbeat],
            "nothing follows the end",
        ),
        (&[error(), Event::End], "nothing follows the end"),
    ]);
}

#[test]
fn a_redacted_block_has_neither_text_nor_proof() {
    let open = Event::BlockStart {
        block: 0,
        choice: 0,
        kind: BlockKind::RedactedReasoning { data: "d" },
    };
    let sign = Event::Signature {
        block: 0,
        signature: "s",
    };
    assert!(last(&[START, open.clone(), delta(0)]).is_err());
    assert!(last(&[START, open, sign]).is_err());
}
