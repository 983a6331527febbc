//! `extra_content`, where Google's own OpenAI endpoint puts thought signatures:
//! `{"google": {"thought_signature": "EpEg…"}}`. Ours tells who made it, too:
//! `"tidegate": {"issuer": "gemini"}`.
//!
//! Other vendors may put anything there: what is not of this form is passed over.

use std::borrow::Cow;

use crate::chat::signature;
use crate::json::{Fault, Kind, Reader, Slot};

/// Reads the object and keeps its signature, if it has one.
pub(super) fn signature<'a>(
    reader: &mut Reader<'a>,
    signature: &mut Slot<Cow<'a, str>>,
) -> Result<(), Fault> {
    signature.fill(reader, |reader| {
        let (mut proof, mut issuer) = (None, None);
        reader.members(|reader, vendor| {
            match vendor {
                "google" => reader.members(|reader, name| {
                    text_of(reader, name, "thought_signature", &mut proof)
                })?,
                "tidegate" => {
                    reader.members(|reader, name| text_of(reader, name, "issuer", &mut issuer))?
                }
                _ => reader.skip().map(|()| false)?,
            };
            Ok(())
        })?;
        Ok(stamped(proof, issuer.as_deref()))
    })
}

fn stamped<'a>(proof: Option<Cow<'a, str>>, issuer: Option<&str>) -> Cow<'a, str> {
    match (proof, issuer) {
        (Some(proof), Some(issuer)) => Cow::Owned(signature::stamp(issuer, &proof)),
        (Some(proof), None) => proof,
        (None, _) => Cow::Borrowed(""),
    }
}

fn text_of<'a>(
    reader: &mut Reader<'a>,
    name: &str,
    wanted: &str,
    text: &mut Option<Cow<'a, str>>,
) -> Result<(), Fault> {
    if name != wanted || reader.kind()? != Kind::String {
        return reader.skip();
    }
    *text = Some(reader.string()?);
    Ok(())
}
