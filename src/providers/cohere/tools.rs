//! Tools and the choice among them.
//!
//! The API knows `REQUIRED` and `NONE`, and one switch for strictness over all tools. That one
//! certain tool must be called is done by giving no other.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::model_profile::ModelProfile;
use super::wire::write::{Function, Tool, ToolChoice};
use crate::chat::{self, Error, Request};
use crate::providers::choice::{Call, Choice};
use crate::providers::function::input_schema;
use crate::providers::losses::Losses;

/// What the model is given.
pub(super) struct Toolbox<'a> {
    pub(super) tools: Vec<Tool<'a>>,
    /// Whether calls must match the tools' schemas exactly.
    pub(super) strict: bool,
    pub(super) choice: Option<ToolChoice>,
}

/// Translates tools and choice.
///
/// # Errors
/// Where the choice names a tool that is not there, or a schema is not an object.
pub(super) fn translate<'a>(
    request: &'a Request<'_>,
    profile: &ModelProfile,
    losses: &mut Losses,
) -> Result<Toolbox<'a>, Error> {
    let choice = Choice::of(request)?;
    let mut toolbox = Toolbox {
        tools: Vec::with_capacity(request.tools.len()),
        strict: false,
        choice: told(&choice, request, profile, losses)?,
    };
    if choice.call == Call::MayNot && toolbox.choice.is_none() {
        return Ok(toolbox); // A model that cannot be told to call none is given none.
    }
    toolbox.strict = strict(&choice, request, losses)?;
    for (at, tool) in request.tools.iter().enumerate() {
        if choice.gives(&tool.name) {
            toolbox.tools.push(function(at, tool)?);
        }
    }
    Ok(toolbox)
}

/// The choice in the API's words, as far as the model can be told.
fn told(
    choice: &Choice<'_>,
    request: &Request<'_>,
    profile: &ModelProfile,
    losses: &mut Losses,
) -> Result<Option<ToolChoice>, Error> {
    let told = match choice.call {
        Call::May => None,
        Call::MayNot if request.tools.is_empty() => return Ok(None),
        Call::MayNot => Some(ToolChoice::None),
        Call::Must => Some(ToolChoice::Required),
    };
    match told {
        Some(ToolChoice::Required) if !profile.tool_choice => losses.dropped("tool_choice")?,
        Some(ToolChoice::None) if !profile.tool_choice => losses.emulated("tool_choice"),
        _ if choice.is_narrowed() => losses.emulated("tool_choice"),
        _ => {}
    }
    Ok(told.filter(|_| profile.tool_choice))
}

/// Whether all tools are to be strict and can be; a tool that wants it beside one that cannot is
/// not.
fn strict(choice: &Choice<'_>, request: &Request<'_>, losses: &mut Losses) -> Result<bool, Error> {
    let given = || {
        let tools = request.tools.iter().enumerate();
        tools.filter(|(_, tool)| choice.gives(&tool.name))
    };
    let wants = |tool: &chat::Tool<'_>| tool.strict == Some(true);
    if given().all(|(_, tool)| wants(tool) && can_be_strict(tool.parameters)) {
        return Ok(given().next().is_some());
    }
    for (at, _) in given().filter(|(_, tool)| wants(tool)) {
        losses.dropped(format!("tools[{at}].function.strict"))?;
    }
    Ok(false)
}

/// A strict tool that has parameters must require one of them (docs.cohere.com/docs/
/// structured-outputs, 2026-11-25).
fn can_be_strict(parameters: Option<&RawValue>) -> bool {
    let Some(json) = parameters else { return true };
    match serde_json::from_str::<Fields<'_>>(json.get()) {
        Ok(Fields {
            properties,
            required,
        }) => {
            let has_properties = properties.is_some_and(|json| json.get().contains(':'));
            !has_properties || required.is_some_and(|json| json.get().contains('"'))
        }
        Err(_) => false,
    }
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    properties: Option<&'a RawValue>,
    #[serde(borrow)]
    required: Option<&'a RawValue>,
}

fn function<'a>(at: usize, tool: &'a chat::Tool<'_>) -> Result<Tool<'a>, Error> {
    Ok(Tool {
        kind: "function",
        function: Function {
            name: &tool.name,
            description: tool.description.as_deref(),
            parameters: input_schema(at, tool.parameters)?,
        },
    })
}
