//! Tools and the choice among them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::slice;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::extras::Extras;
use super::model_profile::{Generation, ModelProfile};
use super::names;
use super::wire::write::{Empty, FunctionCallingConfig, FunctionDeclaration, Tool, ToolConfig};
use crate::chat::{self, Error, Request, ToolChoice};
use crate::providers::function::named;
use crate::providers::json::fields;
use crate::providers::losses::Losses;

/// What the model is given.
pub(super) struct Toolbox<'a> {
    pub(super) tools: Vec<Tool<'a>>,
    pub(super) config: ToolConfig<'a>,
}

/// Translates tools and choice.
///
/// # Errors
/// Where the choice names a tool that is not there, or the model cannot search beside functions.
pub(super) fn translate<'a>(
    request: &'a Request<'_>,
    profile: &ModelProfile,
    extras: &mut Extras<'a>,
    losses: &mut Losses,
) -> Result<Toolbox<'a>, Error> {
    let choice = choice(request, profile, losses)?;
    let mut functions = Vec::with_capacity(request.tools.len());
    for (at, tool) in request.tools.iter().enumerate() {
        let is_given = choice
            .only
            .as_ref()
            .is_none_or(|only| only.contains(&&*tool.name));
        if is_given {
            functions.push(function(at, tool, profile, losses)?);
        }
    }
    let mut tools = Vec::new();
    let has_functions = !functions.is_empty();
    if has_functions {
        tools.push(Tool::Functions {
            function_declarations: functions,
        });
    }
    tools.extend(search(has_functions, profile, extras, losses)?);
    tools.extend(extras.tools.drain(..).map(Tool::Vendor));
    let config = choice.config.filter(|_| has_functions);
    Ok(Toolbox {
        tools,
        config: ToolConfig {
            function_calling_config: extras.unless_said("functionCallingConfig", config),
            vendor: std::mem::take(&mut extras.tool_config),
        },
    })
}

/// Which functions are given, and which choice among them.
struct Choice<'a> {
    /// `None`: all.
    only: Option<Vec<&'a str>>,
    /// `None`: as the model likes.
    config: Option<FunctionCallingConfig<'a>>,
}

/// The choice in the API's words. There is none for "as the model likes, but only one of these":
/// then the others are not given.
fn choice<'a>(
    request: &'a Request<'_>,
    profile: &ModelProfile,
    losses: &mut Losses,
) -> Result<Choice<'a>, Error> {
    if request.parallel_tool_calls == Some(false) && !request.tools.is_empty() {
        losses.dropped("parallel_tool_calls")?;
    }
    let free = || held(request, profile).then_some(mode("VALIDATED"));
    let (only, config) = match &request.tool_choice {
        None | Some(ToolChoice::Auto) => (None, free()),
        Some(ToolChoice::None) => (None, Some(mode("NONE"))),
        Some(ToolChoice::Required) => (None, Some(mode("ANY"))),
        Some(ToolChoice::Function(name)) => {
            named(request, slice::from_ref(name), "tool_choice.function.name")?;
            (None, Some(any_of(slice::from_ref(name))))
        }
        Some(ToolChoice::Allowed { required, names }) => {
            let allowed = named(request, names, "tool_choice.allowed_tools.tools")?;
            if *required {
                (None, Some(any_of(names)))
            } else {
                losses.emulated("tool_choice");
                (Some(allowed.into_iter().collect()), free())
            }
        }
    };
    let asks = config.as_ref().is_some_and(|config| config.mode == "ANY");
    if asks && request.tools.is_empty() {
        return Err(
            Error::invalid("`tool_choice` asks for a tool and `tools` is empty")
                .with_param("tool_choice"),
        );
    }
    Ok(Choice { only, config })
}

fn mode(mode: &'static str) -> FunctionCallingConfig<'static> {
    FunctionCallingConfig {
        mode,
        allowed_function_names: Vec::new(),
    }
}

fn any_of<'a>(tools: &'a [Cow<'_, str>]) -> FunctionCallingConfig<'a> {
    FunctionCallingConfig {
        mode: "ANY",
        allowed_function_names: tools.iter().map(|name| names::sent(name)).collect(),
    }
}

/// Whether calls must match their schemas: the client asks for it, and the model can be held to it.
fn held(request: &Request<'_>, profile: &ModelProfile) -> bool {
    let mut tools = request.tools.iter();
    profile.generation >= Generation::Second && tools.any(|tool| tool.strict == Some(true))
}

fn function<'a>(
    at: usize,
    tool: &'a chat::Tool<'_>,
    profile: &ModelProfile,
    losses: &mut Losses,
) -> Result<FunctionDeclaration<'a>, Error> {
    if tool.strict == Some(true) && profile.generation < Generation::Second {
        losses.dropped(format!("tools[{at}].function.strict"))?;
    }
    let parameters = tool.parameters.filter(|json| json.get() != "null");
    Ok(FunctionDeclaration {
        name: names::sent(&tool.name),
        description: tool.description.as_deref(),
        parameters_json_schema: parameters.filter(|json| takes_something(json)),
    })
}

/// Whether a schema says more than that it is an object: a function without parameters has none.
fn takes_something(schema: &RawValue) -> bool {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing<'a> {
        #[serde(rename = "$schema")]
        _schema: Option<&'a RawValue>,
        #[serde(borrow, rename = "type")]
        _kind: Option<&'a RawValue>,
        properties: Option<BTreeMap<Cow<'a, str>, &'a RawValue>>,
        required: Option<Vec<Cow<'a, str>>>,
        #[serde(borrow, rename = "additionalProperties")]
        _additional: Option<&'a RawValue>,
    }
    match serde_json::from_str::<Nothing<'_>>(schema.get()) {
        Ok(nothing) => {
            nothing.properties.is_some_and(|p| !p.is_empty())
                || nothing.required.is_some_and(|r| !r.is_empty())
        }
        Err(_) => true,
    }
}

/// Web search, which is a tool here.
fn search<'a>(
    has_functions: bool,
    profile: &ModelProfile,
    extras: &Extras<'_>,
    losses: &mut Losses,
) -> Result<Option<Tool<'a>>, Error> {
    let Some(options) = extras.translated("web_search_options") else {
        return Ok(None);
    };
    if has_functions && profile.generation < Generation::Third {
        let message = "this model cannot search the web beside `tools`";
        return Err(Error::invalid(message)
            .with_param("web_search_options")
            .with_code("unsupported_parameter"));
    }
    for (name, value) in fields(options, "web_search_options")? {
        match (&*name, value.get()) {
            (_, "null") | ("search_context_size", r#""medium""#) => {}
            ("search_context_size" | "user_location", _) => {
                losses.dropped(format!("web_search_options.{name}"))?;
            }
            _ => losses.unknown(&format!("web_search_options.{name}")),
        }
    }
    Ok(Some(Tool::GoogleSearch {
        google_search: Empty {},
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_without_parameters_has_no_schema() {
        for (schema, expected) in [
            ("{}", false),
            (r#"{"type":"object","properties":{}}"#, false),
            (
                r#"{"$schema":"x","type":"object","properties":{},"required":[],"additionalProperties":false}"#,
                false,
            ),
            (r#"{"type":"object","properties":{"a":{}}}"#, true),
            (r#"{"type":"object","required":["a"]}"#, true),
            (r##"{"$ref":"#/$defs/A","$defs":{}}"##, true),
            (r#"{"type":"object","description":"x"}"#, true),
        ] {
            let schema_json: &RawValue = serde_json::from_str(schema).unwrap();
            assert_eq!(takes_something(schema_json), expected, "{schema}");
        }
    }
}
