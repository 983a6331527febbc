//! Tools and the choice among them.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::slice;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::model_profile::ModelProfile;
use super::own;
use super::schema;
use super::thinking::Plan;
use super::wire::write::{Schema, Tool, ToolChoice};
use crate::chat::{self, Error, OtherTool, Request};
use crate::providers::function::{self, called_tools, input_schema};
use crate::providers::json::{Fields, Str};
use crate::providers::losses::Losses;

/// What the model is given.
pub(super) struct Toolbox<'a> {
    pub(super) tools: Vec<Tool<'a>>,
    pub(super) choice: Option<ToolChoice<'a>>,
}

/// Translates tools and choice.
///
/// # Errors
/// Where the choice names a tool that is not there, or a schema is not an object.
pub(super) fn translate<'a>(
    request: &'a Request<'_>,
    profile: &ModelProfile,
    plan: &Plan,
    web_search: Option<Tool<'a>>,
    losses: &mut Losses,
) -> Result<Toolbox<'a>, Error> {
    if request.tools.is_empty() && request.other_tools.is_empty() && web_search.is_none() {
        return without_tools(request, losses);
    }
    let can_force = profile.forced_tool_choice && !plan.has_budget;
    let picked = pick(request, can_force, losses)?;
    let mut tools = given(request, &picked, profile, losses)?;
    if web_search.is_some() && request.other_tools.iter().any(searches_the_web) {
        // Two tools of one name are refused.
        losses.dropped("web_search_options")?;
    } else {
        tools.extend(web_search);
    }
    Ok(Toolbox {
        tools,
        choice: picked.choice,
    })
}

/// The tools that may be chosen, in the client's order: a prompt cache begins with them.
fn given<'a>(
    request: &'a Request<'_>,
    picked: &Picked<'_>,
    profile: &ModelProfile,
    losses: &mut Losses,
) -> Result<Vec<Tool<'a>>, Error> {
    let mut tools = Vec::with_capacity(request.tools.len() + request.other_tools.len() + 1);
    let mut others = request.other_tools.iter().peekable();
    let mut functions = request.tools.iter();
    for at in 0.. {
        if let Some(tool) = others.next_if(|tool| tool.index == at) {
            if picked.contains(&name_of(tool).unwrap_or_default()) {
                tools.push(Tool::Raw(tool.json));
            }
        } else if let Some(tool) = functions.next() {
            if picked.contains(&tool.name) {
                tools.push(function(at, tool, profile, losses)?);
            }
        } else if others.peek().is_none() {
            break;
        }
    }
    Ok(tools)
}

/// Kinds of tools that Anthropic knows besides functions, without the dates of their versions
/// (SDK 2.11.0, `types/tool_union_param.py` and `types/beta/beta_tool_union_param.py`, checked
/// 2026-11-25): some run there, some here.
const KINDS: &[&str] = &[
    "advisor",
    "bash",
    "browser_toolset",
    "code_execution",
    "computer",
    "computer_toolset",
    "mcp_toolset",
    "memory",
    "text_editor",
    "tool_search_tool_bm25",
    "tool_search_tool_regex",
    "web_fetch",
    "web_search",
];

/// Whether Anthropic knows tools of this type, in whatever version.
pub(super) fn is_own(kind: &str) -> bool {
    let dateless = kind.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_date = matches!(kind.len() - dateless.len(), 0 | 8);
    is_date && KINDS.contains(&dateless.strip_suffix('_').unwrap_or(kind))
}

fn searches_the_web(tool: &OtherTool<'_>) -> bool {
    tool.kind.starts_with("web_search")
}

fn name_of<'a>(tool: &OtherTool<'a>) -> Option<Cow<'a, str>> {
    #[derive(Deserialize)]
    struct Named<'a> {
        #[serde(borrow)]
        name: Option<Str<'a>>,
    }
    let named: Named<'a> = serde_json::from_str(tool.json.get()).ok()?;
    named.name.map(Str::into_cow)
}

/// The names as a set, all of which must be tools.
fn named<'a>(
    request: &Request<'_>,
    names: &'a [Cow<'_, str>],
    param: &'static str,
) -> Result<BTreeSet<&'a str>, Error> {
    let others: BTreeSet<_> = request.other_tools.iter().filter_map(name_of).collect();
    let functions: Vec<&'a Cow<'_, str>> = names
        .iter()
        .filter(|name| !others.contains(&***name))
        .collect();
    for name in functions {
        function::named(request, slice::from_ref(name), param)?;
    }
    Ok(names.iter().map(|name| &**name).collect())
}

/// Which tools are given, and which choice among them.
struct Picked<'a> {
    /// `None`: all.
    only: Option<BTreeSet<&'a str>>,
    choice: Option<ToolChoice<'a>>,
}

impl Picked<'_> {
    fn contains(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(name))
    }
}

/// The choice in the API's words. A model that cannot be forced is given only what it may choose
/// from, and left to choose.
fn pick<'a>(
    request: &'a Request<'_>,
    can_force: bool,
    losses: &mut Losses,
) -> Result<Picked<'a>, Error> {
    let disable_parallel_tool_use = request.parallel_tool_calls == Some(false);
    let auto = ToolChoice::Auto {
        disable_parallel_tool_use,
    };
    let any = ToolChoice::Any {
        disable_parallel_tool_use,
    };
    let (only, choice) = match &request.tool_choice {
        None if disable_parallel_tool_use => (None, Some(auto)),
        None => (None, None),
        Some(chat::ToolChoice::Auto) => (None, Some(auto)),
        Some(chat::ToolChoice::None) => (None, Some(ToolChoice::None)),
        Some(chat::ToolChoice::Required) if can_force => (None, Some(any)),
        Some(chat::ToolChoice::Required) => {
            losses.emulated("tool_choice");
            (None, Some(auto))
        }
        Some(chat::ToolChoice::Function(name)) => {
            let only = named(request, slice::from_ref(name), "tool_choice.function.name")?;
            if can_force {
                let tool = ToolChoice::Tool {
                    name,
                    disable_parallel_tool_use,
                };
                (None, Some(tool))
            } else {
                losses.emulated("tool_choice");
                (Some(only), Some(auto))
            }
        }
        Some(chat::ToolChoice::Allowed { required, names }) => {
            losses.emulated("tool_choice");
            let only = named(request, names, "tool_choice.allowed_tools.tools")?;
            let forced = *required && can_force;
            (Some(only), Some(if forced { any } else { auto }))
        }
    };
    Ok(Picked { only, choice })
}

fn function<'a>(
    at: usize,
    tool: &'a chat::Tool<'_>,
    profile: &ModelProfile,
    losses: &mut Losses,
) -> Result<Tool<'a>, Error> {
    let can_hold = |parameters: &RawValue| profile.structured_outputs && schema::fits(parameters);
    let strict = tool.strict == Some(true);
    let held = strict && tool.parameters.is_some_and(can_hold);
    if strict && !held {
        losses.dropped(format!("tools[{at}].function.strict"))?;
    }
    Ok(Tool::Function {
        name: &tool.name,
        description: tool.description.as_deref(),
        input_schema: input_schema(at, tool.parameters)?,
        strict: held.then_some(true),
        cache_control: tool.cache_control,
        own: own::of_tool(tool.anthropic, || format!("tools[{at}]"))?,
    })
}

/// A choice without tools asks for nothing or for the impossible. The API refuses a history with
/// tool calls where no tools are given: the tools of the history are then given, and forbidden.
fn without_tools<'a>(request: &'a Request<'_>, losses: &mut Losses) -> Result<Toolbox<'a>, Error> {
    if !matches!(
        request.tool_choice,
        None | Some(chat::ToolChoice::Auto | chat::ToolChoice::None)
    ) {
        return Err(
            Error::invalid("`tool_choice` asks for a tool and `tools` is empty")
                .with_param("tool_choice"),
        );
    }
    let mut names: Vec<&str> = called_tools(request).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return Ok(Toolbox {
            tools: Vec::new(),
            choice: None,
        });
    }
    losses.emulated("tools");
    let stub = |name| Tool::Function {
        name,
        description: None,
        input_schema: Schema::Nothing,
        strict: None,
        cache_control: None,
        own: Fields::default(),
    };
    Ok(Toolbox {
        tools: names.into_iter().map(stub).collect(),
        choice: Some(ToolChoice::None),
    })
}
