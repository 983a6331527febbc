#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use tidegate::chat::{Error, Request, Sampling};
use tidegate::providers::{Options, TargetOptions};

use super::super::anthropic;
use super::build::{plain, raw, strict, target, with, with_extras};
use super::{CLAUDE_3, Cases, HAIKU_4_5, OPUS_4_8};

fn drawn(sampling: Sampling<'static>) -> Request<'static> {
    with(plain(), |request| request.sampling = sampling)
}

#[test]
fn temperature_and_top_p() {
    let mut cases = Cases::default();
    let drawn = |temperature, top_p| {
        drawn(Sampling {
            temperature,
            top_p,
            ..Sampling::default()
        })
    };
    cases.add("zero is a value", &drawn(Some(0.0), None), HAIKU_4_5);
    cases.add("zero is a value", &drawn(None, Some(0.0)), HAIKU_4_5);
    cases.add("not both", &drawn(Some(0.5), Some(0.5)), HAIKU_4_5);
    cases.add(
        "a default is no loss",
        &drawn(Some(1.0), Some(0.5)),
        HAIKU_4_5,
    );
    cases.add("both", &drawn(Some(0.5), Some(0.5)), CLAUDE_3);
    cases.add("neither", &drawn(Some(0.5), Some(0.5)), OPUS_4_8);
    cases.add("too high", &drawn(Some(1.7), None), HAIKU_4_5);
    cases.add_for("too high", &drawn(Some(1.7), None), &strict(HAIKU_4_5));
    cases.add_for("defaults", &drawn(Some(1.0), Some(1.0)), &strict(OPUS_4_8));
    cases.assert_golden("temperature");
}

#[test]
fn the_newer_version_of_the_api_draws_as_it_likes() {
    let mut cases = Cases::default();
    let options = Options([("api_version".to_owned(), "2026-10-21".to_owned())].into());
    let newer = |model, strict| TargetOptions {
        strict,
        options: &options,
        ..target(model)
    };
    let asked = drawn(Sampling {
        temperature: Some(0.5),
        top_p: Some(0.9),
        ..Sampling::default()
    });
    cases.add_for("dropped", &asked, &newer(HAIKU_4_5, false));
    cases.add_for("dropped", &asked, &newer(HAIKU_4_5, true));
    let top_k = with_extras(&[("top_k", "3")]);
    cases.add_for("top_k", &top_k, &newer(HAIKU_4_5, false));
    cases.assert_golden("newer_version");
}

#[test]
fn beta_features_may_be_asked_for_in_a_header() {
    let options = Options([("betas".to_owned(), "a-1, b-2".to_owned())].into());
    let strict = TargetOptions {
        options: &options,
        ..strict(HAIKU_4_5)
    };
    let lenient = TargetOptions {
        strict: false,
        ..strict
    };
    let heed = |said: &str, target: &TargetOptions<'_>| {
        let mut outgoing = anthropic().request(&plain(), target)?;
        let said = [("anthropic-beta".to_owned(), said.to_owned())];
        anthropic().heed(&said, target, &mut outgoing)?;
        let mut headers = outgoing.headers.into_iter();
        let value = headers.find(|(name, _)| *name == "anthropic-beta");
        let warnings = outgoing.warnings.iter().map(ToString::to_string).collect();
        Ok::<_, Error>((value.map(|(_, value)| value), warnings))
    };
    let a: (_, Vec<String>) = heed("a-1,, c-3 ", &lenient).unwrap();
    assert_eq!(
        a,
        (Some("a-1".to_owned()), vec!["anthropic-beta".to_owned()])
    );
    assert_eq!(heed(" ", &strict).unwrap(), (None, vec![]));
    let both = heed("b-2, a-1", &strict).unwrap();
    assert_eq!(both, (Some("b-2,a-1".to_owned()), vec![]));
    let refused = heed("c-3", &strict).unwrap_err();
    assert_eq!(refused.param.as_deref(), Some("anthropic-beta"));
}

#[test]
fn what_the_api_does_not_have() {
    let mut cases = Cases::default();
    let defaults = drawn(Sampling {
        frequency_penalty: Some(0.0),
        presence_penalty: Some(-0.0),
        n: Some(1),
        logprobs: Some(false),
        top_logprobs: Some(0),
        logit_bias: Some(raw("{ }")),
        ..Sampling::default()
    });
    cases.add_for("defaults are no loss", &defaults, &strict(HAIKU_4_5));
    let lost = drawn(Sampling {
        frequency_penalty: Some(0.5),
        presence_penalty: Some(-0.5),
        logit_bias: Some(raw(r#"{"50256":-100}"#)),
        seed: Some(0),
        ..Sampling::default()
    });
    cases.add("dropped", &lost, HAIKU_4_5);
    cases.add_for("dropped", &lost, &strict(HAIKU_4_5));
    let draw =
        |change: fn(&mut Sampling<'static>)| with(plain(), |request| change(&mut request.sampling));
    cases.add("several choices", &draw(|it| it.n = Some(2)), HAIKU_4_5);
    cases.add("no choice", &draw(|it| it.n = Some(0)), HAIKU_4_5);
    cases.add("logprobs", &draw(|it| it.logprobs = Some(true)), HAIKU_4_5);
    cases.add(
        "top_logprobs",
        &draw(|it| it.top_logprobs = Some(3)),
        HAIKU_4_5,
    );
    cases.assert_golden("sampling");
}

#[test]
fn the_limit_of_the_answer() {
    let mut cases = Cases::default();
    let limit = |limit| with(plain(), |request| request.max_output_tokens = limit);
    cases.add("none", &limit(None), HAIKU_4_5);
    cases.add("none", &limit(None), "kimi-k3");
    let small = TargetOptions {
        default_max_tokens: Some(500),
        ..target(HAIKU_4_5)
    };
    cases.add_for("the target's", &limit(None), &small);
    cases.add_for("the client's", &limit(Some(0)), &small);
    cases.add("too high", &limit(Some(1_000_000)), HAIKU_4_5);
    cases.add_for("too high", &limit(Some(1_000_000)), &strict(HAIKU_4_5));
    cases.assert_golden("max_tokens");
}

#[test]
fn stop_user_stream_and_tier() {
    let mut cases = Cases::default();
    let change = |change: fn(&mut Request<'static>)| with(plain(), change);
    let stop = change(|request| request.stop = vec!["\n".into(), "END".into(), " ".into()]);
    cases.add("stop", &stop, HAIKU_4_5);
    let user = change(|request| request.end_user = Some("u-1".into()));
    cases.add("user", &user, HAIKU_4_5);
    let stream = change(|request| {
        request.stream = true;
        request.include_usage = true;
    });
    cases.add("stream", &stream, HAIKU_4_5);
    for tier in ["auto", "default", "standard_only", "priority", "flex", "x"] {
        let request = with(plain(), |request| request.service_tier = Some(tier.into()));
        cases.add(tier, &request, HAIKU_4_5);
    }
    cases.assert_golden("parameters");
}
