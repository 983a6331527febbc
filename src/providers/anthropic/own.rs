//! The member `anthropic` of parts and tools: what the Messages API has beyond OpenAI's words.
//!
//! Its fields are put into the block or tool as they are; of a part, `block` takes its place
//! altogether, so that a part can say one thing to Anthropic and another to everybody else. Fields
//! that are made from the part or tool itself cannot be overwritten.

use serde_json::value::RawValue;

use super::extras::fields;
use crate::chat::Error;
use crate::providers::json::Fields;

/// Fields of a block that are made from the part.
const OF_PARTS: &[&str] = &["type", "text", "source", "cache_control"];

/// Fields of a tool that are made from the function.
const OF_TOOLS: &[&str] = &[
    "type",
    "name",
    "description",
    "input_schema",
    "strict",
    "cache_control",
];

/// What a part says to Anthropic only.
#[derive(Default)]
pub(super) struct Own<'a> {
    /// The block to be sent in the part's place.
    pub(super) block: Option<&'a RawValue>,
    /// Fields for the part's block.
    pub(super) fields: Fields<'a>,
}

impl<'a> Own<'a> {
    /// Reads the member of a part.
    ///
    /// # Errors
    /// Where it is no object, or would overwrite what the part says.
    pub(super) fn of_part(
        json: Option<&'a RawValue>,
        param: impl Fn() -> String,
    ) -> Result<Self, Error> {
        let mut own = Self::default();
        for (name, json) in said(json, OF_PARTS, &param)?.0 {
            match &*name {
                "block" if json.get().starts_with('{') => own.block = Some(json),
                "block" => return Err(wrong(&param(), "`block` must be an object")),
                _ => own.fields.0.push((name, json)),
            }
        }
        Ok(own)
    }
}

/// Reads the member of a tool.
///
/// # Errors
/// Where it is no object, or would overwrite what the function says.
pub(super) fn of_tool<'a>(
    json: Option<&'a RawValue>,
    param: impl Fn() -> String,
) -> Result<Fields<'a>, Error> {
    said(json, OF_TOOLS, &param)
}

fn said<'a>(
    json: Option<&'a RawValue>,
    owned: &[&str],
    param: &impl Fn() -> String,
) -> Result<Fields<'a>, Error> {
    let Some(json) = json.filter(|json| json.get() != "null") else {
        return Ok(Fields::default());
    };
    let param = format!("{}.anthropic", param());
    let fields = fields(json, &param)?;
    match fields.iter().find(|(name, _)| owned.contains(&&**name)) {
        Some((name, _)) => Err(wrong(&param, &format!("`{name}` may not be overwritten"))),
        None => Ok(Fields(fields)),
    }
}

fn wrong(param: &str, why: &str) -> Error {
    Error::invalid(format!("`{param}`: {why}")).with_param(param)
}
