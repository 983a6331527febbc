//! Messages, which most items are: read in one go.

use std::borrow::Cow;

use serde::Deserialize;

use super::kind;
use crate::chat::{Annotation, TokenLogprob, TopLogprob};
use crate::json::{Fault, Reader};
use crate::providers::json::Few;

/// More parts than any message has.
const MAX_PARTS: u32 = 1024;

/// A part of a message.
#[derive(Debug)]
pub(in super::super::super) enum Content<'a> {
    Text {
        text: Cow<'a, str>,
        annotations: Vec<Annotation>,
        logprobs: Vec<TokenLogprob>,
    },
    Refusal(Cow<'a, str>),
    /// What is not known, and skipped.
    Other,
}

/// Takes an item, and gives the parts of a message; `None` where it is none.
pub(super) fn message<'a>(reader: &mut Reader<'a>) -> Result<Option<Few<Content<'a>>>, Fault> {
    let (mut is_message, mut parts) = (false, None);
    reader.object(|reader, name| {
        match &*name.text {
            "type" => is_message = reader.optional(Reader::string)?.as_deref() == Some("message"),
            "content" => {
                let list = |reader: &mut Reader<'a>| Few::read(reader, MAX_PARTS, content);
                parts = reader.optional(list)?;
            }
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(is_message.then(|| parts.unwrap_or_default()))
}

/// Takes a part, whatever is in one of an unknown type.
fn content<'a>(reader: &mut Reader<'a>) -> Result<Content<'a>, Fault> {
    let mut part = reader.clone();
    let read = RawContent::read(&mut part);
    if read.is_ok() {
        *reader = part;
        return read.map(RawContent::tagged);
    }
    match kind(reader.text()?).as_deref() {
        Some("output_text" | "refusal") => read.map(RawContent::tagged),
        _ => Ok(Content::Other),
    }
}

#[derive(Default)]
struct RawContent<'a> {
    kind: Option<Cow<'a, str>>,
    text: Option<Cow<'a, str>>,
    refusal: Option<Cow<'a, str>>,
    annotations: Vec<Annotation>,
    logprobs: Vec<TokenLogprob>,
}

impl<'a> RawContent<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let mut part = Self::default();
        reader.object(|reader, name| part.member(reader, &name.text))?;
        Ok(part)
    }

    fn member(&mut self, reader: &mut Reader<'a>, name: &str) -> Result<(), Fault> {
        match name {
            "type" => self.kind = reader.optional(Reader::string)?,
            "text" => self.text = reader.optional(Reader::string)?,
            "refusal" => self.refusal = reader.optional(Reader::string)?,
            "annotations" => {
                self.annotations.clear();
                let annotations = &mut self.annotations;
                let citations = |reader: &mut Reader<'a>| {
                    reader.array(|reader| {
                        annotations.extend(citation(reader.text()?));
                        Ok(())
                    })
                };
                reader.optional(citations)?;
            }
            "logprobs" => self.logprobs = logprobs(reader.text()?),
            _ => reader.skip()?,
        }
        Ok(())
    }

    fn tagged(self) -> Content<'a> {
        match self.kind.as_deref() {
            Some("output_text") => Content::Text {
                text: self.text.unwrap_or_default(),
                annotations: self.annotations,
                logprobs: self.logprobs,
            },
            Some("refusal") => Content::Refusal(self.refusal.unwrap_or_default()),
            _ => Content::Other,
        }
    }
}

/// A citation of a web page, its span counted from the start of its part; those of files have no
/// place in a chat.
pub(in super::super) fn citation(json: &str) -> Option<Annotation> {
    #[derive(Deserialize)]
    struct Citation {
        start_index: usize,
        end_index: usize,
        title: Option<String>,
        url: String,
    }
    if kind(json).as_deref() != Some("url_citation") {
        return None;
    }
    let cited: Citation = serde_json::from_str(json).ok()?;
    Some(Annotation {
        start: cited.start_index,
        end: cited.end_index,
        title: cited.title.unwrap_or_default(),
        url: cited.url,
    })
}

/// How likely tokens were; none where that cannot be read.
pub(in super::super) fn logprobs(json: &str) -> Vec<TokenLogprob> {
    #[derive(Deserialize)]
    struct Logprob {
        token: String,
        logprob: f64,
        top_logprobs: Option<Vec<Top>>,
    }
    #[derive(Deserialize)]
    struct Top {
        token: String,
        logprob: f64,
    }
    if json == "[]" {
        return Vec::new();
    }
    let all: Vec<Logprob> = serde_json::from_str(json).unwrap_or_default();
    let top = |Top { token, logprob }| TopLogprob { token, logprob };
    let one = |one: Logprob| TokenLogprob {
        token: one.token,
        logprob: one.logprob,
        top: one.top_logprobs.into_iter().flatten().map(top).collect(),
    };
    all.into_iter().map(one).collect()
}
