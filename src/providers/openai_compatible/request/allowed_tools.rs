//! `tool_choice` of type `allowed_tools` for vendors that do not know it: they are given the
//! allowed tools only, each of them as the client wrote it.
//!
//! The client is told, because another set of tools is another prompt for the vendor's cache.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::params::Fields;
use crate::chat::Error;
use crate::providers::losses::Losses;
use crate::providers::openai_compatible::edit::Fate;
use crate::providers::openai_compatible::preset::Preset;

/// The two fields in the vendor's words, as JSON.
pub(super) struct AllowedTools {
    tools: String,
    choice: String,
}

impl AllowedTools {
    /// What becomes of `tools`.
    pub(super) fn tools(&mut self) -> Fate {
        Fate::Becomes(std::mem::take(&mut self.tools))
    }

    /// What becomes of `tool_choice`.
    pub(super) fn choice(&mut self) -> Fate {
        Fate::Becomes(std::mem::take(&mut self.choice))
    }
}

/// What the vendor gets instead, if the client asks for this and the vendor cannot do it.
///
/// # Errors
/// 400 where none of the request's tools is allowed.
pub(super) fn emulate(
    preset: &Preset,
    fields: Fields<'_>,
    losses: &mut Losses,
) -> Result<Option<AllowedTools>, Error> {
    if preset.takes_allowed_tools {
        return Ok(None);
    }
    let choice = fields.value("tool_choice").map(serde_json::from_slice);
    let Some(Ok(Choice {
        allowed_tools: Some(allowed),
    })) = choice
    else {
        return Ok(None);
    };
    let tools = fields.value("tools").map(serde_json::from_slice);
    let Some(Ok::<Vec<&RawValue>, _>(tools)) = tools else {
        return Ok(None);
    };
    let kept: Vec<&str> = tools
        .iter()
        .map(|tool| tool.get())
        .filter(|tool| allowed.has(tool))
        .collect();
    if kept.is_empty() {
        let message = "None of the tools is allowed by 'tool_choice'.";
        return Err(Error::invalid(message)
            .with_param("tool_choice")
            .with_code("invalid_value"));
    }
    losses.emulated("tool_choice");
    Ok(Some(AllowedTools {
        tools: format!("[{}]", kept.join(",")),
        choice: if allowed.mode == "required" {
            "\"required\"".to_owned()
        } else {
            "\"auto\"".to_owned()
        },
    }))
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(borrow, default)]
    allowed_tools: Option<Allowed<'a>>,
}

#[derive(Deserialize)]
struct Allowed<'a> {
    #[serde(borrow)]
    mode: Cow<'a, str>,
    #[serde(borrow)]
    tools: Vec<Tool<'a>>,
}

#[derive(Deserialize)]
struct Tool<'a> {
    #[serde(borrow)]
    function: Function<'a>,
}

#[derive(Deserialize)]
struct Function<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

impl Allowed<'_> {
    /// Whether a tool of the request is among them.
    fn has(&self, tool: &str) -> bool {
        serde_json::from_str::<Tool<'_>>(tool).is_ok_and(|tool| {
            let mut allowed = self.tools.iter();
            allowed.any(|allowed| allowed.function.name == tool.function.name)
        })
    }
}
