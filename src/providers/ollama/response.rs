//! Reads a whole answer.

use super::calls::Calls;
use super::finish_reason::finish_reason;
use super::wire::read::Answer;
use super::{error, logprobs};
use crate::chat::{Choice, Error, Reasoning, Response, ToolCall, Usage};

/// Translates the body of an answer with status 2xx.
///
/// Missing fields are tolerated where an answer is left without them.
///
/// # Errors
/// Where the body is no whole answer, or an error despite its status.
pub(super) fn translate(body: &[u8]) -> Result<Response, Error> {
    let answer: Answer<'_> = serde_json::from_slice(body)
        .map_err(|_| Error::upstream("Ollama's answer is not the JSON of a chat"))?;
    if let Some(failure) = answer.error {
        return Err(error::from_line(failure));
    }
    if answer.done == Some(false) {
        return Err(Error::upstream("Ollama's answer is not complete"));
    }
    Ok(Response {
        id: None,
        model: answer.model.as_deref().map(str::to_owned),
        usage: usage(&answer),
        service_tier: None,
        choices: vec![choice(&answer)?],
    })
}

fn choice(answer: &Answer<'_>) -> Result<Choice, Error> {
    let message = answer.message.as_ref();
    let message = message.ok_or_else(|| Error::upstream("Ollama's answer holds no message"))?;
    let mut calls = Calls::of(answer);
    let mut tool_calls = Vec::new();
    for call in message.tool_calls.iter().flatten() {
        let call = calls.next(call)?;
        tool_calls.push(ToolCall {
            id: call.id.into(),
            name: call.name.to_owned().into(),
            arguments: call.arguments.into(),
            signature: None,
        });
    }
    let said = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    let thinking = said(message.thinking.as_deref()).map(|text| Reasoning::Thinking {
        text: text.into(),
        signature: None,
    });
    Ok(Choice {
        text: said(message.content.as_deref()),
        reasoning: thinking.into_iter().collect(),
        finish_reason: finish_reason(answer.done_reason.as_deref(), calls.any()),
        tool_calls,
        logprobs: answer.logprobs.map(logprobs::tokens),
        ..Choice::default()
    })
}

/// Token counts. Where the whole prompt was still in memory, Ollama may leave its count out; there
/// is no telling then how long it was.
pub(super) fn usage(answer: &Answer<'_>) -> Usage {
    Usage {
        input: answer.prompt_eval_count.unwrap_or(0),
        output: answer.eval_count.unwrap_or(0),
        ..Usage::default()
    }
}
