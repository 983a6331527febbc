//! Tools and the choice among them.

use std::collections::BTreeSet;

use serde_json::value::RawValue;

use super::wire::write::{CustomFormat, CustomTool, OwnTool, Tool, ToolChoice, ToolRef};
use crate::chat::{self, Error, OtherTool, Request};
use crate::providers::function::{Schema, input_schema};
use crate::providers::json::{Fields, Str, fields};

const CUSTOM: &str = "custom";

/// Tools that OpenAI runs itself and whose findings end up in the answer's text. Those that need an
/// answer from the client in their own words (`mcp`, `computer`, `shell`), or answer with more than
/// text (`image_generation`), have no place in a chat.
const HOSTED: &[&str] = &[
    "code_interpreter",
    "file_search",
    "web_search",
    "web_search_2025_08_26",
    "web_search_preview",
];

/// Whether tools of this type are taken besides functions.
pub(super) fn takes(kind: &str) -> bool {
    kind == CUSTOM || HOSTED.contains(&kind)
}

/// What the model is given.
pub(super) struct Toolbox<'a> {
    pub(super) tools: Vec<Tool<'a>>,
    pub(super) choice: Option<ToolChoice<'a>>,
}

/// Translates tools and choice; `custom` are the names of the tools that take text.
///
/// # Errors
/// Where a tool is not what its type says, or one must be called and there is none.
pub(super) fn translate<'a>(
    request: &'a Request<'_>,
    custom: &BTreeSet<&str>,
    web_search: Option<OwnTool<'a>>,
) -> Result<Toolbox<'a>, Error> {
    let mut tools = Vec::with_capacity(request.tools.len());
    for (at, tool) in request.tools.iter().enumerate() {
        tools.push(Tool::Own(function(at, tool)?));
    }
    for tool in &request.other_tools {
        tools.push(other(tool)?);
    }
    tools.extend(web_search.map(Tool::Own));
    if tools.is_empty() {
        return without_tools(request);
    }
    let choice = request.tool_choice.as_ref();
    Ok(Toolbox {
        tools,
        choice: choice.map(|choice| translate_choice(choice, custom)),
    })
}

fn function<'a>(at: usize, tool: &'a chat::Tool<'_>) -> Result<OwnTool<'a>, Error> {
    let parameters = match input_schema(at, tool.parameters)? {
        // A missing type is no fault here: the client's bytes stay.
        Schema::Completed(_) => tool.parameters.map_or(Schema::Nothing, Schema::Client),
        schema => schema,
    };
    Ok(OwnTool::Function {
        name: &tool.name,
        description: tool.description.as_deref(),
        parameters,
        strict: tool.strict.unwrap_or(false),
    })
}

fn other<'a>(tool: &'a OtherTool<'_>) -> Result<Tool<'a>, Error> {
    if tool.kind != CUSTOM {
        return Ok(Tool::Hosted(tool.json));
    }
    let custom = custom(tool.json)
        .ok_or_else(|| Error::invalid("a custom tool has a `name` in its `custom`"))
        .map_err(|error| error.with_param(format!("tools[{}].custom", tool.index)))?;
    Ok(Tool::Own(OwnTool::Custom(custom)))
}

/// `{"type":"custom","custom":{"name":…}}` → the same without the inner object, and likewise for
/// the grammar in its `format`.
fn custom(json: &RawValue) -> Option<CustomTool<'_>> {
    let mut inner = fields(member(json, "custom")?, CUSTOM).ok()?;
    let mut take = |name: &str| {
        let at = inner.iter().position(|(found, _)| found == name)?;
        Some(inner.swap_remove(at).1)
    };
    let name: Str<'_> = serde_json::from_str(take("name")?.get()).ok()?;
    Some(CustomTool {
        name: name.into_cow(),
        description: take("description"),
        format: take("format").and_then(format),
    })
}

fn format(json: &RawValue) -> Option<CustomFormat<'_>> {
    let grammar = member(json, "grammar").and_then(|grammar| fields(grammar, "grammar").ok());
    Some(CustomFormat {
        kind: member(json, "type")?,
        grammar: Fields(grammar.unwrap_or_default()),
    })
}

fn member<'a>(json: &'a RawValue, name: &str) -> Option<&'a RawValue> {
    let mut members = fields(json, name).ok()?.into_iter();
    members
        .find(|(found, _)| found == name)
        .map(|(_, json)| json)
}

/// The names of the tools that take text.
pub(super) fn custom_names<'a>(request: &'a Request<'_>) -> BTreeSet<&'a str> {
    let tools = request.other_tools.iter();
    tools.filter_map(|tool| tool.name.as_deref()).collect()
}

fn translate_choice<'a>(
    choice: &'a chat::ToolChoice<'_>,
    custom: &BTreeSet<&str>,
) -> ToolChoice<'a> {
    let tool = |name: &'a str| ToolRef {
        kind: if custom.contains(name) {
            CUSTOM
        } else {
            "function"
        },
        name,
    };
    match choice {
        chat::ToolChoice::Auto => ToolChoice::Word("auto"),
        chat::ToolChoice::None => ToolChoice::Word("none"),
        chat::ToolChoice::Required => ToolChoice::Word("required"),
        chat::ToolChoice::Function(name) => ToolChoice::Named(tool(name)),
        chat::ToolChoice::Allowed { required, names } => ToolChoice::Allowed {
            kind: "allowed_tools",
            mode: if *required { "required" } else { "auto" },
            tools: names.iter().map(|name| tool(name)).collect(),
        },
    }
}

/// A choice without tools asks for nothing or for the impossible.
fn without_tools<'a>(request: &Request<'_>) -> Result<Toolbox<'a>, Error> {
    match request.tool_choice {
        None | Some(chat::ToolChoice::Auto | chat::ToolChoice::None) => Ok(Toolbox {
            tools: Vec::new(),
            choice: None,
        }),
        Some(_) => Err(
            Error::invalid("`tool_choice` asks for a tool and `tools` is empty")
                .with_param("tool_choice"),
        ),
    }
}
