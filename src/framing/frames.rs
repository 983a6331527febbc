//! Frames of any framing.

use serde::de::IgnoredAny;

use super::aws_event_stream;
use super::sse::{self, Content};
use super::{Frame, Framing, Said, Unreadable, json_lines};

/// Cuts a stream of bytes into what it says.
#[derive(Debug)]
pub struct Frames(Framer);

#[derive(Debug)]
enum Framer {
    ServerSentEvents(sse::Framer),
    JsonLines(json_lines::Framer),
    AwsEventStream(aws_event_stream::Framer),
}

impl Frames {
    /// The start of a stream.
    pub fn new(framing: Framing) -> Self {
        Self(match framing {
            Framing::ServerSentEvents => Framer::ServerSentEvents(sse::Framer::default()),
            Framing::JsonLines => Framer::JsonLines(json_lines::Framer::default()),
            Framing::AwsEventStream => Framer::AwsEventStream(Default::default()),
        })
    }

    /// Takes the next bytes and reports what they complete.
    ///
    /// # Errors
    /// [`Unreadable`], now and at every later call. What came before has been reported.
    pub fn push(
        &mut self,
        chunk: &[u8],
        mut report: impl FnMut(Said<'_>),
    ) -> Result<(), Unreadable> {
        match &mut self.0 {
            Framer::ServerSentEvents(framer) => framer
                .push(chunk, |item| match item.content {
                    Content::Event(frame) => report(Said::Frame(frame)),
                    Content::Comment => report(Said::Comment),
                    Content::Empty => report(Said::Stray(item.raw)),
                    Content::LineFeed => {}
                })
                .map_err(|too_large| Unreadable::TooLarge(too_large.limit)),
            Framer::JsonLines(framer) => framer.push(chunk, |line| report(Said::Frame(bare(line)))),
            Framer::AwsEventStream(framer) => framer.push(chunk, report),
        }
    }

    /// The stream is over: reports the last message where it only lacks its end.
    ///
    /// # Errors
    /// [`Unreadable`] where the stream was cut inside of a message that cannot be told from a
    /// whole one.
    pub fn finish(&mut self, mut report: impl FnMut(Said<'_>)) -> Result<(), Unreadable> {
        match &mut self.0 {
            Framer::ServerSentEvents(framer) => {
                framer.finish(|item| match item.content {
                    Content::Event(frame) if is_whole(frame) => report(Said::Frame(frame)),
                    Content::Empty => report(Said::Stray(item.raw)),
                    _ => {}
                });
                Ok(())
            }
            Framer::JsonLines(framer) => {
                framer.finish(|line| {
                    if is_whole(bare(line)) {
                        report(Said::Frame(bare(line)));
                    }
                });
                Ok(())
            }
            Framer::AwsEventStream(framer) => framer.finish(),
        }
    }
}

fn bare(data: &[u8]) -> Frame<'_> {
    Frame { event: None, data }
}

/// An event that lacks its blank line, or a line that lacks its end, may have been cut anywhere: only a whole one tells something.
fn is_whole(frame: Frame<'_>) -> bool {
    frame.data == b"[DONE]" || serde_json::from_slice::<IgnoredAny>(frame.data).is_ok()
}
