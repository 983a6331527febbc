//! Tools, calls of tools, and the choice between them.

use std::borrow::Cow;

use super::custom::{self, CUSTOM};
use super::{extra_content, unsupported};
use crate::chat::{OtherTool, Tool, ToolCall, ToolChoice};
use crate::dialects::openai_chat::call_id;
use crate::json::{Fault, FaultKind, Kind, Reader, Slot};

/// Reads the field `tools`: functions, and what else there is.
pub(super) fn tools<'a>(
    reader: &mut Reader<'a>,
) -> Result<(Vec<Tool<'a>>, Vec<OtherTool<'a>>), Fault> {
    let (mut functions, mut others) = (Vec::new(), Vec::new());
    let mut index = 0;
    reader.array(|reader| {
        match kind_of_tool(&mut reader.clone())? {
            Some(kind) if kind != FUNCTION => others.push(other_tool(reader, kind, index)?),
            _ => functions.push(tool(reader)?),
        }
        index += 1;
        Ok(())
    })?;
    Ok((functions, others))
}

fn other_tool<'a>(
    reader: &mut Reader<'a>,
    kind: Cow<'a, str>,
    index: usize,
) -> Result<OtherTool<'a>, Fault> {
    let name = match &*kind {
        CUSTOM => custom::name(&mut reader.clone())?,
        _ => None,
    };
    Ok(OtherTool {
        kind,
        name,
        index,
        json: reader.raw_object()?,
    })
}

/// The `type` of the tool that comes next; one that cannot be read is left to [`tool`] to refuse.
fn kind_of_tool<'a>(reader: &mut Reader<'a>) -> Result<Option<Cow<'a, str>>, Fault> {
    let mut found = None;
    reader.object(|reader, name| {
        if name.text == "type" && reader.kind()? == Kind::String {
            found = Some(reader.string()?);
            return Ok(());
        }
        reader.skip()
    })?;
    Ok(found)
}

/// Reads the field `functions`, as it was called before 2023-11.
pub(super) fn functions<'a>(reader: &mut Reader<'a>) -> Result<Vec<Tool<'a>>, Fault> {
    list(reader, definition)
}

/// Reads the calls of an assistant message.
pub(super) fn calls<'a>(reader: &mut Reader<'a>) -> Result<Vec<ToolCall<'a>>, Fault> {
    list(reader, call)
}

/// Reads name and arguments of a call; the id is left empty.
pub(super) fn function<'a>(reader: &mut Reader<'a>) -> Result<ToolCall<'a>, Fault> {
    let (mut name, mut arguments) = (Slot::default(), Slot::default());
    reader.object(|reader, member| match &*member.text {
        "name" => name.fill(reader, Reader::string),
        "arguments" => arguments.fill(reader, Reader::string),
        _ => reader.skip(),
    })?;
    Ok(ToolCall {
        id: Cow::Borrowed(""),
        name: name.required("name")?,
        arguments: arguments.take().unwrap_or_default(),
        signature: None,
    })
}

/// Reads the field `tool_choice`.
pub(super) fn choice<'a>(reader: &mut Reader<'a>) -> Result<ToolChoice<'a>, Fault> {
    match reader.kind()? {
        Kind::String => choice_by_word(&reader.string()?, &["none", "auto", "required"]),
        Kind::Object => choice_by_name(reader),
        found => Err(reader.fault(FaultKind::Type {
            expected: "one of a string or object",
            found,
        })),
    }
}

/// Reads the top-level field `function_call`, as it was called before 2023-11.
pub(super) fn function_call<'a>(reader: &mut Reader<'a>) -> Result<ToolChoice<'a>, Fault> {
    if reader.kind()? == Kind::String {
        return choice_by_word(&reader.string()?, &["none", "auto"]);
    }
    named(reader).map(ToolChoice::Function)
}

fn list<'a, T>(
    reader: &mut Reader<'a>,
    mut read: impl FnMut(&mut Reader<'a>) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    let mut list = Vec::new();
    reader.array(|reader| {
        list.push(read(reader)?);
        Ok(())
    })?;
    Ok(list)
}

fn tool<'a>(reader: &mut Reader<'a>) -> Result<Tool<'a>, Fault> {
    let (mut kind, mut tool) = (Slot::default(), Slot::default());
    let (mut marker, mut anthropic) = (Slot::default(), Slot::default());
    reader.object(|reader, name| match &*name.text {
        "type" => kind.fill(reader, Reader::string),
        "function" => tool.fill(reader, definition),
        "cache_control" => marker.fill(reader, Reader::raw),
        "anthropic" => anthropic.fill(reader, Reader::raw),
        _ => reader.skip(),
    })?;
    check_kind(&kind.required("type")?)?;
    let mut tool: Tool<'_> = tool.required("function")?;
    tool.cache_control = marker.take().or(tool.cache_control);
    tool.anthropic = anthropic.take();
    Ok(tool)
}

fn definition<'a>(reader: &mut Reader<'a>) -> Result<Tool<'a>, Fault> {
    let (mut name, mut description) = (Slot::default(), Slot::default());
    let (mut parameters, mut strict) = (Slot::default(), Slot::default());
    let mut marker = Slot::default();
    reader.object(|reader, member| match &*member.text {
        "name" => name.fill(reader, Reader::string),
        "description" => description.fill(reader, Reader::string),
        "parameters" => parameters.fill(reader, Reader::raw_object),
        "strict" => strict.fill(reader, Reader::boolean),
        "cache_control" => marker.fill(reader, Reader::raw),
        _ => reader.skip(),
    })?;
    Ok(Tool {
        name: name.required("name")?,
        description: description.take(),
        parameters: parameters.take(),
        strict: strict.take(),
        cache_control: marker.take(),
        anthropic: None,
    })
}

fn call<'a>(reader: &mut Reader<'a>) -> Result<ToolCall<'a>, Fault> {
    let (mut id, mut kind) = (Slot::default(), Slot::default());
    let (mut call, mut signature) = (Slot::default(), Slot::default());
    let mut of_custom = Slot::default();
    reader.object(|reader, name| match &*name.text {
        "id" => id.fill(reader, Reader::string),
        "type" => kind.fill(reader, Reader::string),
        "function" => call.fill(reader, function),
        CUSTOM => of_custom.fill(reader, custom::call),
        "extra_content" => extra_content::signature(reader, &mut signature),
        _ => reader.skip(),
    })?;
    let call = match &*kind.take().unwrap_or(Cow::Borrowed(FUNCTION)) {
        CUSTOM => of_custom.required(CUSTOM)?,
        kind => {
            check_kind(kind)?;
            call.required(FUNCTION)?
        }
    };
    let (id, carried) = call_id::split(id.required("id")?);
    let beside = signature.take().filter(|text| !text.is_empty());
    Ok(ToolCall {
        id,
        signature: carried.map(Cow::Owned).or(beside),
        ..call
    })
}

fn choice_by_word<'a>(
    word: &str,
    supported: &'static [&'static str],
) -> Result<ToolChoice<'a>, Fault> {
    match word {
        "none" => Ok(ToolChoice::None),
        "auto" => Ok(ToolChoice::Auto),
        "required" if supported.contains(&word) => Ok(ToolChoice::Required),
        other => Err(unsupported(other, supported)),
    }
}

fn choice_by_name<'a>(reader: &mut Reader<'a>) -> Result<ToolChoice<'a>, Fault> {
    let (mut kind, mut function) = (Slot::default(), Slot::default());
    let (mut allowed, mut of_custom) = (Slot::default(), Slot::default());
    reader.object(|reader, name| match &*name.text {
        "type" => kind.fill(reader, Reader::string),
        "function" => function.fill(reader, named),
        CUSTOM => of_custom.fill(reader, named),
        "allowed_tools" => allowed.fill(reader, allowed_tools),
        _ => reader.skip(),
    })?;
    match &*kind.required("type")? {
        "allowed_tools" => allowed.required("allowed_tools"),
        CUSTOM => of_custom.required(CUSTOM).map(ToolChoice::Function),
        kind => {
            check_kind(kind)?;
            function.required(FUNCTION).map(ToolChoice::Function)
        }
    }
}

fn allowed_tools<'a>(reader: &mut Reader<'a>) -> Result<ToolChoice<'a>, Fault> {
    let (mut mode, mut names) = (Slot::default(), Slot::default());
    reader.object(|reader, name| match &*name.text {
        "mode" => mode.fill(reader, Reader::string),
        "tools" => names.fill(reader, |reader| list(reader, allowed_tool)),
        _ => reader.skip(),
    })?;
    let mode = mode.required("mode")?;
    Ok(ToolChoice::Allowed {
        required: match &*mode {
            "auto" => false,
            "required" => true,
            other => return Err(unsupported(other, &["auto", "required"]).in_member("mode")),
        },
        names: names.required("tools")?,
    })
}

fn allowed_tool<'a>(reader: &mut Reader<'a>) -> Result<Cow<'a, str>, Fault> {
    let (mut kind, mut function) = (Slot::default(), Slot::default());
    let mut of_custom = Slot::default();
    reader.object(|reader, name| match &*name.text {
        "type" => kind.fill(reader, Reader::string),
        "function" => function.fill(reader, named),
        CUSTOM => of_custom.fill(reader, named),
        _ => reader.skip(),
    })?;
    match &*kind.required("type")? {
        CUSTOM => of_custom.required(CUSTOM),
        kind => {
            check_kind(kind)?;
            function.required(FUNCTION)
        }
    }
}

/// Reads `{"name": …}`.
fn named<'a>(reader: &mut Reader<'a>) -> Result<Cow<'a, str>, Fault> {
    let mut function = Slot::default();
    reader.object(|reader, name| match &*name.text {
        "name" => function.fill(reader, Reader::string),
        _ => reader.skip(),
    })?;
    function.required("name")
}

const FUNCTION: &str = "function";

fn check_kind(kind: &str) -> Result<(), Fault> {
    match kind {
        FUNCTION => Ok(()),
        other => Err(unsupported(other, &[FUNCTION, CUSTOM]).in_member("type")),
    }
}
