//! A request's body: found, read, written for a provider.

use divan::Bencher;
use divan::counter::BytesCount;
use tidegate::dialects::openai_chat as dialect;
use tidegate::providers::{self, Native, Options, Recall, TargetOptions, UnknownFields, Wire};

use crate::texts;

const BODIES: [&str; 2] = ["600 bytes", "1 MB"];

fn body_of(size: &str) -> Vec<u8> {
    match size {
        "1 MB" => texts::request_with_image(),
        _ => texts::request(),
    }
}

/// All that the gateway role and a pass-through provider need of a body.
#[divan::bench(args = BODIES)]
fn scan(bencher: Bencher<'_, '_>, size: &str) {
    let body = &body_of(size);
    bencher
        .counter(BytesCount::of_slice(body))
        .bench(|| dialect::scan(body).unwrap());
}

/// The body as a neutral request.
#[divan::bench(args = BODIES)]
fn parse(bencher: Bencher<'_, '_>, size: &str) {
    let body = &body_of(size);
    bencher
        .counter(BytesCount::of_slice(body))
        .bench(|| dialect::parse(body).unwrap());
}

/// A neutral request as Anthropic's body.
#[divan::bench(args = BODIES)]
fn write_for_anthropic(bencher: Bencher<'_, '_>, size: &str) {
    let body = &body_of(size);
    let request = dialect::parse(body).unwrap();
    let target = TargetOptions {
        model: "claude-sonnet-4-5",
        unknown_fields: UnknownFields::Pass,
        strict: false,
        default_max_tokens: None,
        options: Options::NONE,
    };
    bencher
        .counter(BytesCount::of_slice(body))
        .bench(|| anthropic().request(&request, &target).unwrap());
}

/// Anthropic's answer as a neutral one.
#[divan::bench]
fn read_anthropics_answer(bencher: Bencher<'_, '_>) {
    let body = texts::anthropic_answer();
    bencher
        .counter(BytesCount::of_slice(&body))
        .bench(|| anthropic().response(&body, &Recall::default()).unwrap());
}

fn anthropic() -> &'static dyn Native {
    match providers::find("anthropic").unwrap().wire {
        Wire::Native(native) => native,
        _ => panic!("Anthropic has a format of its own"),
    }
}
