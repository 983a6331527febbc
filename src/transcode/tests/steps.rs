//! Streams of events to test with, and a decoder that reports them.

use proptest::prelude::*;

use crate::chat::{Annotation, BlockKind, Error, Event, FinishReason, Sink, Usage};
use crate::framing::Frame;
use crate::providers::Decoder;

/// An event that owns its texts.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    Start(Option<String>, Option<String>),
    Open(u32, u32, Kind),
    Delta(u32, String),
    Signature(u32, String),
    Close(u32),
    Annotation(u32, Annotation),
    Usage(Usage),
    Heartbeat,
    Finish(u32, FinishReason),
    End,
    Error(Error),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Text,
    Reasoning,
    Redacted(String),
    Refusal,
    ToolCall(String, String),
}

impl Step {
    pub(super) fn event(&self) -> Event<'_> {
        match self {
            Self::Start(id, model) => Event::Start {
                id: id.as_deref(),
                model: model.as_deref(),
            },
            Self::Open(block, choice, kind) => Event::BlockStart {
                block: *block,
                choice: *choice,
                kind: kind.borrow(),
            },
            Self::Delta(block, text) => Event::BlockDelta {
                block: *block,
                text,
            },
            Self::Signature(block, signature) => Event::Signature {
                block: *block,
                signature,
            },
            Self::Close(block) => Event::BlockEnd { block: *block },
            Self::Annotation(choice, annotation) => Event::Annotation {
                choice: *choice,
                annotation: annotation.clone(),
            },
            Self::Usage(usage) => Event::Usage(*usage),
            Self::Heartbeat => Event::Heartbeat,
            Self::Finish(choice, reason) => Event::Finish {
                choice: *choice,
                reason: *reason,
            },
            Self::End => Event::End,
            Self::Error(error) => Event::Error(error.clone()),
        }
    }
}

impl Kind {
    fn borrow(&self) -> BlockKind<'_> {
        match self {
            Self::Text => BlockKind::Text,
            Self::Reasoning => BlockKind::Reasoning,
            Self::Redacted(data) => BlockKind::RedactedReasoning { data },
            Self::Refusal => BlockKind::Refusal,
            Self::ToolCall(id, name) => BlockKind::ToolCall {
                id,
                name,
                signature: None,
            },
        }
    }
}

/// A decoder that reports the steps that a frame's data numbers, such as `0 1 2`.
pub(super) struct Scripted {
    pub(super) steps: Vec<Step>,
    is_over: bool,
}

impl Scripted {
    pub(super) fn new(steps: Vec<Step>) -> Box<Self> {
        Box::new(Self {
            steps,
            is_over: false,
        })
    }
}

impl Decoder for Scripted {
    fn frame(&mut self, frame: Frame<'_>, sink: &mut dyn Sink) {
        let numbers = std::str::from_utf8(frame.data).unwrap();
        for number in numbers.split_whitespace() {
            if self.is_over {
                return;
            }
            let step = &self.steps[number.parse::<usize>().unwrap()];
            self.is_over = matches!(step, Step::End | Step::Error(_));
            sink.event(step.event());
        }
    }

    fn end(&mut self, sink: &mut dyn Sink) {
        if !self.is_over {
            sink.event(Event::Error(Error::upstream("cut short")));
        }
    }
}

/// The upstream's bytes that make [`Scripted`] report all of its steps.
pub(super) fn upstream(steps: &[Step], line_end: &str) -> Vec<u8> {
    let frame = |number| format!("event: é€😀{line_end}data: {number}{line_end}{line_end}");
    (0..steps.len()).map(frame).collect::<String>().into_bytes()
}

/// A choice's steps, without the numbers of its blocks.
#[derive(Debug, Clone)]
enum Part {
    Block(Kind, Vec<String>, Option<String>),
    Annotation(Annotation),
}

fn part() -> impl Strategy<Value = Part> {
    let text = || ".{1,6}";
    let pieces = || prop::collection::vec(text(), 0..4);
    prop_oneof![
        pieces().prop_map(|pieces| Part::Block(Kind::Text, pieces, None)),
        pieces().prop_map(|pieces| Part::Block(Kind::Refusal, pieces, None)),
        (pieces(), prop::option::of(text())).prop_map(|(pieces, proof)| Part::Block(
            Kind::Reasoning,
            pieces,
            proof
        )),
        text().prop_map(|data| Part::Block(Kind::Redacted(data), Vec::new(), None)),
        (text(), text(), pieces())
            .prop_map(|(id, name, pieces)| { Part::Block(Kind::ToolCall(id, name), pieces, None) }),
        (0..100_usize, text(), text()).prop_map(|(start, title, url)| {
            let end = start + 5;
            Part::Annotation(Annotation {
                start,
                end,
                title,
                url,
            })
        }),
    ]
}

fn reason() -> impl Strategy<Value = FinishReason> {
    prop::sample::select(vec![
        FinishReason::Stop,
        FinishReason::Length,
        FinishReason::ToolCalls,
        FinishReason::ContentFilter,
    ])
}

fn usage() -> impl Strategy<Value = Usage> {
    prop::array::uniform8(0..1000_u64).prop_map(|n| Usage {
        input: n[0],
        cache_read: n[1],
        cache_write_5m: n[2],
        cache_write_1h: n[3],
        audio_input: n[4],
        output: n[5],
        reasoning: n[6],
        audio_output: n[7],
    })
}

/// Any complete stream, its choices interleaved.
pub(super) fn complete() -> impl Strategy<Value = Vec<Step>> {
    let choice = (prop::collection::vec(part(), 0..5), reason());
    let choices = prop::collection::vec(choice, 1..4);
    let order = prop::collection::vec(any::<prop::sample::Index>(), 200);
    let names = prop::option::of(".{1,5}");
    (choices, order, names.clone(), names, usage()).prop_map(
        |(choices, order, id, model, usage)| {
            let mut steps = vec![Step::Heartbeat, Step::Start(id, model)];
            interleave(choices, &order, &mut steps);
            steps.extend([Step::Usage(usage), Step::Heartbeat, Step::End]);
            steps
        },
    )
}

fn interleave(
    choices: Vec<(Vec<Part>, FinishReason)>,
    order: &[prop::sample::Index],
    steps: &mut Vec<Step>,
) {
    let mut queues: Vec<_> = choices
        .into_iter()
        .zip(0..)
        .map(|((parts, reason), choice)| {
            let mut queue: Vec<Step> = Vec::new();
            parts
                .into_iter()
                .for_each(|part| add(part, choice, &mut queue));
            queue.push(Step::Finish(choice, reason));
            (queue.into_iter(), 0)
        })
        .collect();
    let (mut blocks, mut order) = (0, order.iter().cycle());
    while !queues.is_empty() {
        let at = order.next().unwrap().index(queues.len());
        let (queue, block) = &mut queues[at];
        match queue.next() {
            None => drop(queues.remove(at)),
            Some(Step::Open(_, choice, kind)) => {
                *block = blocks;
                blocks += 1;
                steps.push(Step::Open(*block, choice, kind));
            }
            Some(Step::Delta(_, text)) => steps.push(Step::Delta(*block, text)),
            Some(Step::Signature(_, proof)) => steps.push(Step::Signature(*block, proof)),
            Some(Step::Close(_)) => steps.push(Step::Close(*block)),
            Some(other) => steps.push(other),
        }
    }
}

fn add(part: Part, choice: u32, queue: &mut Vec<Step>) {
    match part {
        Part::Annotation(annotation) => queue.push(Step::Annotation(choice, annotation)),
        Part::Block(kind, pieces, proof) => {
            queue.push(Step::Open(0, choice, kind));
            queue.extend(pieces.into_iter().map(|text| Step::Delta(0, text)));
            queue.extend(proof.map(|proof| Step::Signature(0, proof)));
            queue.push(Step::Close(0));
        }
    }
}
