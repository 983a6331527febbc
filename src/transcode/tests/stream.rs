use proptest::prelude::*;
use serde_json::{Value, json};

use super::client::{Ending, Received, receive};
use super::steps::{Kind, Scripted, Step, complete, upstream};
use crate::chat::{Error, FinishReason, Sink, Usage};
use crate::dialects::openai_chat::{AnswerContext, encode};
use crate::framing::Framing;
use crate::providers::{Passed, Phase, ResponseStream};
use crate::transcode::{Fold, Grammar, Transcode};

pub(super) fn context() -> AnswerContext {
    context_of(false)
}

fn context_of(legacy_functions: bool) -> AnswerContext {
    AnswerContext {
        id: "chatcmpl-1".to_owned(),
        created: 1_700_000_000,
        model: "asked".to_owned(),
        include_usage: true,
        legacy_functions,
        ..AnswerContext::default()
    }
}

fn transcode(steps: &[Step], chunks: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Vec<u8> {
    transcode_for(context(), steps, chunks)
}

fn transcode_for(
    context: AnswerContext,
    steps: &[Step],
    chunks: impl IntoIterator<Item = impl AsRef<[u8]>>,
) -> Vec<u8> {
    let mut stream = Transcode::new(
        Framing::ServerSentEvents,
        Scripted::new(steps.to_vec()),
        context,
    );
    let mut out = Vec::new();
    for chunk in chunks {
        assert_eq!(stream.push(chunk.as_ref(), &mut out), Passed::Replaced);
    }
    stream.finish(&mut out);
    out
}

fn client(steps: &[Step]) -> Received {
    receive(&transcode(steps, [upstream(steps, "\n")]))
}

/// The answer that a client gets that does not stream.
fn whole(steps: &[Step], context: &AnswerContext) -> Value {
    let mut fold = Fold::new();
    steps.iter().for_each(|step| fold.event(step.event()));
    serde_json::from_slice(&encode(&fold.finish().unwrap(), context)).unwrap()
}

fn start() -> Step {
    Step::Start(Some("msg_1".to_owned()), Some("served".to_owned()))
}

fn text(block: u32, text: &str) -> [Step; 3] {
    [
        Step::Open(block, 0, Kind::Text),
        Step::Delta(block, text.to_owned()),
        Step::Close(block),
    ]
}

fn hello() -> Vec<Step> {
    let usage = Step::Usage(Usage {
        input: 3,
        cache_read: 4,
        output: 5,
        ..Usage::default()
    });
    let finish = Step::Finish(0, FinishReason::Stop);
    let [open, delta, close] = text(0, "Hello");
    vec![start(), open, delta, close, usage, finish, Step::End]
}

fn phases(steps: &[Step]) -> Vec<Phase> {
    let mut stream = Transcode::new(
        Framing::ServerSentEvents,
        Scripted::new(steps.to_vec()),
        context(),
    );
    let mut out = Vec::new();
    let mut phases = Vec::new();
    for number in 0..steps.len() {
        stream.push(format!("data: {number}\n\n").as_bytes(), &mut out);
        phases.push(stream.observed().phase.clone());
    }
    phases
}

#[test]
fn a_stream_is_open_from_its_first_content() {
    let mut steps = hello();
    steps.insert(0, Step::Heartbeat);
    use Phase::{Complete, Open, Waiting};
    assert_eq!(
        phases(&steps),
        [Waiting, Waiting, Open, Open, Open, Open, Open, Complete]
    );
    let finish_only = [start(), Step::Finish(0, FinishReason::ContentFilter)];
    assert_eq!(phases(&finish_only), [Waiting, Open]);
    let error = Error::upstream("overloaded");
    let failed = [start(), Step::Error(error.clone())];
    assert_eq!(phases(&failed), [Waiting, Phase::Failed(error)]);
}

#[test]
fn nothing_is_written_while_a_failure_can_become_another_attempt() {
    let mut stream = Transcode::new(Framing::ServerSentEvents, Scripted::new(hello()), context());
    let mut out = Vec::new();
    for chunk in [
        ": processing\n\n",
        "data: 0\n\n",
        ": processing\n\n",
        "data: ",
    ] {
        stream.push(chunk.as_bytes(), &mut out);
        assert_eq!(stream.observed().phase, Phase::Waiting);
        assert!(out.is_empty());
    }
}

#[test]
fn usage_and_model_are_observed() {
    let steps = hello();
    let mut stream = Transcode::new(
        Framing::ServerSentEvents,
        Scripted::new(steps.clone()),
        context(),
    );
    stream.push(&upstream(&steps, "\n"), &mut Vec::new());
    let observed = stream.observed();
    assert_eq!(observed.model.as_deref(), Some("served"));
    assert_eq!(observed.usage.unwrap().total(), 12);
    assert_eq!(observed.phase, Phase::Complete);
}

#[test]
fn comments_keep_the_client_waiting_once_its_stream_is_open() {
    let mut stream = Transcode::new(Framing::ServerSentEvents, Scripted::new(hello()), context());
    let mut out = Vec::new();
    stream.push(b"data: 0 1\n\n: processing\n\n", &mut out);
    assert_eq!(receive(&out).comments, 1);
}

#[test]
fn a_complete_stream_ends_with_one_done() {
    let steps = hello();
    let mut bytes = upstream(&steps, "\n");
    bytes.extend_from_slice(b"data: 0\n\n: more\n\ndata: 6");
    let out = transcode(&steps, [bytes]);
    let received = receive(&out);
    assert_eq!(received.ending, Ending::Done);
    assert_eq!(received.answer["choices"][0]["message"]["content"], "Hello");
    assert_eq!(received.answer["usage"]["prompt_tokens"], 7);
    assert!(out.ends_with(b"data: [DONE]\n\n"));
}

#[test]
fn a_stream_cut_anywhere_ends_with_an_error_and_never_with_done() {
    let steps = hello();
    let bytes = upstream(&steps, "\n");
    let complete = bytes.len() - "\n\n".len();
    for cut in 0..complete {
        let received = receive(&transcode(&steps, [&bytes[..cut]]));
        assert!(matches!(received.ending, Ending::Error(_)), "{cut}");
    }
    let received = receive(&transcode(&steps, [&bytes[..complete]]));
    assert_eq!(
        received.ending,
        Ending::Done,
        "the last event needs no blank line"
    );
}

#[test]
fn the_upstreams_error_reaches_the_client_and_ends_the_stream() {
    let error = Error::upstream("broken").with_code("oops");
    let mut steps = hello();
    steps[4] = Step::Error(error.clone());
    let received = client(&steps);
    assert_eq!(
        received.ending,
        Ending::Error(json!({
            "message": "broken", "type": "server_error", "param": null, "code": "oops"
        }))
    );
    assert_eq!(received.answer["choices"][0]["message"]["content"], "Hello");
}

#[test]
fn an_event_without_end_fails_the_stream_once() {
    let steps = hello();
    let mut stream = Transcode::new(Framing::ServerSentEvents, Scripted::new(steps), context());
    let mut out = Vec::new();
    stream.push(b"data: 0 1 2\n\ndata: ", &mut out);
    let megabyte = vec![b'x'; 1024 * 1024];
    for _ in 0..20 {
        stream.push(&megabyte, &mut out);
    }
    stream.finish(&mut out);
    assert!(matches!(receive(&out).ending, Ending::Error(_)));
    assert!(matches!(stream.observed().phase, Phase::Failed(_)));
}

/// A decoder that forgets to tell how the stream ended.
struct Forgetful;

impl crate::providers::Decoder for Forgetful {
    fn frame(&mut self, _: crate::framing::Frame<'_>, _: &mut dyn Sink) {}
    fn end(&mut self, _: &mut dyn Sink) {}
}

#[test]
fn an_ending_is_told_even_where_the_decoder_forgets_it() {
    let mut stream = Transcode::new(Framing::ServerSentEvents, Box::new(Forgetful), context());
    let mut out = Vec::new();
    stream.finish(&mut out);
    assert!(matches!(receive(&out).ending, Ending::Error(_)));
}

#[test]
fn a_fold_without_an_ending_is_no_answer() {
    let mut fold = Fold::new();
    hello()
        .iter()
        .take(5)
        .for_each(|step| fold.event(step.event()));
    assert!(fold.finish().is_err());
    let mut fold = Fold::new();
    fold.event(Step::Error(Error::upstream("broken")).event());
    fold.event(Step::End.event());
    assert_eq!(fold.finish().unwrap_err().message, "broken");
}

#[test]
fn a_fold_is_bounded() {
    let mut fold = Fold::new();
    let megabyte = "x".repeat(1024 * 1024);
    fold.event(start().event());
    fold.event(Step::Open(0, 0, Kind::Text).event());
    let delta = Step::Delta(0, megabyte);
    (0..40).for_each(|_| fold.event(delta.event()));
    fold.event(Step::Close(0).event());
    fold.event(Step::Finish(0, FinishReason::Stop).event());
    fold.event(Step::End.event());
    assert!(fold.finish().unwrap_err().message.contains("exceeds"));
}

pub(super) fn split(bytes: &[u8], cuts: &[prop::sample::Index]) -> Vec<Vec<u8>> {
    let mut ends: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    ends.sort_unstable();
    ends.push(bytes.len());
    let mut start = 0;
    ends.into_iter()
        .map(|end| bytes[std::mem::replace(&mut start, end)..end].to_vec())
        .collect()
}

proptest! {
    #[test]
    fn generated_streams_follow_the_grammar(steps in complete()) {
        let mut grammar = Grammar::default();
        for step in &steps {
            prop_assert_eq!(grammar.check(&step.event()), Ok(()));
        }
        prop_assert!(grammar.is_over());
    }

    #[test]
    fn the_streamed_answer_is_the_whole_answer(steps in complete(), legacy in any::<bool>()) {
        let context = context_of(legacy);
        let stream = transcode_for(context.clone(), &steps, [upstream(&steps, "\n")]);
        let received = receive(&stream);
        prop_assert_eq!(received.ending, Ending::Done);
        prop_assert_eq!(received.answer, whole(&steps, &context));
    }

    #[test]
    fn any_split_gives_the_same_bytes(
        steps in complete(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        line_end in prop::sample::select(vec!["\n", "\r", "\r\n"]),
    ) {
        let bytes = upstream(&steps, line_end);
        let expected = transcode(&steps, [&bytes]);
        prop_assert_eq!(&transcode(&steps, split(&bytes, &cuts)), &expected);
        prop_assert_eq!(&transcode(&steps, bytes.chunks(1)), &expected);
    }
}
