//! The fields of a chat completion request.
//!
//! Source: request types of openai 3.52.0 and the API reference's limits, checked
//! 2026-11-21.

use crate::simulate::shape::{Cases, FREE_OBJECT, Field, Shape, TEXT, list, optional, required};

const FLAG: Shape = Shape::Nullable(&Shape::Bool);
const COUNT: Shape = Shape::Integer {
    min: 1,
    max: i64::MAX,
};
const PENALTY: Shape = Shape::Nullable(&Shape::Number {
    min: -2.0,
    max: 2.0,
});

/// Names of functions, custom tools, schemas.
const NAME: Shape = Shape::Name {
    pattern: "^[a-zA-Z0-9_-]+$",
    max: 64,
    allows: |letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-',
};

pub(super) const REQUEST: Shape = Shape::Object(REQUEST_FIELDS);

pub(super) const REQUEST_FIELDS: &[Field] = &[
    required(
        "messages",
        Shape::List {
            of: &MESSAGE,
            min: 1,
            max: usize::MAX,
        },
    ),
    required("model", TEXT),
    optional("audio", Shape::Nullable(&AUDIO)),
    optional("frequency_penalty", PENALTY),
    optional(
        "function_call",
        Shape::Either(&[Shape::OneOf(&["none", "auto"]), NAMED]),
    ),
    optional(
        "functions",
        Shape::List {
            of: &FUNCTION,
            min: 1,
            max: 128,
        },
    ),
    optional(
        "logit_bias",
        Shape::Nullable(&Shape::Map {
            of: &Shape::Number {
                min: -100.0,
                max: 100.0,
            },
            max: 1024,
        }),
    ),
    optional("logprobs", FLAG),
    optional("max_completion_tokens", Shape::Nullable(&COUNT)),
    optional("max_tokens", Shape::Nullable(&COUNT)),
    optional(
        "metadata",
        Shape::Nullable(&Shape::Map {
            of: &Shape::Text { min: 0, max: 512 },
            max: 16,
        }),
    ),
    optional(
        "modalities",
        Shape::Nullable(&list(&Shape::OneOf(&["text", "audio"]))),
    ),
    optional("moderation", Shape::Nullable(&MODERATION)),
    optional("n", Shape::Nullable(&Shape::Integer { min: 1, max: 128 })),
    optional("parallel_tool_calls", Shape::Bool),
    optional("prediction", Shape::Nullable(&PREDICTION)),
    optional("presence_penalty", PENALTY),
    optional("prompt_cache_key", Shape::Nullable(&TEXT)),
    optional("prompt_cache_options", CACHE_OPTIONS),
    optional(
        "prompt_cache_retention",
        Shape::Nullable(&Shape::OneOf(&["in_memory", "24h"])),
    ),
    optional(
        "reasoning_effort",
        Shape::Nullable(&Shape::OneOf(&[
            "none", "minimal", "low", "medium", "high", "xhigh", "max",
        ])),
    ),
    optional("response_format", RESPONSE_FORMAT),
    optional(
        "safety_identifier",
        Shape::Nullable(&Shape::Text { min: 0, max: 128 }),
    ),
    optional(
        "seed",
        Shape::Nullable(&Shape::Integer {
            min: i64::MIN,
            max: i64::MAX,
        }),
    ),
    optional(
        "service_tier",
        Shape::Nullable(&Shape::OneOf(&[
            "auto", "default", "flex", "scale", "priority", "fast",
        ])),
    ),
    optional(
        "stop",
        Shape::Nullable(&Shape::Either(&[
            TEXT,
            Shape::List {
                of: &TEXT,
                min: 0,
                max: 4,
            },
        ])),
    ),
    optional("store", FLAG),
    optional("stream", FLAG),
    optional("stream_options", Shape::Nullable(&STREAM_OPTIONS)),
    optional(
        "temperature",
        Shape::Nullable(&Shape::Number { min: 0.0, max: 2.0 }),
    ),
    optional(
        "tool_choice",
        Shape::Either(&[Shape::OneOf(&["none", "auto", "required"]), TOOL_CHOICE]),
    ),
    optional(
        "tools",
        Shape::List {
            of: &TOOL,
            min: 1,
            max: 128,
        },
    ),
    optional(
        "top_logprobs",
        Shape::Nullable(&Shape::Integer { min: 0, max: 20 }),
    ),
    optional(
        "top_p",
        Shape::Nullable(&Shape::Number { min: 0.0, max: 1.0 }),
    ),
    optional("user", TEXT),
    optional(
        "verbosity",
        Shape::Nullable(&Shape::OneOf(&["low", "medium", "high"])),
    ),
    optional("web_search_options", WEB_SEARCH),
];

const fn tagged(cases: Cases) -> Shape {
    Shape::Tagged {
        tag: "type",
        default: None,
        cases,
    }
}

const MESSAGE: Shape = Shape::Tagged {
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
    optional("content", Shape::Nullable(&ASSISTANT_CONTENT)),
    optional("name", TEXT),
    optional("refusal", Shape::Nullable(&TEXT)),
    optional(
        "audio",
        Shape::Nullable(&Shape::Object(&[required("id", TEXT)])),
    ),
    optional(
        "tool_calls",
        Shape::Nullable(&Shape::List {
            of: &TOOL_CALL,
            min: 1,
            max: 128,
        }),
    ),
    optional("function_call", Shape::Nullable(&FUNCTION_CALL)),
    // Answers carry it, and clients send whole answers back.
    optional("annotations", Shape::Nullable(&list(&Shape::Any))),
    // Not OpenAI's: `rules.rs` refuses it for models that are.
    optional("reasoning_content", Shape::Nullable(&TEXT)),
];
const TOOL_RESULT: &[Field] = &[
    required("content", TEXT_CONTENT),
    required("tool_call_id", TEXT),
];
const FUNCTION_RESULT: &[Field] = &[
    required("content", Shape::Nullable(&TEXT)),
    required("name", TEXT),
];

const TEXT_CONTENT: Shape = Shape::Either(&[
    TEXT,
    Shape::List {
        of: &TEXT_PART,
        min: 1,
        max: usize::MAX,
    },
]);
const USER_CONTENT: Shape = Shape::Either(&[
    TEXT,
    Shape::List {
        of: &USER_PART,
        min: 1,
        max: usize::MAX,
    },
]);
const ASSISTANT_CONTENT: Shape = Shape::Either(&[
    TEXT,
    Shape::List {
        of: &ASSISTANT_PART,
        min: 1,
        max: usize::MAX,
    },
]);

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
const IMAGE_URL: Shape = Shape::Object(&[
    required("url", TEXT),
    optional("detail", Shape::OneOf(&["auto", "low", "high", "original"])),
]);
const INPUT_AUDIO: Shape = Shape::Object(&[
    required("data", TEXT),
    required("format", Shape::OneOf(&["wav", "mp3"])),
]);
const FILE: Shape = Shape::Object(&[
    optional("file_data", TEXT),
    optional("file_id", TEXT),
    optional("filename", TEXT),
]);
const BREAKPOINT: Field = optional(
    "prompt_cache_breakpoint",
    Shape::Object(&[
        required("mode", Shape::OneOf(&["explicit"])),
        optional("ttl", Shape::OneOf(&["30m", "12h"])),
    ]),
);

const TOOL_CALL: Shape = tagged(&[
    (
        "function",
        &[required("id", TEXT), required("function", FUNCTION_CALL)],
    ),
    (
        "custom",
        &[required("id", TEXT), required("custom", CUSTOM_CALL)],
    ),
]);
const FUNCTION_CALL: Shape = Shape::Object(&[required("name", NAME), required("arguments", TEXT)]);
const CUSTOM_CALL: Shape = Shape::Object(&[required("name", NAME), required("input", TEXT)]);

const TOOL: Shape = tagged(&[
    ("function", &[required("function", FUNCTION)]),
    ("custom", &[required("custom", CUSTOM)]),
]);
const FUNCTION: Shape = Shape::Object(&[
    required("name", NAME),
    optional("description", TEXT),
    optional("parameters", FREE_OBJECT),
    optional("strict", FLAG),
]);
const CUSTOM: Shape = Shape::Object(&[
    required("name", NAME),
    optional("description", TEXT),
    optional("format", CUSTOM_FORMAT),
]);
const CUSTOM_FORMAT: Shape = tagged(&[("text", &[]), ("grammar", &[required("grammar", GRAMMAR)])]);
const GRAMMAR: Shape = Shape::Object(&[
    required("definition", TEXT),
    required("syntax", Shape::OneOf(&["lark", "regex"])),
]);

const NAMED: Shape = Shape::Object(&[required("name", NAME)]);
const TOOL_CHOICE: Shape = tagged(&[
    ("function", &[required("function", NAMED)]),
    ("custom", &[required("custom", NAMED)]),
    ("allowed_tools", &[required("allowed_tools", ALLOWED_TOOLS)]),
]);
const ALLOWED_TOOLS: Shape = Shape::Object(&[
    required("mode", Shape::OneOf(&["auto", "required"])),
    required(
        "tools",
        Shape::List {
            of: &ALLOWED_TOOL,
            min: 1,
            max: 128,
        },
    ),
]);
const ALLOWED_TOOL: Shape = tagged(&[
    ("function", &[required("function", NAMED)]),
    ("custom", &[required("custom", NAMED)]),
]);

const RESPONSE_FORMAT: Shape = tagged(&[
    ("text", &[]),
    ("json_object", &[]),
    ("json_schema", &[required("json_schema", JSON_SCHEMA)]),
]);
const JSON_SCHEMA: Shape = Shape::Object(&[
    required("name", NAME),
    optional("description", TEXT),
    required("schema", FREE_OBJECT),
    optional("strict", FLAG),
]);

const STREAM_OPTIONS: Shape = Shape::Object(&[
    optional("include_usage", Shape::Bool),
    optional("include_obfuscation", Shape::Bool),
]);
const PREDICTION: Shape = tagged(&[("content", &[required("content", TEXT_CONTENT)])]);
const CACHE_OPTIONS: Shape = Shape::Object(&[
    optional("mode", Shape::OneOf(&["implicit", "explicit"])),
    optional("ttl", Shape::OneOf(&["30m"])),
]);
const AUDIO: Shape = Shape::Object(&[
    required(
        "format",
        Shape::OneOf(&["wav", "aac", "mp3", "flac", "opus", "pcm16"]),
    ),
    required(
        "voice",
        Shape::Either(&[TEXT, Shape::Object(&[required("id", TEXT)])]),
    ),
]);
const MODERATION_MODE: Shape = Shape::Nullable(&Shape::Object(&[required(
    "mode",
    Shape::OneOf(&["score", "block"]),
)]));
const MODERATION: Shape = Shape::Object(&[
    required("model", TEXT),
    optional(
        "policy",
        Shape::Nullable(&Shape::Object(&[
            optional("input", MODERATION_MODE),
            optional("output", MODERATION_MODE),
        ])),
    ),
]);
const WEB_SEARCH: Shape = Shape::Object(&[
    optional(
        "search_context_size",
        Shape::OneOf(&["low", "medium", "high"]),
    ),
    optional(
        "user_location",
        Shape::Nullable(&Shape::Object(&[
            required("type", Shape::OneOf(&["approximate"])),
            required(
                "approximate",
                Shape::Object(&[
                    optional("city", TEXT),
                    optional("country", TEXT),
                    optional("region", TEXT),
                    optional("timezone", TEXT),
                ]),
            ),
        ])),
    ),
]);
