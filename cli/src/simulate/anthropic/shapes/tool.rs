//! Tools and the choice among them.

use super::{CACHE_CONTROL, is_name};
use crate::simulate::shape::{
    FREE_OBJECT, Field, Shape, TEXT, integer, list, nullable, one_of, optional, required, tagged,
};

pub(super) const TOOL: Shape = Shape::Tagged {
    tag: "type",
    default: Some("custom"),
    cases: &[
        (
            "custom",
            &[
                required("name", TOOL_NAME),
                required("input_schema", INPUT_SCHEMA),
                optional("description", TEXT),
                optional("strict", Shape::Bool),
                optional("input_examples", list(&FREE_OBJECT)),
                optional("defer_loading", Shape::Bool),
                optional("eager_input_streaming", nullable(&Shape::Bool)),
                optional("allowed_callers", list(&one_of(&["direct"]))),
                CACHE_CONTROL,
            ],
        ),
        ("web_search_20250305", WEB_SEARCH),
        ("web_search_20260209", WEB_SEARCH),
        ("web_search_20260318", WEB_SEARCH),
    ],
};

const INPUT_SCHEMA: Shape = Shape::Open(&[
    required("type", one_of(&["object"])),
    optional("properties", nullable(&FREE_OBJECT)),
    optional("required", nullable(&list(&TEXT))),
]);

/// Taken, and never used: this model does not search.
const WEB_SEARCH: &[Field] = &[
    required("name", one_of(&["web_search"])),
    optional("allowed_domains", nullable(&list(&TEXT))),
    optional("blocked_domains", nullable(&list(&TEXT))),
    optional("max_uses", nullable(&integer(1, i64::MAX))),
    optional("user_location", nullable(&FREE_OBJECT)),
    optional("allowed_callers", list(&TEXT)),
    optional("defer_loading", Shape::Bool),
    optional("strict", Shape::Bool),
    CACHE_CONTROL,
];

const TOOL_NAME: Shape = Shape::Name {
    pattern: "^[a-zA-Z0-9_-]{1,128}$",
    max: 128,
    allows: is_name,
};

const NO_PARALLEL: Field = optional("disable_parallel_tool_use", Shape::Bool);
pub(super) const TOOL_CHOICE: Field = optional(
    "tool_choice",
    tagged(&[
        ("auto", &[NO_PARALLEL]),
        ("any", &[NO_PARALLEL]),
        ("tool", &[required("name", TEXT), NO_PARALLEL]),
        ("none", &[]),
    ]),
);
