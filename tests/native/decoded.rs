//! Streams, read as the filter reads them, and answers in a form that can be compared.

use serde_json::Value;
use tidegate::chat::{
    Annotation, Choice, Error, Event, FinishReason, Reasoning, Response, Sink, Usage, Vendor,
    VendorPart,
};
use tidegate::framing::{Frames, Said};
use tidegate::providers::{Decoder, Native, Recall};
use tidegate::transcode::{Fold, Grammar};

use crate::transcript::line;

/// What a stream has reported.
#[derive(Default)]
pub(crate) struct Observer {
    /// One line for each event.
    pub(crate) transcript: String,
    grammar: Grammar,
    answer: Fold,
}

impl Sink for Observer {
    fn event(&mut self, event: Event<'_>) {
        self.transcript.push_str(&line(&event));
        self.transcript.push('\n');
        if let Err(violation) = self.grammar.check(&event) {
            panic!("{violation}:\n{}", self.transcript);
        }
        if let Event::BlockDelta { text, .. } = event {
            assert!(!text.is_empty(), "empty deltas are not reported");
        }
        self.answer.event(event);
    }
}

impl Observer {
    fn said(&mut self, said: Said<'_>, decoder: &mut dyn Decoder) {
        if self.grammar.is_over() {
            return;
        }
        match said {
            Said::Frame(frame) => decoder.frame(frame, self),
            Said::Failure(frame) => decoder.failure(frame, self),
            Said::Comment => self.event(Event::Heartbeat),
            Said::Stray(bytes) => decoder.stray(bytes, self),
        }
    }

    /// What the events add up to.
    pub(crate) fn answer(self) -> Result<Answer, Error> {
        self.answer.finish().map(Answer::from)
    }
}

/// Decodes a body that comes in pieces.
pub(crate) fn decode<'a>(
    native: &dyn Native,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Observer {
    decode_with(native, Recall::default(), chunks)
}

/// The same, knowing something of the request.
pub(crate) fn decode_with<'a>(
    native: &dyn Native,
    recall: Recall,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Observer {
    let mut observer = Observer::default();
    let mut decoder = native.decoder(recall);
    let mut frames = Frames::new(native.framing());
    let mut read = Ok(());
    for chunk in chunks {
        if read.is_ok() {
            read = frames.push(chunk, |said| observer.said(said, decoder.as_mut()));
        }
    }
    let read = read.and_then(|()| frames.finish(|said| observer.said(said, decoder.as_mut())));
    match read {
        Ok(()) => decoder.end(&mut observer),
        Err(unreadable) if !observer.grammar.is_over() => {
            observer.event(Event::Error(Error::upstream(unreadable.to_string())));
        }
        Err(_) => {}
    }
    observer
}

/// An answer, however it came.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) id: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) text: String,
    pub(crate) refusal: Option<String>,
    /// Text and signature, or `redacted` and its bytes.
    pub(crate) reasoning: Vec<(String, String)>,
    /// Id, name and arguments, those without insignificant white space.
    pub(crate) tool_calls: Vec<(String, String, String)>,
    pub(crate) annotations: Vec<Annotation>,
    /// What only the vendor has words for, its JSON without insignificant white space.
    pub(crate) vendor: Vec<VendorPart<'static>>,
    pub(crate) service_tier: Option<String>,
    pub(crate) usage: Usage,
    pub(crate) finish: FinishReason,
    /// What it has beside words, and signatures.
    pub(crate) beside: String,
    /// The choices behind the first one.
    pub(crate) others: Vec<String>,
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        // A stream that reports no block has no choice but its finish.
        let mut choices = response.choices.into_iter();
        let choice = choices.next().expect("a choice");
        let others = choices.map(|choice| format!("{choice:?}")).collect();
        let beside = beside(&choice);
        Self {
            id: response.id,
            model: response.model,
            text: choice.text.unwrap_or_default(),
            refusal: choice.refusal,
            reasoning: choice.reasoning.into_iter().map(thought).collect(),
            tool_calls: choice
                .tool_calls
                .into_iter()
                .map(|call| (call.id.into(), call.name.into(), compact(&call.arguments)))
                .collect(),
            annotations: choice.annotations,
            vendor: vendor_parts(choice.vendor),
            service_tier: response.service_tier,
            usage: response.usage,
            finish: choice.finish_reason,
            beside,
            others,
        }
    }
}

fn beside(choice: &Choice) -> String {
    let calls = choice.tool_calls.iter();
    let signatures: Vec<_> = calls.map(|call| call.signature.as_deref()).collect();
    let Choice {
        signature,
        images,
        audio,
        logprobs,
        ..
    } = choice;
    format!("{signature:?} {signatures:?} {images:?} {audio:?} {logprobs:?}")
}

fn compact(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(json) => json.to_string(),
        Err(_) => text.to_owned(),
    }
}

fn vendor_parts(vendor: Option<Vendor>) -> Vec<VendorPart<'static>> {
    let mut parts = vendor.map(|vendor| vendor.parts).unwrap_or_default();
    for part in &mut parts {
        match part {
            VendorPart::Block {
                json: Some(json), ..
            }
            | VendorPart::Citation { json, .. }
            | VendorPart::Note { json, .. } => *json = compact(json).into(),
            VendorPart::Block { json: None, .. } => {}
        }
    }
    parts
}

fn thought(reasoning: Reasoning<'_>) -> (String, String) {
    match reasoning {
        Reasoning::Thinking { text, signature } => {
            (text.into(), signature.unwrap_or_default().into())
        }
        Reasoning::Redacted { data } => ("redacted".to_owned(), data.into()),
    }
}
