//! `response_format` and `output_config`: the form of the answer.

use std::borrow::Cow;

use super::extras::{self, Extras};
use super::model_profile::ModelProfile;
use super::schema::{self, Held};
use super::thinking::Plan;
use super::wire::write::{Block, Fields, OutputConfig, OutputFormat, System};
use crate::chat::{Error, Request, ResponseFormat};
use crate::providers::losses::Losses;

/// What a model is told that cannot be made to answer in JSON.
const ONLY_JSON: &str =
    "Answer with one JSON object and nothing else: no text around it, no code fence.";

/// Translates the form of the answer; what the model cannot be made to do becomes an instruction.
///
/// # Errors
/// Where a schema must be matched exactly and the model cannot be made to.
pub(super) fn translate<'a>(
    request: &'a Request<'_>,
    profile: &ModelProfile,
    system: &mut System<'a>,
    losses: &mut Losses,
) -> Result<Option<OutputFormat<'a>>, Error> {
    let (schema, strict) = match &request.response_format {
        ResponseFormat::Text => return Ok(None),
        ResponseFormat::JsonObject => {
            instruct(system, ONLY_JSON.into(), losses);
            return Ok(None);
        }
        ResponseFormat::JsonSchema { schema, strict, .. } => (*schema, *strict == Some(true)),
    };
    let held = if profile.structured_outputs {
        schema::hold(schema)
    } else {
        Held::Impossible
    };
    let schema = match held {
        Held::AsItIs => Cow::Borrowed(schema),
        Held::Rewritten(schema) => {
            losses.emulated("response_format.json_schema.schema");
            Cow::Owned(schema)
        }
        Held::Impossible if strict => return Err(not_strict()),
        Held::Impossible => {
            let text = format!("{ONLY_JSON} It must match this JSON schema:\n{schema}");
            instruct(system, text.into(), losses);
            return Ok(None);
        }
    };
    Ok(Some(OutputFormat::JsonSchema { schema }))
}

fn not_strict() -> Error {
    Error::invalid("this model cannot be held to this JSON schema: leave `strict` out")
        .with_param("response_format.json_schema.strict")
        .with_code("unsupported_parameter")
}

/// Puts effort, format and what the client says in the API's own words into one object; the
/// client's words win.
///
/// # Errors
/// Where the client's `output_config` is no object.
pub(super) fn config<'a>(
    plan: &Plan,
    format: Option<OutputFormat<'a>>,
    extras: &mut Extras<'a>,
) -> Result<OutputConfig<'a>, Error> {
    let json = extras.take("output_config");
    let vendor = json.map(|json| extras::fields(json, "output_config"));
    let vendor = Fields(vendor.transpose()?.unwrap_or_default());
    let has = |name: &str| vendor.0.iter().any(|(field, _)| field == name);
    Ok(OutputConfig {
        effort: plan.effort.filter(|_| !has("effort")),
        format: format.filter(|_| !has("format")),
        vendor,
    })
}

fn instruct<'a>(system: &mut System<'a>, text: Cow<'a, str>, losses: &mut Losses) {
    losses.emulated("response_format");
    system.0.push(Block::Text {
        text,
        cache_control: None,
        own: Fields::default(),
    });
}
