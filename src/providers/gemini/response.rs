//! Reads a whole answer: a stream of one chunk.

use super::answer::Answer;
use super::endpoint::Host;
use super::stream::read;
use super::wire::read::UsageMetadata;
use crate::chat::{Error, Fold, Response};
use crate::providers::Recall;

/// Translates the body of an answer with status 2xx.
///
/// # Errors
/// Where the body is no answer, or says that it is none.
pub(super) fn translate(host: Host, body: &[u8], recall: &Recall) -> Result<Response, Error> {
    let chunk = read(body)?;
    let mut fold = Fold::new();
    let mut answer = Answer::new(host, recall.tool_names.clone());
    answer.chunk(&chunk, &mut fold)?;
    answer.end_whole(&mut fold)?;
    let mut response = fold.finish()?;
    let tier = chunk.usage_metadata.as_ref().and_then(service_tier);
    response.service_tier = tier.map(str::to_owned);
    Ok(response)
}

/// The tier in OpenAI's words.
fn service_tier(usage: &UsageMetadata<'_>) -> Option<&'static str> {
    let (tier, traffic) = (usage.service_tier(), usage.traffic_type());
    match (tier.as_deref(), traffic.as_deref()) {
        (Some("standard"), _) => Some("default"),
        (Some("flex"), _) | (_, Some("ON_DEMAND_FLEX")) => Some("flex"),
        (Some("priority"), _) | (_, Some("ON_DEMAND_PRIORITY")) => Some("priority"),
        (_, Some("ON_DEMAND")) => Some("default"),
        _ => None,
    }
}
