//! Messages and the parts of their content.

use super::tool::{FUNCTION_CALL, TOOL_CALL};
use crate::simulate::shape::{
    Field, MANY, Shape, TEXT, either, list, list_of, nullable, object, one_of, optional, required,
    tagged,
};

pub(super) const MESSAGE: Shape = Shape::Tagged {
    tag: "role",
    default: None,
    cases: &[
        ("system", INSTRUCTION),
        ("developer", INSTRUCTION),
        ("user", USER),
        ("assistant", ASSISTANT),
        ("tool", TOOL_RESULT),
        ("function", FUNCTION_RESULT),
    ],
};

const INSTRUCTION: &[Field] = &[required("content", TEXT_CONTENT), optional("name", TEXT)];
const USER: &[Field] = &[required("content", USER_CONTENT), optional("name", TEXT)];
const ASSISTANT: &[Field] = &[
    optional("content", nullable(&ASSISTANT_CONTENT)),
    optional("name", TEXT),
    optional("refusal", nullable(&TEXT)),
    optional("audio", nullable(&object(&[required("id", TEXT)]))),
    optional("tool_calls", nullable(&list_of(&TOOL_CALL, 1, 128))),
    optional("function_call", nullable(&FUNCTION_CALL)),
    // Answers carry it, and clients send whole answers back.
    optional("annotations", nullable(&list(&Shape::Any))),
    // Not OpenAI's: `rules.rs` refuses it for models that are.
    optional("reasoning_content", nullable(&TEXT)),
];

const TOOL_RESULT: &[Field] = &[
    required("content", TEXT_CONTENT),
    required("tool_call_id", TEXT),
];

const FUNCTION_RESULT: &[Field] = &[required("content", nullable(&TEXT)), required("name", TEXT)];

pub(super) const TEXT_CONTENT: Shape = either(&[TEXT, list_of(&TEXT_PART, 1, MANY)]);

const USER_CONTENT: Shape = either(&[TEXT, list_of(&USER_PART, 1, MANY)]);

const ASSISTANT_CONTENT: Shape = either(&[TEXT, list_of(&ASSISTANT_PART, 1, MANY)]);

const TEXT_PART: Shape = tagged(&[("text", TEXT_FIELDS)]);
const ASSISTANT_PART: Shape = tagged(&[
    ("text", TEXT_FIELDS),
    ("refusal", &[required("refusal", TEXT)]),
]);

const USER_PART: Shape = tagged(&[
    ("text", TEXT_FIELDS),
    ("image_url", &[required("image_url", IMAGE_URL), BREAKPOINT]),
    (
        "input_audio",
        &[required("input_audio", INPUT_AUDIO), BREAKPOINT],
    ),
    ("file", &[required("file", FILE), BREAKPOINT]),
]);

const TEXT_FIELDS: &[Field] = &[required("text", TEXT), BREAKPOINT];
const IMAGE_URL: Shape = object(&[
    required("url", TEXT),
    optional("detail", one_of(&["auto", "low", "high", "original"])),
]);

const INPUT_AUDIO: Shape = object(&[
    required("data", TEXT),
    required("format", one_of(&["wav", "mp3"])),
]);

const FILE: Shape = object(&[
    optional("file_data", TEXT),
    optional("file_id", TEXT),
    optional("filename", TEXT),
]);

const BREAKPOINT: Field = optional(
    "prompt_cache_breakpoint",
    object(&[
        required("mode", one_of(&["explicit"])),
        optional("ttl", one_of(&["30m", "12h"])),
    ]),
);
