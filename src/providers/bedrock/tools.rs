//! Tools and the choice among them.
//!
//! Converse has no choice `none`, no way to forbid parallel calls, and refuses a conversation with
//! calls in it where no tools are given. Claude's own `tool_choice`, in the fields that only the
//! model understands, has all of it; the two kinds of choice may not stand beside one another.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::slice;

use serde::Serialize;
use serde_json::value::RawValue;

use super::cache;
use super::model_profile::{Cache, ModelProfile};
use super::names::ToolNames;
use super::output_format::{OutputTool, PURPOSE};
use super::reasoning::Plan;
use super::wire::write::{Additional, InputSchema, Tool, ToolChoice, ToolConfig, ToolSpec};
use crate::chat::{self, Error, Request};
use crate::providers::anthropic::schema;
use crate::providers::function::{Schema, called_tools, input_schema, named};
use crate::providers::losses::Losses;

/// What the translation of tools looks at and writes to.
pub(super) struct Context<'p, 'a> {
    pub(super) profile: &'p ModelProfile,
    pub(super) plan: &'p Plan,
    pub(super) names: &'p mut ToolNames,
    pub(super) additional: &'p mut Additional<'a>,
    pub(super) losses: &'p mut Losses,
}

/// What the model may do.
#[derive(Clone, PartialEq, Eq)]
enum Choice<'a> {
    /// Nothing is said.
    Unsaid,
    Auto,
    None,
    Any,
    Tool(Cow<'a, str>),
}

/// Translates tools and choice.
///
/// # Errors
/// Where the choice names a tool that is not there, or a schema is not an object.
pub(super) fn translate<'a>(
    request: &'a Request<'_>,
    output: Option<&OutputTool<'a>>,
    mut context: Context<'_, 'a>,
) -> Result<Option<ToolConfig<'a>>, Error> {
    refuse_choice_of_nothing(request)?;
    let has_history = called_tools(request).next().is_some();
    let (only, choice) = pick(request, output, &mut context)?;
    let mut tools = Vec::new();
    if choice != Choice::None || (has_history && output.is_none()) {
        tools = functions(request, only.as_ref(), &mut context)?;
    }
    if let Some(output) = output {
        tools.push(Tool::ToolSpec(ToolSpec {
            name: Cow::Owned(output.name.clone()),
            description: Some(PURPOSE),
            input_schema: InputSchema::Json(Schema::Client(output.schema)),
            strict: None,
        }));
    }
    if tools.is_empty() && has_history {
        tools = stubs(request, &mut context);
    }
    if tools.is_empty() {
        return Ok(None);
    }
    let is_idle = request.tools.is_empty() && output.is_none();
    let choice = if is_idle { Choice::None } else { choice };
    let choice = said(request, choice, &mut context)?;
    Ok(Some(ToolConfig {
        tools,
        tool_choice: choice,
    }))
}

fn refuse_choice_of_nothing(request: &Request<'_>) -> Result<(), Error> {
    let harmless = matches!(
        request.tool_choice,
        None | Some(chat::ToolChoice::Auto | chat::ToolChoice::None)
    );
    if harmless || !request.tools.is_empty() {
        return Ok(());
    }
    Err(
        Error::invalid("`tool_choice` asks for a tool and `tools` is empty")
            .with_param("tool_choice"),
    )
}

/// Which tools are given (`None`: all), and which choice among them. A model that cannot be forced
/// is given only what it may choose from, and left to choose.
fn pick<'a>(
    request: &'a Request<'_>,
    output: Option<&OutputTool<'a>>,
    context: &mut Context<'_, 'a>,
) -> Result<(Option<BTreeSet<&'a str>>, Choice<'a>), Error> {
    let can_force = context.plan.can_force;
    let forced = |choice| if can_force { choice } else { Choice::Auto };
    let with_output = |without| match output {
        None => without,
        Some(output) if request.tools.is_empty() => {
            forced(Choice::Tool(output.name.clone().into()))
        }
        Some(_) => forced(Choice::Any),
    };
    let losses = &mut *context.losses;
    Ok(match &request.tool_choice {
        None => (None, with_output(Choice::Unsaid)),
        Some(chat::ToolChoice::Auto) => (None, with_output(Choice::Auto)),
        Some(chat::ToolChoice::None) => match output {
            Some(output) => {
                let only = Some(BTreeSet::new());
                (only, forced(Choice::Tool(output.name.clone().into())))
            }
            None => (None, Choice::None),
        },
        Some(chat::ToolChoice::Required) => {
            if !can_force {
                losses.emulated("tool_choice");
            }
            (None, forced(Choice::Any))
        }
        Some(chat::ToolChoice::Function(name)) => {
            let only = named(request, slice::from_ref(name), "tool_choice.function.name")?;
            if can_force {
                (None, Choice::Tool(context.names.sent(name)))
            } else {
                losses.emulated("tool_choice");
                (Some(only), Choice::Auto)
            }
        }
        Some(chat::ToolChoice::Allowed { required, names }) => {
            losses.emulated("tool_choice");
            let only = named(request, names, "tool_choice.allowed_tools.tools")?;
            let choice = if *required {
                forced(Choice::Any)
            } else {
                with_output(Choice::Auto)
            };
            (Some(only), choice)
        }
    })
}

fn functions<'a>(
    request: &'a Request<'_>,
    only: Option<&BTreeSet<&str>>,
    context: &mut Context<'_, 'a>,
) -> Result<Vec<Tool<'a>>, Error> {
    let mut tools = Vec::with_capacity(request.tools.len() + 1);
    for (at, tool) in request.tools.iter().enumerate() {
        if only.is_some_and(|only| !only.contains(&*tool.name)) {
            continue;
        }
        tools.push(Tool::ToolSpec(function(at, tool, context)?));
        if let Some(marker) = tool.cache_control {
            let param = || format!("tools[{at}].cache_control");
            let (profile, losses) = (context.profile, &mut *context.losses);
            let point = cache::point(marker, Cache::All, profile, param, losses)?;
            tools.extend(point.map(Tool::CachePoint));
        }
    }
    Ok(tools)
}

fn function<'a>(
    at: usize,
    tool: &'a chat::Tool<'_>,
    context: &mut Context<'_, 'a>,
) -> Result<ToolSpec<'a>, Error> {
    let can_hold =
        |parameters: &RawValue| context.profile.structured_output && schema::fits(parameters);
    let strict = tool.strict == Some(true);
    let held = strict && tool.parameters.is_some_and(can_hold);
    if strict && !held {
        context
            .losses
            .dropped(format!("tools[{at}].function.strict"))?;
    }
    let description = tool.description.as_deref();
    Ok(ToolSpec {
        name: context.names.sent(&tool.name),
        description: description.filter(|text| !text.is_empty()),
        input_schema: InputSchema::Json(input_schema(at, tool.parameters)?),
        strict: held.then_some(true),
    })
}

/// The tools of the history, where the client gives none.
fn stubs<'a>(request: &'a Request<'_>, context: &mut Context<'_, 'a>) -> Vec<Tool<'a>> {
    context.losses.emulated("tools");
    let names: BTreeSet<&str> = called_tools(request).collect();
    let stub = |name| {
        Tool::ToolSpec(ToolSpec {
            name: context.names.sent(name),
            description: None,
            input_schema: InputSchema::Json(Schema::Nothing),
            strict: None,
        })
    };
    names.into_iter().map(stub).collect()
}

/// The choice in the API's words, or in Claude's.
fn said<'a>(
    request: &Request<'_>,
    choice: Choice<'a>,
    context: &mut Context<'_, 'a>,
) -> Result<Option<ToolChoice<'a>>, Error> {
    let one_at_a_time = request.parallel_tool_calls == Some(false);
    let none = choice == Choice::None;
    if context.profile.is_claude() && (none || one_at_a_time) {
        let choice = ClaudeChoice::of(&choice, one_at_a_time);
        context.additional.add("tool_choice", &choice);
        return Ok(None);
    }
    if one_at_a_time {
        context.losses.dropped("parallel_tool_calls")?;
    }
    if request.tool_choice == Some(chat::ToolChoice::None) && none {
        context.losses.dropped("tool_choice")?;
    }
    Ok(match choice {
        Choice::Unsaid | Choice::None => None,
        _ if !context.profile.tool_choice => None,
        Choice::Auto => Some(ToolChoice::Auto {}),
        Choice::Any => Some(ToolChoice::Any {}),
        Choice::Tool(name) => Some(ToolChoice::Tool { name }),
    })
}

/// `tool_choice` of Anthropic's API.
#[derive(Serialize)]
struct ClaudeChoice<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    disable_parallel_tool_use: bool,
}

impl<'a> ClaudeChoice<'a> {
    fn of(choice: &'a Choice<'_>, one_at_a_time: bool) -> Self {
        let (kind, name) = match choice {
            Choice::None => ("none", None),
            Choice::Any => ("any", None),
            Choice::Tool(name) => ("tool", Some(&**name)),
            Choice::Auto | Choice::Unsaid => ("auto", None),
        };
        Self {
            kind,
            name,
            disable_parallel_tool_use: one_at_a_time && *choice != Choice::None,
        }
    }
}
