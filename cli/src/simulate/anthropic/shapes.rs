//! The fields of a Messages request.
//!
//! Source: request types of anthropic 2.11.0 and, for the sampling parameters of the
//! classic version, the API reference; checked 2026-11-21.

use crate::simulate::shape::{Cases, FREE_OBJECT, Field, Shape, TEXT, list, optional, required};

pub(super) const REQUEST: Shape = Shape::Object(&[
    MODEL,
    MESSAGES,
    required(
        "max_tokens",
        Shape::Integer {
            min: 0,
            max: i64::MAX,
        },
    ),
    CACHE_CONTROL,
    optional(
        "container",
        Shape::Nullable(&Shape::Either(&[TEXT, FREE_OBJECT])),
    ),
    optional(
        "diagnostics",
        Shape::Nullable(&Shape::Object(&[optional(
            "previous_message_id",
            NULLABLE_TEXT,
        )])),
    ),
    optional("inference_geo", NULLABLE_TEXT),
    optional("metadata", Shape::Object(&[optional("user_id", USER_ID)])),
    OUTPUT_CONFIG,
    optional("service_tier", Shape::OneOf(&["auto", "standard_only"])),
    SPEED,
    optional("stop_sequences", list(&TEXT)),
    optional("stream", Shape::Bool),
    SYSTEM,
    optional("temperature", Shape::Number { min: 0.0, max: 1.0 }),
    THINKING,
    TOOL_CHOICE,
    TOOLS,
    optional(
        "top_k",
        Shape::Integer {
            min: 0,
            max: i64::MAX,
        },
    ),
    optional("top_p", Shape::Number { min: 0.0, max: 1.0 }),
    optional("user_profile_id", TEXT),
]);

/// Counting takes only what is counted.
pub(super) const COUNT_REQUEST: Shape = Shape::Object(&[
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

const MODEL: Field = required("model", Shape::Text { min: 1, max: 256 });
const MESSAGES: Field = required(
    "messages",
    Shape::List {
        of: &MESSAGE,
        min: 0,
        max: 100_000,
    },
);
const SPEED: Field = optional(
    "speed",
    Shape::Nullable(&Shape::OneOf(&["standard", "fast"])),
);
const SYSTEM: Field = optional("system", Shape::Either(&[TEXT, list(&SYSTEM_BLOCK)]));
const TOOLS: Field = optional("tools", list(&TOOL));
const CACHE_CONTROL: Field = optional("cache_control", Shape::Nullable(&CACHE_MARK));

const NULLABLE_TEXT: Shape = Shape::Nullable(&TEXT);
const USER_ID: Shape = Shape::Nullable(&Shape::Text { min: 0, max: 512 });

const CACHE_MARK: Shape = tagged(&[("ephemeral", &[optional("ttl", Shape::OneOf(&["5m", "1h"]))])]);
const CITATIONS: Field = optional(
    "citations",
    Shape::Nullable(&Shape::Object(&[optional("enabled", Shape::Bool)])),
);

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
        ("user", &[required("content", CONTENT)]),
        ("assistant", &[required("content", CONTENT)]),
        (
            "system",
            &[required(
                "content",
                Shape::Either(&[TEXT, list(&SYSTEM_BLOCK)]),
            )],
        ),
    ],
};
const CONTENT: Shape = Shape::Either(&[TEXT, list(&BLOCK)]);
const SYSTEM_BLOCK: Shape = tagged(&[("text", TEXT_BLOCK)]);

const BLOCK: Shape = tagged(&[
    ("text", TEXT_BLOCK),
    ("image", IMAGE_BLOCK),
    ("document", DOCUMENT_BLOCK),
    ("search_result", SEARCH_RESULT_BLOCK),
    (
        "thinking",
        &[required("thinking", TEXT), required("signature", TEXT)],
    ),
    ("redacted_thinking", &[required("data", TEXT)]),
    ("tool_use", TOOL_USE_BLOCK),
    ("tool_result", TOOL_RESULT_BLOCK),
]);
const TEXT_BLOCK: &[Field] = &[
    required("text", TEXT),
    CACHE_CONTROL,
    optional("citations", Shape::Nullable(&list(&FREE_OBJECT))),
];
const IMAGE_BLOCK: &[Field] = &[
    required(
        "source",
        tagged(&[
            (
                "base64",
                &[
                    required("data", TEXT),
                    required(
                        "media_type",
                        Shape::OneOf(&["image/jpeg", "image/png", "image/gif", "image/webp"]),
                    ),
                ],
            ),
            ("url", &[required("url", TEXT)]),
            ("file", &[required("file_id", TEXT)]),
        ]),
    ),
    CACHE_CONTROL,
    optional(
        "transformations",
        Shape::Nullable(&Shape::Object(&[optional(
            "oversized_image",
            Shape::OneOf(&["downsize", "error"]),
        )])),
    ),
];
const DOCUMENT_BLOCK: &[Field] = &[
    required(
        "source",
        tagged(&[
            (
                "base64",
                &[
                    required("data", TEXT),
                    required("media_type", Shape::OneOf(&["application/pdf"])),
                ],
            ),
            (
                "text",
                &[
                    required("data", TEXT),
                    required("media_type", Shape::OneOf(&["text/plain"])),
                ],
            ),
            (
                "content",
                &[required(
                    "content",
                    Shape::Either(&[TEXT, list(&RESULT_BLOCK)]),
                )],
            ),
            ("url", &[required("url", TEXT)]),
            ("file", &[required("file_id", TEXT)]),
        ]),
    ),
    CACHE_CONTROL,
    CITATIONS,
    optional("context", NULLABLE_TEXT),
    optional("title", NULLABLE_TEXT),
];
const SEARCH_RESULT_BLOCK: &[Field] = &[
    required("content", list(&SYSTEM_BLOCK)),
    required("source", TEXT),
    required("title", TEXT),
    CACHE_CONTROL,
    CITATIONS,
];
const TOOL_USE_BLOCK: &[Field] = &[
    required("id", TOOL_ID),
    required("name", TOOL_NAME_IN_HISTORY),
    required("input", FREE_OBJECT),
    CACHE_CONTROL,
    optional("caller", tagged(&[("direct", &[])])),
];
const TOOL_RESULT_BLOCK: &[Field] = &[
    required("tool_use_id", TOOL_ID),
    optional("content", Shape::Either(&[TEXT, list(&RESULT_BLOCK)])),
    optional("is_error", Shape::Bool),
    CACHE_CONTROL,
];
/// What documents and tool results are made of.
const RESULT_BLOCK: Shape = tagged(&[
    ("text", TEXT_BLOCK),
    ("image", IMAGE_BLOCK),
    ("search_result", SEARCH_RESULT_BLOCK),
    // Its own content would make this table endless: that of a nested document is
    // left alone.
    (
        "document",
        &[
            required("source", FREE_OBJECT),
            CACHE_CONTROL,
            CITATIONS,
            optional("context", NULLABLE_TEXT),
            optional("title", NULLABLE_TEXT),
        ],
    ),
]);

const fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == '-'
}
const TOOL_ID: Shape = Shape::Name {
    pattern: "^[a-zA-Z0-9_-]+$",
    max: usize::MAX,
    allows: is_name,
};
const TOOL_NAME_IN_HISTORY: Shape = Shape::Text { min: 1, max: 200 };
const TOOL_NAME: Shape = Shape::Name {
    pattern: "^[a-zA-Z0-9_-]{1,128}$",
    max: 128,
    allows: is_name,
};

const TOOL: Shape = Shape::Tagged {
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
                optional("eager_input_streaming", Shape::Nullable(&Shape::Bool)),
                optional("allowed_callers", list(&Shape::OneOf(&["direct"]))),
                CACHE_CONTROL,
            ],
        ),
        ("web_search_20250305", WEB_SEARCH),
        ("web_search_20260209", WEB_SEARCH),
        ("web_search_20260318", WEB_SEARCH),
    ],
};
const INPUT_SCHEMA: Shape = Shape::Open(&[
    required("type", Shape::OneOf(&["object"])),
    optional("properties", Shape::Nullable(&FREE_OBJECT)),
    optional("required", Shape::Nullable(&list(&TEXT))),
]);
/// Taken, and never used: this model does not search.
const WEB_SEARCH: &[Field] = &[
    required("name", Shape::OneOf(&["web_search"])),
    optional("allowed_domains", Shape::Nullable(&list(&TEXT))),
    optional("blocked_domains", Shape::Nullable(&list(&TEXT))),
    optional(
        "max_uses",
        Shape::Nullable(&Shape::Integer {
            min: 1,
            max: i64::MAX,
        }),
    ),
    optional("user_location", Shape::Nullable(&FREE_OBJECT)),
    optional("allowed_callers", list(&TEXT)),
    optional("defer_loading", Shape::Bool),
    optional("strict", Shape::Bool),
    CACHE_CONTROL,
];

const NO_PARALLEL: Field = optional("disable_parallel_tool_use", Shape::Bool);
const TOOL_CHOICE: Field = optional(
    "tool_choice",
    tagged(&[
        ("auto", &[NO_PARALLEL]),
        ("any", &[NO_PARALLEL]),
        ("tool", &[required("name", TEXT), NO_PARALLEL]),
        ("none", &[]),
    ]),
);

const DISPLAY: Field = optional(
    "display",
    Shape::Nullable(&Shape::OneOf(&["summarized", "omitted"])),
);
const THINKING: Field = optional(
    "thinking",
    tagged(&[
        (
            "enabled",
            &[
                required(
                    "budget_tokens",
                    Shape::Integer {
                        min: 1024,
                        max: i64::MAX,
                    },
                ),
                DISPLAY,
            ],
        ),
        ("adaptive", &[DISPLAY]),
        ("between_tools", &[]),
        ("disabled", &[]),
    ]),
);
const OUTPUT_CONFIG: Field = optional(
    "output_config",
    Shape::Object(&[
        optional(
            "effort",
            Shape::Nullable(&Shape::OneOf(&["low", "medium", "high", "xhigh", "max"])),
        ),
        optional(
            "format",
            Shape::Nullable(&tagged(&[(
                "json_schema",
                &[required("schema", FREE_OBJECT)],
            )])),
        ),
    ]),
);
