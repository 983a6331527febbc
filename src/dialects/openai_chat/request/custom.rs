//! Custom tools, which are called with a text instead of JSON.
//!
//! Only some providers know them, and those go by the names in the request's tools. In a history
//! that comes to any other, a call is that of a function with one argument, `input`.

use std::borrow::Cow;

use serde_json::json;

use crate::chat::ToolCall;
use crate::json::{Fault, Kind, Reader, Slot};

/// The `type` of such tools, of their calls, and of choosing one.
pub(super) const CUSTOM: &str = "custom";

/// The name of a tool whose JSON is read; `None` where it has none.
pub(super) fn name<'a>(reader: &mut Reader<'a>) -> Result<Option<Cow<'a, str>>, Fault> {
    let mut found = None;
    reader.object(|reader, member| {
        if member.text != CUSTOM || reader.kind()? != Kind::Object {
            return reader.skip();
        }
        reader.object(|reader, member| {
            if member.text != "name" || reader.kind()? != Kind::String {
                return reader.skip();
            }
            found = Some(reader.string()?);
            Ok(())
        })
    })?;
    Ok(found)
}

/// Reads name and input of a call; the id is left empty.
pub(super) fn call<'a>(reader: &mut Reader<'a>) -> Result<ToolCall<'a>, Fault> {
    let (mut name, mut input) = (Slot::default(), Slot::default());
    reader.object(|reader, member| match &*member.text {
        "name" => name.fill(reader, Reader::string),
        "input" => input.fill(reader, Reader::string),
        _ => reader.skip(),
    })?;
    let input: Cow<'_, str> = input.take().unwrap_or_default();
    Ok(ToolCall {
        id: Cow::Borrowed(""),
        name: name.required("name")?,
        arguments: json!({ "input": input }).to_string().into(),
        signature: None,
    })
}
