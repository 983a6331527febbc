//! Flaws at the beginning of a stream.
//!
//! A stream is held until its first content has come. What it holds of its own is one event that has
//! not ended; who holds the stream bounds that.

use super::said::each_choice;
use crate::config::routing::{Flaw, Flaws};
use crate::framing::sse::{Content, Framer};

/// The beginning of a stream, as the client would get it.
#[derive(Debug)]
pub struct Beginning {
    wanted: Flaws,
    framer: Framer,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It has said nothing yet.
    Silent,
    /// The first that it says is a refusal.
    Refuses,
    /// It has content: there is no way back.
    Speaks,
}

impl Beginning {
    /// A stream that is about to begin; `None` where none of these flaws shows at the beginning.
    pub fn of(wanted: Flaws) -> Option<Self> {
        let shows = wanted.has(Flaw::Empty) || wanted.has(Flaw::Refusal);
        shows.then(|| Self {
            wanted,
            framer: Framer::default(),
            state: State::Silent,
        })
    }

    /// Takes the next of the client's bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.state != State::Silent {
            return;
        }
        let Self {
            wanted,
            framer,
            state,
        } = self;
        let framed = framer.push(bytes, |item| {
            if let (Content::Event(frame), State::Silent) = (item.content, *state) {
                *state = said(frame.data, *wanted);
            }
        });
        if framed.is_err() {
            self.state = State::Speaks;
        }
    }

    /// Whether it can still turn out to be flawed.
    pub fn is_open(&self) -> bool {
        self.state != State::Speaks
    }

    /// Its flaw, if it has one by now; `is_over` where nothing follows.
    ///
    /// One that refuses may be left to go on to its end, where it tells what it has cost.
    pub fn flaw(&self, is_over: bool) -> Option<Flaw> {
        match self.state {
            State::Refuses => Some(Flaw::Refusal),
            State::Silent if is_over && self.wanted.has(Flaw::Empty) => Some(Flaw::Empty),
            State::Silent | State::Speaks => None,
        }
    }
}

/// What a stream that has said nothing comes to by this event.
fn said(event: &[u8], wanted: Flaws) -> State {
    let mut state = State::Silent;
    // What is no JSON, such as the end marker, says nothing.
    let _ = each_choice(event, |choice| {
        if choice.refuses() && wanted.has(Flaw::Refusal) {
            state = State::Refuses;
        } else if state == State::Silent
            && (choice.said.has_content() || choice.said.reasons || choice.refuses())
        {
            state = State::Speaks;
        }
    });
    state
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Flaws {
        Flaw::ALL.iter().map(|(_, flaw)| *flaw).collect()
    }

    fn chunk(delta: &str, finish: &str) -> String {
        format!(
            "data: {{\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{finish}}}]}}\n\n"
        )
    }

    const ROLE: &str = r#"{"role":"assistant","content":"","refusal":null}"#;

    /// What a stream of these deltas comes to in the end, and whether it was held until then.
    fn judged(deltas: &[(&str, &str)], wanted: Flaws) -> (Option<Flaw>, bool) {
        let mut stream = chunk(ROLE, "null");
        for (delta, finish) in deltas {
            stream += &chunk(delta, finish);
        }
        stream += "data: {\"choices\":[],\"usage\":{\"completion_tokens\":3}}\n\ndata: [DONE]\n\n";
        let judge = |size: usize| {
            let mut beginning = Beginning::of(wanted).unwrap();
            for bytes in stream.as_bytes().chunks(size) {
                beginning.push(bytes);
            }
            (beginning.flaw(true), beginning.is_open())
        };
        let whole = judge(stream.len());
        for size in 1..12 {
            assert_eq!(judge(size), whole, "in chunks of {size} bytes");
        }
        whole
    }

    #[test]
    fn a_stream_that_ends_without_content_is_empty() {
        let ends = [("{}", "\"stop\"")];
        assert_eq!(judged(&ends, all()), (Some(Flaw::Empty), true));
        let blank = [("{\"content\":\" \\n\"}", "null"), ("{}", "\"length\"")];
        assert_eq!(judged(&blank, all()), (Some(Flaw::Empty), true));
        let refusals = Flaws::NONE.with(Flaw::Refusal);
        assert_eq!(judged(&ends, refusals), (None, true));
    }

    #[test]
    fn one_that_goes_on_is_not_empty_yet() {
        let mut beginning = Beginning::of(all()).unwrap();
        beginning.push(chunk(ROLE, "null").as_bytes());
        assert!(beginning.is_open());
        assert_eq!(beginning.flaw(false), None);
    }

    #[test]
    fn the_first_content_lets_it_go_whatever_follows() {
        for content in [
            r#"{"content":"H"}"#,
            r#"{"reasoning_content":"Hm"}"#,
            r#"{"tool_calls":[{"index":0,"id":"x","function":{"name":"f","arguments":""}}]}"#,
            r#"{"function_call":{"name":"f","arguments":""}}"#,
            r#"{"audio":{"id":"a"}}"#,
            r#"{"images":[{}]}"#,
        ] {
            let stream = [(content, "null"), ("{}", "\"content_filter\"")];
            assert_eq!(judged(&stream, all()), (None, false), "{content}");
        }
    }

    #[test]
    fn a_refusal_before_any_content_is_one() {
        let filtered = [("{}", "\"content_filter\"")];
        let refusing = [(r#"{"refusal":"No"}"#, "null"), ("{}", "\"stop\"")];
        for stream in [&filtered[..], &refusing] {
            assert_eq!(judged(stream, all()), (Some(Flaw::Refusal), true));
            let empty = Flaws::NONE.with(Flaw::Empty);
            assert_eq!(judged(stream, empty), (None, false), "it is not empty");
        }
    }

    #[test]
    fn other_flaws_do_not_hold_a_stream() {
        let late = [Flaw::MalformedToolCalls, Flaw::InvalidJson];
        assert!(Beginning::of(late.into_iter().collect()).is_none());
        assert!(Beginning::of(Flaws::NONE).is_none());
    }
}
