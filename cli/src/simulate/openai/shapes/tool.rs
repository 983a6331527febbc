//! Tools, the choice among them and the calls of them.

use super::{FLAG, NAME};
use crate::simulate::shape::{
    FREE_OBJECT, Shape, TEXT, list_of, object, one_of, optional, required, tagged,
};

pub(super) const TOOL: Shape = tagged(&[
    ("function", &[required("function", FUNCTION)]),
    ("custom", &[required("custom", CUSTOM)]),
]);

pub(super) const FUNCTION: Shape = object(&[
    required("name", NAME),
    optional("description", TEXT),
    optional("parameters", FREE_OBJECT),
    optional("strict", FLAG),
]);

const CUSTOM: Shape = object(&[
    required("name", NAME),
    optional("description", TEXT),
    optional("format", CUSTOM_FORMAT),
]);

const CUSTOM_FORMAT: Shape = tagged(&[("text", &[]), ("grammar", &[required("grammar", GRAMMAR)])]);
const GRAMMAR: Shape = object(&[
    required("definition", TEXT),
    required("syntax", one_of(&["lark", "regex"])),
]);

pub(super) const TOOL_CALL: Shape = tagged(&[
    (
        "function",
        &[required("id", TEXT), required("function", FUNCTION_CALL)],
    ),
    (
        "custom",
        &[required("id", TEXT), required("custom", CUSTOM_CALL)],
    ),
]);

pub(super) const FUNCTION_CALL: Shape =
    object(&[required("name", NAME), required("arguments", TEXT)]);
const CUSTOM_CALL: Shape = object(&[required("name", NAME), required("input", TEXT)]);
pub(super) const NAMED: Shape = object(&[required("name", NAME)]);
pub(super) const TOOL_CHOICE: Shape = tagged(&[
    ("function", &[required("function", NAMED)]),
    ("custom", &[required("custom", NAMED)]),
    ("allowed_tools", &[required("allowed_tools", ALLOWED_TOOLS)]),
]);

const ALLOWED_TOOLS: Shape = object(&[
    required("mode", one_of(&["auto", "required"])),
    required("tools", list_of(&ALLOWED_TOOL, 1, 128)),
]);

const ALLOWED_TOOL: Shape = tagged(&[
    ("function", &[required("function", NAMED)]),
    ("custom", &[required("custom", NAMED)]),
]);
