//! The fields of a chat completion request.
//!
//! Source: request types of openai 3.52.0 and the API reference's limits, checked
//! 2026-11-21.

mod message;
mod tool;

use message::{MESSAGE, TEXT_CONTENT};
use tool::{FUNCTION, NAMED, TOOL, TOOL_CHOICE};

use crate::simulate::shape::{
    FREE_OBJECT, Field, MANY, Shape, TEXT, either, integer, list, list_of, map, nullable, number,
    object, one_of, optional, required, tagged, text,
};

const FLAG: Shape = nullable(&Shape::Bool);
const COUNT: Shape = integer(1, i64::MAX);
const PENALTY: Shape = nullable(&number(-2.0, 2.0));
/// Names of functions, custom tools, schemas.
const NAME: Shape = Shape::Name {
    pattern: "^[a-zA-Z0-9_-]+$",
    max: 64,
    allows: |letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-',
};

pub(super) const REQUEST: Shape = object(REQUEST_FIELDS);
pub(super) const REQUEST_FIELDS: &[Field] = &[
    required("messages", list_of(&MESSAGE, 1, MANY)),
    required("model", TEXT),
    optional("audio", nullable(&AUDIO)),
    optional("frequency_penalty", PENALTY),
    optional("function_call", either(&[one_of(&["none", "auto"]), NAMED])),
    optional("functions", list_of(&FUNCTION, 1, 128)),
    optional("logit_bias", nullable(&map(&number(-100.0, 100.0), 1024))),
    optional("logprobs", FLAG),
    optional("max_completion_tokens", nullable(&COUNT)),
    optional("max_tokens", nullable(&COUNT)),
    optional("metadata", nullable(&map(&text(0, 512), 16))),
    optional("modalities", nullable(&list(&one_of(&["text", "audio"])))),
    optional("moderation", nullable(&MODERATION)),
    optional("n", nullable(&integer(1, 128))),
    optional("parallel_tool_calls", Shape::Bool),
    optional("prediction", nullable(&PREDICTION)),
    optional("presence_penalty", PENALTY),
    optional("prompt_cache_key", nullable(&TEXT)),
    optional("prompt_cache_options", CACHE_OPTIONS),
    optional(
        "prompt_cache_retention",
        nullable(&one_of(&["in_memory", "24h"])),
    ),
    optional(
        "reasoning_effort",
        nullable(&one_of(&[
            "none", "minimal", "low", "medium", "high", "xhigh", "max",
        ])),
    ),
    optional("response_format", RESPONSE_FORMAT),
    optional("safety_identifier", nullable(&text(0, 128))),
    optional("seed", nullable(&integer(i64::MIN, i64::MAX))),
    optional(
        "service_tier",
        nullable(&one_of(&[
            "auto", "default", "flex", "scale", "priority", "fast",
        ])),
    ),
    optional("stop", nullable(&either(&[TEXT, list_of(&TEXT, 0, 4)]))),
    optional("store", FLAG),
    optional("stream", FLAG),
    optional("stream_options", nullable(&STREAM_OPTIONS)),
    optional("temperature", nullable(&number(0.0, 2.0))),
    optional(
        "tool_choice",
        either(&[one_of(&["none", "auto", "required"]), TOOL_CHOICE]),
    ),
    optional("tools", list_of(&TOOL, 1, 128)),
    optional("top_logprobs", nullable(&integer(0, 20))),
    optional("top_p", nullable(&number(0.0, 1.0))),
    optional("user", TEXT),
    optional("verbosity", nullable(&one_of(&["low", "medium", "high"]))),
    optional("web_search_options", WEB_SEARCH),
];

const RESPONSE_FORMAT: Shape = tagged(&[
    ("text", &[]),
    ("json_object", &[]),
    ("json_schema", &[required("json_schema", JSON_SCHEMA)]),
]);

const JSON_SCHEMA: Shape = object(&[
    required("name", NAME),
    optional("description", TEXT),
    required("schema", FREE_OBJECT),
    optional("strict", FLAG),
]);

const STREAM_OPTIONS: Shape = object(&[
    optional("include_usage", Shape::Bool),
    optional("include_obfuscation", Shape::Bool),
]);

const PREDICTION: Shape = tagged(&[("content", &[required("content", TEXT_CONTENT)])]);
const CACHE_OPTIONS: Shape = object(&[
    optional("mode", one_of(&["implicit", "explicit"])),
    optional("ttl", one_of(&["30m"])),
]);

const AUDIO: Shape = object(&[
    required(
        "format",
        one_of(&["wav", "aac", "mp3", "flac", "opus", "pcm16"]),
    ),
    required("voice", either(&[TEXT, object(&[required("id", TEXT)])])),
]);

const MODERATION_MODE: Shape = nullable(&object(&[required("mode", one_of(&["score", "block"]))]));
const MODERATION: Shape = object(&[
    required("model", TEXT),
    optional(
        "policy",
        nullable(&object(&[
            optional("input", MODERATION_MODE),
            optional("output", MODERATION_MODE),
        ])),
    ),
]);

const WEB_SEARCH: Shape = object(&[
    optional("search_context_size", one_of(&["low", "medium", "high"])),
    optional(
        "user_location",
        nullable(&object(&[
            required("type", one_of(&["approximate"])),
            required(
                "approximate",
                object(&[
                    optional("city", TEXT),
                    optional("country", TEXT),
                    optional("region", TEXT),
                    optional("timezone", TEXT),
                ]),
            ),
        ])),
    ),
]);
