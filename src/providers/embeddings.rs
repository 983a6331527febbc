//! What providers with an embeddings API of their own have in common.

use super::{Outgoing, Recall, TargetOptions};
use crate::chat::{EmbeddingsRequest, EmbeddingsResponse, Error};
use crate::headers::Headers;
use crate::json::{Fault, Reader};

/// The embeddings of a provider with its own wire format.
pub trait Embeddings: Sync {
    /// Writes the request for this provider.
    ///
    /// # Errors
    /// [`Error`] of kind `InvalidRequest` naming the field, where the provider cannot do what the
    /// client asks.
    fn request(
        &self,
        request: &EmbeddingsRequest<'_>,
        target: &TargetOptions<'_>,
    ) -> Result<Outgoing, Error>;

    /// Reads a whole answer (status 2xx); some providers count tokens in its headers.
    ///
    /// # Errors
    /// [`Error`] where the body is not an answer.
    fn response(
        &self,
        headers: &Headers,
        body: &[u8],
        recall: &Recall,
    ) -> Result<EmbeddingsResponse, Error>;
}

/// Takes a vector: an array of numbers, each of which keeps all of its digits.
///
/// # Errors
/// [`Fault`] where something else comes.
pub fn vector(reader: &mut Reader<'_>) -> Result<Vec<f64>, Fault> {
    let mut vector = Vec::with_capacity(1024);
    reader.array(|reader| {
        vector.push(reader.number()?);
        Ok(())
    })?;
    Ok(vector)
}
