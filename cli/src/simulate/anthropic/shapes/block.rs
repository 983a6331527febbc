//! The blocks that messages are made of.

use super::{CACHE_CONTROL, NULLABLE_TEXT, is_name};
use crate::simulate::shape::{
    FREE_OBJECT, Field, MANY, Shape, TEXT, either, list, nullable, object, one_of, optional,
    required, tagged, text,
};

pub(super) const CONTENT: Shape = either(&[TEXT, list(&BLOCK)]);
pub(super) const SYSTEM_BLOCK: Shape = tagged(&[("text", TEXT_BLOCK)]);
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
    optional("citations", nullable(&list(&FREE_OBJECT))),
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
                        one_of(&["image/jpeg", "image/png", "image/gif", "image/webp"]),
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
        nullable(&object(&[optional(
            "oversized_image",
            one_of(&["downsize", "error"]),
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
                    required("media_type", one_of(&["application/pdf"])),
                ],
            ),
            (
                "text",
                &[
                    required("data", TEXT),
                    required("media_type", one_of(&["text/plain"])),
                ],
            ),
            (
                "content",
                &[required("content", either(&[TEXT, list(&RESULT_BLOCK)]))],
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
    optional("content", either(&[TEXT, list(&RESULT_BLOCK)])),
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

const CITATIONS: Field = optional(
    "citations",
    nullable(&object(&[optional("enabled", Shape::Bool)])),
);

const TOOL_ID: Shape = Shape::Name {
    pattern: "^[a-zA-Z0-9_-]+$",
    max: MANY,
    allows: is_name,
};

const TOOL_NAME_IN_HISTORY: Shape = text(1, 200);
