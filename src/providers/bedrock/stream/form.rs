//! What an open block of a streamed answer holds.

use crate::chat::{Annotation, Event, Sink};

/// What a block holds, and its number among those that are reported.
pub(super) enum Form {
    Skipped,
    Picture {
        media_type: Option<String>,
    },
    Text {
        block: u32,
        start: usize,
        citations: Vec<(String, String)>,
    },
    Reasoning {
        block: u32,
    },
    Tool {
        block: u32,
        has_arguments: bool,
    },
    /// A call of the tool that carries structured output: its arguments are text.
    Output {
        block: u32,
    },
}

impl Form {
    /// Reports its end; the text so far has this many characters.
    pub(super) fn end(self, characters: usize, sink: &mut dyn Sink) {
        match self {
            Self::Skipped | Self::Picture { .. } => {}
            Self::Reasoning { block } | Self::Output { block } => {
                sink.event(Event::BlockEnd { block });
            }
            Self::Tool {
                block,
                has_arguments,
            } => {
                if !has_arguments {
                    report_delta(block, "{}", sink);
                }
                sink.event(Event::BlockEnd { block });
            }
            Self::Text {
                block,
                start,
                citations,
            } => {
                sink.event(Event::BlockEnd { block });
                for (title, url) in citations {
                    let annotation = Annotation {
                        start,
                        end: characters,
                        title,
                        url,
                    };
                    sink.event(Event::Annotation {
                        choice: 0,
                        annotation,
                    });
                }
            }
        }
    }
}

/// Reports more of a block.
pub(super) fn report_delta(block: u32, text: &str, sink: &mut dyn Sink) {
    if !text.is_empty() {
        sink.event(Event::BlockDelta { block, text });
    }
}
