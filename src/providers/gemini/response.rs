//! Reads a whole answer: a stream of one chunk.

use super::answer::Answer;
use super::endpoint::Host;
use super::stream::read;
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
    fold.finish()
}
