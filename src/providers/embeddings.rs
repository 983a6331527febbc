//! What providers with an embeddings API of their own have in common.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::value::RawValue;

use super::losses::Losses;
use super::{Outgoing, Recall, TargetOptions, json, parameters};
use crate::chat::{EmbeddingsInput, EmbeddingsRequest, EmbeddingsResponse, Error};
use crate::headers::Headers;
use crate::json::{Fault, Name, Reader};

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

/// A field of the vendor's own.
pub(super) type Field<'a> = (Cow<'a, str>, &'a RawValue);

/// The fields of a request that have no neutral meaning, as the vendor takes them: its own names
/// (`known`), wherever they stand, and all that stands in its own object (`cohere: {…}`).
///
/// # Errors
/// Where a field is unknown and the target refuses those, or the vendor's object is none.
pub(super) fn extras<'a>(
    request: &'a EmbeddingsRequest<'_>,
    target: &TargetOptions<'_>,
    vendor: &str,
    known: &[&str],
    losses: &mut Losses,
) -> Result<Vec<Field<'a>>, Error> {
    let mut fields = Vec::new();
    for extra in request
        .extras
        .iter()
        .filter(|extra| extra.value.get() != "null")
    {
        if extra.name == vendor {
            fields.extend(json::fields(extra.value, vendor)?);
        } else if known.contains(&&*extra.name) {
            fields.push((Cow::Borrowed(&*extra.name), extra.value));
        } else {
            parameters::unknown(extra, target.unknown_fields, losses)?;
        }
    }
    Ok(fields)
}

/// The texts to embed.
///
/// # Errors
/// Where the input is tokens: only OpenAI's models have that tokeniser.
pub(super) fn texts<'a>(request: &'a EmbeddingsRequest<'_>) -> Result<&'a [Cow<'a, str>], Error> {
    match &request.input {
        EmbeddingsInput::Texts(texts) => Ok(texts),
        EmbeddingsInput::Tokens(_) => Err(Error::invalid(
            "This model takes texts; tokens are OpenAI's own.",
        )
        .with_param("input")
        .with_code("unsupported_value")),
    }
}

/// The only text to embed.
///
/// # Errors
/// Where there are several: the API takes one a request.
pub(super) fn only_text<'a>(request: &'a EmbeddingsRequest<'_>) -> Result<&'a str, Error> {
    match texts(request)? {
        [text] => Ok(text),
        _ => Err(Error::invalid(
            "This model takes one text a request; send the others on their own.",
        )
        .with_param("input")
        .with_code("unsupported_value")),
    }
}

/// An end user has no place in any of these APIs.
pub(super) fn without_end_user(
    request: &EmbeddingsRequest<'_>,
    losses: &mut Losses,
) -> Result<(), Error> {
    match request.end_user {
        Some(_) => losses.dropped("user"),
        None => Ok(()),
    }
}

/// Takes a list of vectors.
pub(super) fn vectors(reader: &mut Reader<'_>) -> Result<Vec<Vec<f64>>, Fault> {
    let mut vectors = Vec::new();
    reader.array(|reader| {
        vectors.push(vector(reader)?);
        Ok(())
    })?;
    Ok(vectors)
}

/// Reads an answer that is an object.
///
/// # Errors
/// That it is none, or has another form.
pub(super) fn read<'a>(
    body: &'a [u8],
    member: impl FnMut(&mut Reader<'a>, &Name<'a>) -> Result<(), Fault>,
) -> Result<(), Error> {
    let read = Reader::new(body).and_then(|mut reader| {
        reader.object(member)?;
        reader.end()
    });
    read.map_err(|_| not_an_answer())
}

/// The answer has no vectors.
pub(super) fn not_an_answer() -> Error {
    Error::upstream("The provider's answer cannot be understood: it has no embeddings.")
}

/// The answer, if it has a vector.
pub(super) fn answer(
    model: Option<String>,
    vectors: Vec<Vec<f64>>,
    input_tokens: Option<u64>,
) -> Result<EmbeddingsResponse, Error> {
    if vectors.is_empty() {
        return Err(not_an_answer());
    }
    Ok(EmbeddingsResponse {
        model,
        vectors,
        input_tokens,
    })
}

/// Writes a body.
///
/// # Errors
/// Never in practice: all of it can be written as JSON.
pub(super) fn write(body: &impl Serialize) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(body).map_err(|_| Error::upstream("the request could not be written"))
}

/// A count that may be written with a point.
pub(super) fn whole_number(count: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, and a count has no fraction"
    )]
    let count = count as u64;
    count
}
