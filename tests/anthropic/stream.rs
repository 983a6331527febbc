//! Reads streams: a splitter of whole bodies, the grammar of events, and the fold of events into
//! an answer.

use std::collections::BTreeMap;

use tidegate::chat::{Annotation, BlockKind, Error, Event, FinishReason, Response, Sink, Usage};
use tidegate::framing::sse::Frame;

use crate::transcript::line;

/// What a stream has reported.
#[derive(Default)]
pub(crate) struct Observer {
    /// One line for each event.
    pub(crate) transcript: String,
    /// What the events add up to.
    pub(crate) answer: Answer,
    open: BTreeMap<u32, Open>,
    next_block: u32,
    phase: Phase,
}

#[derive(Debug, Default, PartialEq)]
enum Phase {
    #[default]
    Waiting,
    Started,
    Finished,
    Ended,
}

#[derive(Debug, PartialEq)]
enum Open {
    Text,
    Reasoning(usize),
    Redacted,
    Refusal,
    Tool(usize),
}

/// An answer in the form that both ways of getting it can be compared in.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Answer {
    pub(crate) id: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) text: String,
    pub(crate) refusal: String,
    /// Text and signature, or redacted bytes.
    pub(crate) reasoning: Vec<(String, String)>,
    /// Id, name and arguments.
    pub(crate) tool_calls: Vec<(String, String, String)>,
    pub(crate) annotations: Vec<Annotation>,
    pub(crate) usage: Option<Usage>,
    pub(crate) finish: Option<FinishReason>,
    pub(crate) error: Option<Error>,
}

/// Decodes a whole body of server-sent events.
pub(crate) fn decode(body: &str) -> Observer {
    let frames = split(body);
    decode_frames(frames.iter().map(|(event, data)| Frame {
        event: event.as_deref().map(str::as_bytes),
        data: data.as_bytes(),
    }))
}

/// Decodes frames, and checks the grammar while doing so.
pub(crate) fn decode_frames<'a>(frames: impl IntoIterator<Item = Frame<'a>>) -> Observer {
    let mut observer = Observer::default();
    let mut decoder = crate::anthropic().decoder();
    for frame in frames {
        decoder.frame(frame, &mut observer);
    }
    decoder.end(&mut observer);
    assert_eq!(observer.phase, Phase::Ended, "{}", observer.transcript);
    observer
}

/// Name and data of each event. Only for whole, well-behaved bodies.
fn split(body: &str) -> Vec<(Option<String>, String)> {
    body.split("\n\n")
        .filter(|event| !event.trim().is_empty())
        .map(|event| {
            let field = |name| event.lines().find_map(|line| line.strip_prefix(name));
            let value = |text: &str| text.strip_prefix(' ').unwrap_or(text).to_owned();
            (
                field("event:").map(value),
                field("data:").map(value).unwrap_or_default(),
            )
        })
        .collect()
}

impl Sink for Observer {
    fn event(&mut self, event: Event<'_>) {
        self.transcript.push_str(&line(&event));
        self.transcript.push('\n');
        self.check(&event);
        self.add(event);
    }
}

impl Observer {
    fn check(&mut self, event: &Event<'_>) {
        let allowed = match (&self.phase, event) {
            (Phase::Ended, _) => false,
            (_, Event::Error(_)) => true,
            (Phase::Waiting, event) => matches!(event, Event::Start { .. }),
            (Phase::Started, Event::End | Event::Start { .. }) => false,
            (Phase::Started, _) => true,
            (Phase::Finished, event) => {
                matches!(event, Event::Usage(_) | Event::Finish { .. } | Event::End)
            }
        };
        assert!(allowed, "out of place:\n{}", self.transcript);
        self.phase = match event {
            Event::Start { .. } => Phase::Started,
            Event::Finish { .. } => {
                assert!(self.open.is_empty(), "open blocks:\n{}", self.transcript);
                Phase::Finished
            }
            Event::End | Event::Error(_) => Phase::Ended,
            _ => return,
        };
    }

    fn add(&mut self, event: Event<'_>) {
        match event {
            Event::Start { id, model } => {
                self.answer.id = id.map(str::to_owned);
                self.answer.model = model.map(str::to_owned);
            }
            Event::BlockStart {
                block,
                choice,
                kind,
            } => {
                assert_eq!((block, choice), (self.next_block, 0), "blocks are dense");
                self.next_block += 1;
                let open = self.open_block(kind);
                self.open.insert(block, open);
            }
            Event::BlockDelta { block, text } => self.delta(block, text),
            Event::Signature { block, signature } => match self.open[&block] {
                Open::Reasoning(at) => self.answer.reasoning[at].1.push_str(signature),
                _ => panic!("a signature belongs to reasoning"),
            },
            Event::BlockEnd { block } => {
                let closed = self.open.remove(&block).expect("only open blocks close");
                if let Open::Tool(at) = closed {
                    assert!(
                        !self.answer.tool_calls[at].2.is_empty(),
                        "arguments are JSON"
                    );
                }
            }
            Event::Annotation { annotation, .. } => self.answer.annotations.push(annotation),
            Event::Usage(usage) => self.answer.usage = Some(usage),
            Event::Finish { reason, .. } => self.answer.finish = Some(reason),
            Event::Error(error) => self.answer.error = Some(error),
            Event::Heartbeat | Event::End => {}
        }
    }

    fn open_block(&mut self, kind: BlockKind<'_>) -> Open {
        let Answer {
            reasoning,
            tool_calls,
            ..
        } = &mut self.answer;
        match kind {
            BlockKind::Text => Open::Text,
            BlockKind::Refusal => Open::Refusal,
            BlockKind::Reasoning => {
                reasoning.push(Default::default());
                Open::Reasoning(reasoning.len() - 1)
            }
            BlockKind::RedactedReasoning { data } => {
                reasoning.push(("redacted".to_owned(), data.to_owned()));
                Open::Redacted
            }
            BlockKind::ToolCall { id, name } => {
                tool_calls.push((id.to_owned(), name.to_owned(), String::new()));
                Open::Tool(tool_calls.len() - 1)
            }
        }
    }

    fn delta(&mut self, block: u32, text: &str) {
        assert!(!text.is_empty(), "empty deltas are not reported");
        match *self.open.get(&block).expect("deltas belong to open blocks") {
            Open::Text => self.answer.text.push_str(text),
            Open::Refusal => self.answer.refusal.push_str(text),
            Open::Reasoning(at) => self.answer.reasoning[at].0.push_str(text),
            Open::Tool(at) => self.answer.tool_calls[at].2.push_str(text),
            Open::Redacted => panic!("redacted reasoning has no deltas"),
        }
    }
}

impl Answer {
    /// The arguments of tool calls without insignificant white space.
    pub(crate) fn with_compact_arguments(mut self) -> Self {
        for (_, _, arguments) in &mut self.tool_calls {
            let parsed: serde_json::Value = serde_json::from_str(arguments).expect("JSON");
            *arguments = parsed.to_string();
        }
        self
    }
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        use tidegate::chat::Reasoning;
        let [choice] = <[_; 1]>::try_from(response.choices).expect("one choice");
        let thought = |reasoning| match reasoning {
            Reasoning::Thinking { text, signature } => (
                text.into_owned(),
                signature.unwrap_or_default().into_owned(),
            ),
            Reasoning::Redacted { data } => ("redacted".to_owned(), data.into_owned()),
        };
        let strings = |call: tidegate::chat::ToolCall<'_>| {
            (
                call.id.into_owned(),
                call.name.into_owned(),
                call.arguments.into_owned(),
            )
        };
        Self {
            id: response.id,
            model: response.model,
            text: choice.text.unwrap_or_default(),
            refusal: choice.refusal.unwrap_or_default(),
            reasoning: choice.reasoning.into_iter().map(thought).collect(),
            tool_calls: choice.tool_calls.into_iter().map(strings).collect(),
            annotations: choice.annotations,
            usage: Some(response.usage),
            finish: Some(choice.finish_reason),
            error: None,
        }
    }
}
