//! Whatever a client sends: the two readers of a request agree, and each provider gets JSON or the
//! client gets an error of its own.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;
use tidegate::chat::{Error, Operation};
use tidegate::dialects::openai_chat::{Scan, parse, scan};
use tidegate::providers::openai_compatible::{Edit, PROVIDERS, prepare};
use tidegate::providers::{Asked, Options, Provider, REGISTRY, TargetOptions, UnknownFields, Wire};

fuzz_target!(|input: &[u8]| {
    let Some((choice, body)) = input.split_first() else {
        return;
    };
    let Ok(scan) = scan(body) else {
        assert!(
            parse(body).is_err(),
            "what cannot be scanned cannot be parsed"
        );
        return;
    };
    let options = options(*choice);
    for provider in REGISTRY.iter().chain(PROVIDERS) {
        match outgoing(provider, body, &scan, &options) {
            Ok(sent) => assert_is_json(provider, &sent),
            Err(error) => assert!((400..500).contains(&error.status), "{error:?}"),
        }
    }
});

/// Models that some provider treats in a way of their own.
const MODELS: [&str; 4] = [
    "claude-sonnet-4-5",
    "any \"model\"",
    "qwq-mistral",
    "gpt-5.6",
];

static ALTERNATE: LazyLock<Options> =
    LazyLock::new(|| Options([("turns".to_owned(), "alternate".to_owned())].into()));

fn options(choice: u8) -> TargetOptions<'static> {
    TargetOptions {
        model: MODELS[choice as usize >> 4 & 3],
        unknown_fields: [
            UnknownFields::Pass,
            UnknownFields::Drop,
            UnknownFields::Refuse,
        ][choice as usize % 3],
        strict: choice & 4 != 0,
        default_max_tokens: (choice & 8 != 0).then_some(4096),
        options: if choice & 64 == 0 {
            Options::NONE
        } else {
            &ALTERNATE
        },
    }
}

fn outgoing(
    provider: &Provider,
    body: &[u8],
    scan: &Scan<'_>,
    options: &TargetOptions<'_>,
) -> Result<Vec<u8>, Error> {
    let asked = Asked {
        operation: Operation::Chat,
        model: options.model,
        options: options.options,
        scan,
    };
    match provider.wire.resolve(&asked) {
        Wire::Native(native) => Ok(native.request(&parse(body)?, options)?.body),
        Wire::Depends(_) => panic!("a wire format is one of the other two"),
        Wire::OpenAi(preset) => Ok(match prepare(preset, body, scan, options)?.edit {
            Edit::Unchanged => body.to_vec(),
            Edit::Whole(bytes) => bytes,
            Edit::Prefix { replaced, bytes } => [&bytes, &body[replaced..]].concat(),
        }),
    }
}

fn assert_is_json(provider: &Provider, sent: &[u8]) {
    let read = serde_json::from_slice::<IgnoredAny>(sent);
    let sent = String::from_utf8_lossy(sent);
    assert!(read.is_ok(), "{}: {read:?} in {sent}", provider.kind);
}
