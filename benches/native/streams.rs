//! One more event of a stream that is under way.

use divan::Bencher;
use tidegate::chat::Operation;
use tidegate::dialects::openai_chat::{AnswerContext, scan};
use tidegate::providers::openai_compatible::{self, AnswerOptions, ClientUsage};
use tidegate::providers::{self, Asked, Options, Passed, Recall, ResponseStream, Wire};
use tidegate::transcode::Transcode;

use crate::texts;

/// OpenAI's chunk on its way to a client that did not ask for usage.
#[divan::bench]
fn pass_a_chunk(bencher: Bencher<'_, '_>) {
    let scan = scan(br#"{"model":"gpt-4o"}"#).unwrap();
    let asked = Asked {
        operation: Operation::Chat,
        model: "gpt-4o",
        options: Options::NONE,
        scan: &scan,
    };
    let wire = providers::find("openai").unwrap().wire;
    let Wire::OpenAi(preset) = wire.resolve(&asked) else {
        panic!("OpenAI's own format is the dialect")
    };
    let options = AnswerOptions::new(preset, ClientUsage::Hidden);
    bench_events(
        bencher,
        openai_compatible::stream(preset, options),
        &texts::openai_chunks(),
    );
}

/// Anthropic's event on its way to a client of OpenAI's dialect.
#[divan::bench]
fn translate_an_event(bencher: Bencher<'_, '_>) {
    let Wire::Native(anthropic) = providers::find("anthropic").unwrap().wire else {
        panic!("Anthropic has a format of its own")
    };
    let context = AnswerContext {
        id: "chatcmpl-req_0123456789abcdef00000000".to_owned(),
        created: 1_795_255_200,
        model: "claude-sonnet-4-5".to_owned(),
        include_usage: false,
        legacy_functions: false,
        ..AnswerContext::default()
    };
    bench_events(
        bencher,
        Box::new(Transcode::new(
            anthropic.framing(),
            anthropic.decoder(Recall::default()),
            context,
        )),
        &texts::anthropic_events(),
    );
}

fn bench_events(bencher: Bencher<'_, '_>, mut stream: Box<dyn ResponseStream>, text: &[String; 2]) {
    let [beginning, event] = text;
    stream.push(beginning.as_bytes(), &mut Vec::new());
    bencher.bench_local(move || {
        let mut out = Vec::new();
        let passed = stream.push(event.as_bytes(), &mut out);
        assert!(passed == Passed::Unchanged || !out.is_empty());
        out
    });
}
