//! The fields of a Messages request.
//!
//! Source: request types of anthropic 2.11.0 and, for the sampling parameters of the
//! classic version, the API reference; checked 2026-11-21.

mod block;
mod tool;

use block::{CONTENT, SYSTEM_BLOCK};
use tool::{TOOL, TOOL_CHOICE};

use crate::simulate::shape::{
    FREE_OBJECT, Field, Shape, TEXT, either, integer, list, list_of, nullable, number, object,
    one_of, optional, required, tagged, text,
};

pub(super) const REQUEST: Shape = object(&[
    MODEL,
    MESSAGES,
    required("max_tokens", integer(0, i64::MAX)),
    CACHE_CONTROL,
    optional("container", nullable(&either(&[TEXT, FREE_OBJECT]))),
    optional(
        "diagnostics",
        nullable(&object(&[optional("previous_message_id", NULLABLE_TEXT)])),
    ),
    optional("inference_geo", NULLABLE_TEXT),
    optional("metadata", object(&[optional("user_id", USER_ID)])),
    OUTPUT_CONFIG,
    optional("service_tier", one_of(&["auto", "standard_only"])),
    SPEED,
    optional("stop_sequences", list(&TEXT)),
    optional("stream", Shape::Bool),
    SYSTEM,
    optional("temperature", number(0.0, 1.0)),
    THINKING,
    TOOL_CHOICE,
    TOOLS,
    optional("top_k", integer(0, i64::MAX)),
    optional("top_p", number(0.0, 1.0)),
    optional("user_profile_id", TEXT),
]);

/// Counting takes only what is counted.
pub(super) const COUNT_REQUEST: Shape = object(&[
    MODEL,
    MESSAGES,
    CACHE_CONTROL,
    OUTPUT_CONFIG,
    SPEED,
    SYSTEM,
    THINKING,
    TOOL_CHOICE,
    TOOLS,
    optional("user_profile_id", TEXT),
]);

const MODEL: Field = required("model", text(1, 256));
const MESSAGES: Field = required("messages", list_of(&MESSAGE, 0, 100_000));

const SPEED: Field = optional("speed", nullable(&one_of(&["standard", "fast"])));

const SYSTEM: Field = optional("system", either(&[TEXT, list(&SYSTEM_BLOCK)]));
const TOOLS: Field = optional("tools", list(&TOOL));
const CACHE_CONTROL: Field = optional("cache_control", nullable(&CACHE_MARK));
const NULLABLE_TEXT: Shape = nullable(&TEXT);
const USER_ID: Shape = nullable(&text(0, 512));
const CACHE_MARK: Shape = tagged(&[("ephemeral", &[optional("ttl", one_of(&["5m", "1h"]))])]);
const MESSAGE: Shape = Shape::Tagged {
    tag: "role",
    default: None,
    cases: &[
        ("user", &[required("content", CONTENT)]),
        ("assistant", &[required("content", CONTENT)]),
        (
            "system",
            &[required("content", either(&[TEXT, list(&SYSTEM_BLOCK)]))],
        ),
    ],
};

const fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == '-'
}

const DISPLAY: Field = optional("display", nullable(&one_of(&["summarized", "omitted"])));

const THINKING: Field = optional(
    "thinking",
    tagged(&[
        (
            "enabled",
            &[required("budget_tokens", integer(1024, i64::MAX)), DISPLAY],
        ),
        ("adaptive", &[DISPLAY]),
        ("between_tools", &[]),
        ("disabled", &[]),
    ]),
);

const OUTPUT_CONFIG: Field = optional(
    "output_config",
    object(&[
        optional(
            "effort",
            nullable(&one_of(&["low", "medium", "high", "xhigh", "max"])),
        ),
        optional(
            "format",
            nullable(&tagged(&[(
                "json_schema",
                &[required("schema", FREE_OBJECT)],
            )])),
        ),
    ]),
);
