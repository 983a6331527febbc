//! Reads a whole answer: as a stream of its items, so that it cannot differ from a streamed one.

use super::error;
use super::stream::Items;
use super::wire::read::{Answer, Malformed};
use crate::chat::{Error, Event, Fold, Response, Sink};

/// Translates the body of an answer with status 2xx.
///
/// # Errors
/// Where the body is no response, or says that it failed.
pub(super) fn translate(body: &[u8], service: &'static str) -> Result<Response, Error> {
    let answer = Answer::read(body)
        .map_err(|_| Error::upstream("OpenAI's answer is not the JSON of a response"))?;
    let has_failed = matches!(answer.status.as_deref(), Some("failed" | "cancelled"));
    if answer.error.is_some() || has_failed {
        return Err(error::from_json(answer.error));
    }
    if answer.output.is_none() && answer.object.as_deref() != Some("response") {
        return Err(Error::upstream("OpenAI's answer holds no response"));
    }
    let mut fold = Fold::new();
    fold.event(Event::Start {
        id: answer.id.as_deref(),
        model: answer.model.as_deref(),
    });
    Items::new(service)
        .complete(&answer, &mut fold)
        .map_err(|Malformed| {
            Error::upstream("OpenAI's answer holds an item that cannot be understood")
        })?;
    Ok(Response {
        service_tier: answer.service_tier.as_deref().map(str::to_owned),
        ..fold.finish()?
    })
}
