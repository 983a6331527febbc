//! `response_format`: the form of the answer.
//!
//! Three ways, from the surest to the least sure. The model is held to a schema by
//! `outputConfig.textFormat` where it can be; else it is made to call a tool that has the schema for
//! its arguments, and what it calls the tool with is the answer's text; and where nothing but "some
//! JSON" is asked for, it is told so.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::model_profile::ModelProfile;
use super::wire::write::{Block, Structure, TextFormat};
use crate::chat::{Request, ResponseFormat, ToolChoice};
use crate::providers::anthropic::schema::{self, Held};
use crate::providers::losses::Losses;

/// What a model is told that is to answer in JSON of any form.
const ONLY_JSON: &str =
    "Answer with one JSON object and nothing else: no text around it, no code fence.";

/// How the form of the answer is had.
pub(super) enum Form<'a> {
    /// There is none, or it is said in the instructions.
    Free,
    /// The model is held to it.
    Held(TextFormat<'a>),
    /// By a call of this tool.
    Tool(OutputTool<'a>),
}

/// The tool that is made up to carry the answer.
pub(super) struct OutputTool<'a> {
    pub(super) name: String,
    pub(super) schema: &'a RawValue,
}

/// What the tool is for.
pub(super) const PURPOSE: &str =
    "Gives the final answer to the user. Call it once, with the whole answer as its arguments.";

/// Decides; where only words help, they are added to the instructions.
pub(super) fn translate<'a>(
    request: &'a Request<'_>,
    profile: &ModelProfile,
    can_force: bool,
    system: &mut Vec<Block<'a>>,
    losses: &mut Losses,
) -> Form<'a> {
    let (name, schema) = match &request.response_format {
        ResponseFormat::Text => return Form::Free,
        ResponseFormat::JsonObject => {
            losses.emulated("response_format");
            system.push(Block::Text(Cow::Borrowed(ONLY_JSON)));
            return Form::Free;
        }
        ResponseFormat::JsonSchema { name, schema, .. } => (&**name, *schema),
    };
    if let Some(schema) = held(schema, profile, losses) {
        return Form::Held(TextFormat {
            kind: "json_schema",
            structure: Structure::JsonSchema { schema, name },
        });
    }
    if must_call_a_tool_of_the_clients(request) {
        return Form::Free; // What it answers is that call, whatever form its text should have.
    }
    losses.emulated("response_format");
    let name = free_name(request);
    if !can_force {
        let text = format!("Give the final answer by calling the tool `{name}`, and only so.");
        system.push(Block::Text(text.into()));
    }
    Form::Tool(OutputTool { name, schema })
}

/// The schema as text, where the model can be held to it.
///
/// Bedrock documents the same part of JSON schema for all families that Anthropic's API takes.
fn held<'a>(
    schema: &'a RawValue,
    profile: &ModelProfile,
    losses: &mut Losses,
) -> Option<Cow<'a, str>> {
    if !profile.structured_output {
        return None;
    }
    match schema::hold(schema) {
        Held::AsItIs => Some(Cow::Borrowed(schema.get())),
        Held::Rewritten(rewritten) => {
            losses.emulated("response_format.json_schema.schema");
            Some(Cow::Owned(rewritten.get().to_owned()))
        }
        Held::Impossible => None,
    }
}

fn must_call_a_tool_of_the_clients(request: &Request<'_>) -> bool {
    matches!(
        &request.tool_choice,
        Some(
            ToolChoice::Required
                | ToolChoice::Function(_)
                | ToolChoice::Allowed { required: true, .. }
        )
    )
}

/// A name that none of the client's tools has.
fn free_name(request: &Request<'_>) -> String {
    let mut name = "structured_output".to_owned();
    while request.tools.iter().any(|tool| tool.name == name.as_str()) {
        name.push('_');
    }
    name
}
