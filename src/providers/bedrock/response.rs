//! Reads a whole answer.

use super::stop_reason::finish_reason;
use super::usage;
use super::wire::read::{
    Answer, Block, CitationsContent, Picture, Reasoning as WireReasoning, ToolUse,
};
use crate::chat::{Annotation, Choice, Error, Image, Reasoning, Response, ToolCall, Usage};
use crate::providers::Recall;

/// Translates the body of an answer with status 2xx.
///
/// # Errors
/// Where the body is no answer: one without `output` has been seen with status 200.
pub(super) fn translate(body: &[u8], recall: &Recall) -> Result<Response, Error> {
    let answer: Answer<'_> = serde_json::from_slice(body)
        .map_err(|_| Error::upstream("Bedrock's answer is not the JSON of an answer"))?;
    let message = answer.output.and_then(|output| output.message);
    let blocks = message
        .and_then(|message| message.content)
        .ok_or_else(|| Error::upstream("Bedrock's answer holds no message"))?;
    let mut content = Content::new(recall);
    for block in blocks {
        content.add(block);
    }
    let tier = answer.service_tier.as_ref();
    Ok(Response {
        id: None,
        model: None,
        usage: answer
            .usage
            .as_ref()
            .map_or(Usage::default(), usage::buckets),
        service_tier: tier
            .and_then(|tier| tier.in_openais_words())
            .map(str::to_owned),
        choices: vec![content.choice(answer.stop_reason.as_deref())?],
    })
}

/// What the blocks add up to.
struct Content<'r> {
    recall: &'r Recall,
    text: String,
    characters: usize,
    reasoning: Vec<Reasoning<'static>>,
    tool_calls: Vec<ToolCall<'static>>,
    annotations: Vec<Annotation>,
    images: Vec<Image>,
}

impl<'r> Content<'r> {
    fn new(recall: &'r Recall) -> Self {
        Self {
            recall,
            text: String::new(),
            characters: 0,
            reasoning: Vec::new(),
            tool_calls: Vec::new(),
            annotations: Vec::new(),
            images: Vec::new(),
        }
    }

    fn add(&mut self, block: Block<'_>) {
        if let Some(reasoning) = &block.reasoning_content {
            self.reasoning.extend(thought(reasoning));
        }
        if let Some(text) = &block.text {
            self.add_text(text);
        }
        if let Some(cited) = &block.citations_content {
            self.add_cited(cited);
        }
        if let Some(picture) = &block.image {
            self.images.extend(image(picture));
        }
        if let Some(call) = block.tool_use.filter(ToolUse::is_the_clients) {
            self.add_call(&call);
        }
    }

    fn add_text(&mut self, text: &str) {
        self.characters = self.characters.saturating_add(text.chars().count());
        self.text.push_str(text);
    }

    fn add_cited(&mut self, cited: &CitationsContent<'_>) {
        let start = self.characters;
        for piece in cited.content.iter().flatten() {
            self.add_text(piece.text.as_deref().unwrap_or_default());
        }
        for citation in cited.citations.iter().flatten() {
            if let Some(url) = citation.url() {
                self.annotations.push(Annotation {
                    start,
                    end: self.characters,
                    title: citation.title.as_deref().unwrap_or_default().to_owned(),
                    url: url.to_owned(),
                });
            }
        }
    }

    /// What the tool for structured output is called with is text.
    fn add_call(&mut self, call: &ToolUse<'_>) {
        let arguments = call.input.map_or("{}", |input| input.get());
        if self.recall.output_tool.as_deref() == Some(&*call.name) {
            return self.add_text(arguments);
        }
        let name = self.recall.tool_names.get(&*call.name);
        self.tool_calls.push(ToolCall {
            id: call.tool_use_id.to_owned().into(),
            name: name.map_or(&*call.name, |name| name).to_owned().into(),
            arguments: arguments.to_owned().into(),
            signature: None,
        });
    }

    fn choice(self, stop_reason: Option<&str>) -> Result<Choice, Error> {
        Ok(Choice {
            finish_reason: finish_reason(stop_reason, !self.tool_calls.is_empty())?,
            text: Some(self.text).filter(|text| !text.is_empty()),
            reasoning: self.reasoning,
            tool_calls: self.tool_calls,
            annotations: self.annotations,
            images: self.images,
            ..Choice::default()
        })
    }
}

fn thought(reasoning: &WireReasoning<'_>) -> Option<Reasoning<'static>> {
    if let Some(data) = &reasoning.redacted_content {
        return Some(Reasoning::Redacted {
            data: (**data).to_owned().into(),
        });
    }
    let said = reasoning.reasoning_text.as_ref()?;
    let signature = said.signature.as_deref().filter(|proof| !proof.is_empty());
    let text = said.text.as_deref().unwrap_or_default();
    (!text.is_empty() || signature.is_some()).then(|| Reasoning::Thinking {
        text: text.to_owned().into(),
        signature: signature.map(|proof| proof.to_owned().into()),
    })
}

/// A picture whose bytes are there; S3 keeps others.
fn image(picture: &Picture<'_>) -> Option<Image> {
    Some(Image {
        media_type: picture.media_type()?,
        base64: picture.bytes()?.to_owned(),
    })
}
