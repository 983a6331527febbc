//! Reasoning that a model tells in its text, between `<think>` and `</think>`.
//!
//! It is reasoning only at the start of an answer: later in the text the tags are what the model
//! writes about. All text is kept, byte for byte, but the two tags; white space before the first one
//! is content. What may become a tag is held until it is one, or is not: nine bytes at most.
//!
//! Older models of Together and Fireworks answer so, Groq's and Cerebras' on request, and servers
//! that are started without a parser for reasoning.

use serde_json::{Map, Value};

use super::preset::ThinkTags;
use super::repair;

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// Text that is one or the other.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Split {
    pub(super) content: String,
    pub(super) reasoning: String,
}

/// Splits the text of one answer, however it is cut.
#[derive(Debug)]
pub(super) struct Splitter {
    state: State,
    /// The prompt has opened the tag.
    is_opened: bool,
    /// What may be the first half of a tag.
    held: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing but white space has come.
    Start,
    Thinking,
    /// All that follows is content.
    Answering,
}

impl Splitter {
    pub(super) fn new(tags: ThinkTags) -> Self {
        Self {
            state: match tags {
                ThinkTags::Stay => State::Answering,
                ThinkTags::Split | ThinkTags::Opened => State::Start,
            },
            is_opened: tags == ThinkTags::Opened,
            held: String::new(),
        }
    }

    /// Whether all that follows is content.
    pub(super) fn is_settled(&self) -> bool {
        self.state == State::Answering
    }

    /// Whether some text is held.
    pub(super) fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }

    /// The provider tells reasoning apart by itself: all text is content.
    pub(super) fn settle(&mut self) {
        self.state = State::Answering;
    }

    /// Takes the next text.
    pub(super) fn push(&mut self, text: &str) -> Split {
        let mut split = Split::default();
        let mut whole = std::mem::take(&mut self.held);
        whole.push_str(text);
        let mut rest = whole.as_str();
        if self.state == State::Start {
            rest = self.start(rest, &mut split);
        }
        if self.state == State::Thinking {
            rest = self.think(rest, &mut split);
        }
        split.content.push_str(rest);
        split
    }

    /// The text is over: what is held is no tag.
    pub(super) fn finish(&mut self) -> Split {
        let held = std::mem::take(&mut self.held);
        let is_reasoning = match self.state {
            State::Thinking => true,
            State::Start => self.is_opened,
            State::Answering => false,
        };
        let (content, reasoning) = match is_reasoning {
            true => (String::new(), held),
            false => (held, String::new()),
        };
        Split { content, reasoning }
    }

    /// Takes text of which nobody knows yet what it is; returns what the next state is to take.
    fn start<'t>(&mut self, text: &'t str, split: &mut Split) -> &'t str {
        let told = text.trim_ascii_start();
        let (space, _) = text.split_at(text.len().saturating_sub(told.len()));
        split.content.push_str(space);
        if let Some(thoughts) = told.strip_prefix(OPEN) {
            self.state = State::Thinking;
            return thoughts;
        }
        if OPEN.starts_with(told) {
            self.held.push_str(told);
            return "";
        }
        self.state = match self.is_opened {
            true => State::Thinking,
            false => State::Answering,
        };
        told
    }

    /// Takes reasoning; returns the content behind it.
    fn think<'t>(&mut self, text: &'t str, split: &mut Split) -> &'t str {
        if let Some((thoughts, content)) = text.split_once(CLOSE) {
            split.reasoning.push_str(thoughts);
            self.state = State::Answering;
            return content;
        }
        let half = half_of_close(text);
        let (thoughts, half) = text.split_at(text.len().saturating_sub(half));
        split.reasoning.push_str(thoughts);
        self.held.push_str(half);
        ""
    }
}

/// How many bytes at the end of a text may be the first half of the closing tag.
fn half_of_close(text: &str) -> usize {
    let ends = |length: &usize| {
        CLOSE
            .get(..*length)
            .is_some_and(|half| text.ends_with(half))
    };
    (1..CLOSE.len()).rev().find(ends).unwrap_or(0)
}

/// A whole answer with its reasoning split off; `None` where there is none.
pub(super) fn split_whole(tags: ThinkTags, body: &[u8]) -> Option<Vec<u8>> {
    let may_change = match tags {
        ThinkTags::Stay => false,
        ThinkTags::Split => may_hold_a_tag(body),
        ThinkTags::Opened => true,
    };
    if !may_change {
        return None;
    }
    let mut answer: Map<String, Value> = serde_json::from_slice(body).ok()?;
    let mut has_changed = false;
    repair::each_choice(&mut answer, |_, choice| {
        if let Some(Value::Object(message)) = choice.get_mut("message") {
            has_changed |= split_message(tags, message);
        }
    });
    has_changed.then(|| Value::Object(answer).to_string().into_bytes())
}

/// Writers of JSON may escape `<`; none escapes letters.
fn may_hold_a_tag(body: &[u8]) -> bool {
    memchr::memmem::find(body, b"think").is_some()
}

fn split_message(tags: ThinkTags, message: &mut Map<String, Value>) -> bool {
    let has_reasoning = |text: &Value| text.as_str().is_some_and(|text| !text.is_empty());
    if message.get("reasoning_content").is_some_and(has_reasoning) {
        return false;
    }
    let Some(Value::String(text)) = message.get_mut("content") else {
        return false;
    };
    let mut splitter = Splitter::new(tags);
    let mut split = splitter.push(text);
    let rest = splitter.finish();
    split.content.push_str(&rest.content);
    split.reasoning.push_str(&rest.reasoning);
    if split.content == *text {
        return false;
    }
    *text = split.content;
    message.insert("reasoning_content".to_owned(), split.reasoning.into());
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(tags: ThinkTags, pieces: &[&str]) -> (String, String) {
        let mut splitter = Splitter::new(tags);
        let mut whole = Split::default();
        let parts: Vec<Split> = pieces.iter().map(|piece| splitter.push(piece)).collect();
        for part in parts.into_iter().chain([splitter.finish()]) {
            whole.content.push_str(&part.content);
            whole.reasoning.push_str(&part.reasoning);
        }
        (whole.content, whole.reasoning)
    }

    /// The same for the text in one piece, in single characters, and in any two pieces.
    fn split_anyhow(tags: ThinkTags, text: &str) -> (String, String) {
        let whole = split(tags, &[text]);
        let characters: Vec<&str> = text.split("").collect();
        assert_eq!(split(tags, &characters), whole, "{text}");
        for (place, _) in text.char_indices() {
            let (start, end) = text.split_at(place);
            assert_eq!(split(tags, &[start, end]), whole, "{start}|{end}");
        }
        whole
    }

    #[test]
    fn an_answer_that_begins_with_the_tag_is_split_and_every_byte_kept() {
        for (text, content, reasoning) in [
            ("<think>why</think>so", "so", "why"),
            ("\n <think>\nwhy\n</think>\n\nso", "\n \n\nso", "\nwhy\n"),
            ("<think></think>so", "so", ""),
            ("<think>é < 1 </thin </think>ü", "ü", "é < 1 </thin "),
            (
                "<think>a</think>b<think>c</think>",
                "b<think>c</think>",
                "a",
            ),
            ("<think>cut o", "", "cut o"),
            ("<think>cut </thi", "", "cut </thi"),
            ("<think>a<think>b</think>c", "c", "a<think>b"),
        ] {
            let expected = (content.to_owned(), reasoning.to_owned());
            assert_eq!(split_anyhow(ThinkTags::Split, text), expected, "{text}");
        }
    }

    #[test]
    fn text_that_only_speaks_of_tags_is_content() {
        for text in [
            "so",
            "",
            "  ",
            "<thinking>so</thinking>",
            "<thin",
            "a <think>b</think>",
            "why</think>so",
        ] {
            let expected = (text.to_owned(), String::new());
            assert_eq!(split_anyhow(ThinkTags::Split, text), expected);
            assert_eq!(split_anyhow(ThinkTags::Stay, text), expected);
        }
    }

    #[test]
    fn a_tag_that_the_prompt_has_opened_is_closed_by_the_answer() {
        for text in ["why</think>so", "<think>why</think>so"] {
            let expected = ("so".to_owned(), "why".to_owned());
            assert_eq!(split_anyhow(ThinkTags::Opened, text), expected);
        }
        let cut_off = ("".to_owned(), "why".to_owned());
        assert_eq!(split_anyhow(ThinkTags::Opened, "why"), cut_off);
    }

    #[test]
    fn a_whole_answer_is_split_even_where_its_writer_escapes_the_tags() {
        let body = br#"{"a":1,"choices":[{"message":{"content":"\u003cthink\u003ewhy\u003c/think\u003eso"}},{"message":{"content":"plain"}}]}"#;
        let split = split_whole(ThinkTags::Split, body).unwrap();
        assert_eq!(
            String::from_utf8(split).unwrap(),
            r#"{"a":1,"choices":[{"message":{"content":"so","reasoning_content":"why"}},{"message":{"content":"plain"}}]}"#
        );
    }

    #[test]
    fn a_whole_answer_without_such_reasoning_stays() {
        for message in [
            r#"{"content":"I think so"}"#,
            r#"{"content":null}"#,
            r#"{"content":"<think>a</think>b","reasoning_content":"r"}"#,
        ] {
            let body = format!(r#"{{"choices":[{{"message":{message}}}]}}"#);
            assert_eq!(split_whole(ThinkTags::Split, body.as_bytes()), None);
            assert_eq!(split_whole(ThinkTags::Stay, body.as_bytes()), None);
        }
    }
}
