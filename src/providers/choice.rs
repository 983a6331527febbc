//! `tool_choice`, for providers that can be told at most whether tools may or must be called: that
//! only some of them may be is done by giving no others.

use std::collections::BTreeSet;
use std::slice;

use super::function::named;
use crate::chat::{Error, Request, ToolChoice};

/// Whether tools may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// As the model likes.
    May,
    /// No tool.
    MayNot,
    /// At least one.
    Must,
}

/// Which tools the model is given, and what it may do with them.
pub(super) struct Choice<'a> {
    pub(super) call: Call,
    /// `None`: all.
    only: Option<BTreeSet<&'a str>>,
}

impl<'a> Choice<'a> {
    /// The client's choice.
    ///
    /// # Errors
    /// Where it asks for a tool that is not there.
    pub(super) fn of(request: &'a Request<'_>) -> Result<Self, Error> {
        let (call, only) = match &request.tool_choice {
            None | Some(ToolChoice::Auto) => (Call::May, None),
            Some(ToolChoice::None) => (Call::MayNot, None),
            Some(ToolChoice::Required) => (Call::Must, None),
            Some(ToolChoice::Function(name)) => {
                let named = named(request, slice::from_ref(name), "tool_choice.function.name")?;
                (Call::Must, Some(named))
            }
            Some(ToolChoice::Allowed { required, names }) => {
                let named = named(request, names, "tool_choice.allowed_tools.tools")?;
                let call = if *required { Call::Must } else { Call::May };
                (call, Some(named))
            }
        };
        if call == Call::Must && request.tools.is_empty() {
            return Err(
                Error::invalid("`tool_choice` asks for a tool and `tools` is empty")
                    .with_param("tool_choice"),
            );
        }
        Ok(Self { call, only })
    }

    /// Whether only some of the tools are given.
    pub(super) fn is_narrowed(&self) -> bool {
        self.only.is_some()
    }

    /// Whether the tool of this name is given.
    pub(super) fn gives(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(name))
    }
}
