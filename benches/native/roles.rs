//! A whole request through both roles: all that the module does for it, host calls apart.

use std::rc::Rc;

use divan::Bencher;
use serde_json::{Value, json};
use tidegate::clock::{Clock, Timestamp};
use tidegate::headers::Headers;
use tidegate::role::gateway::{self, Gateway};
use tidegate::role::handoff::REQUEST_ID;
use tidegate::role::provider::{self, Provider};
use tidegate::role::{Appetite, Effect, Flow, Host, Input, Role};

use crate::texts;

#[divan::bench(args = ["openai", "anthropic"])]
fn exchange(bencher: Bencher<'_, '_>, kind: &str) {
    let play = Play::new(kind);
    bencher.bench_local(|| play.exchange());
}

/// Both roles' settings, and what the client and the provider say.
struct Play {
    gateway: Rc<gateway::Settings>,
    provider: Rc<provider::Settings>,
    request: Vec<u8>,
    answer: Vec<u8>,
    client_headers: Vec<u8>,
    answer_headers: Vec<u8>,
}

/// A world where no time passes, with the request's id in it.
#[derive(Default)]
struct StandingStill(Vec<u8>);

impl Clock for StandingStill {
    fn now(&self) -> Timestamp {
        Timestamp(1_795_255_200_000_000_000)
    }
}

impl Host for StandingStill {
    fn filter_state(&self, _: &str) -> Option<Vec<u8>> {
        None
    }

    fn attempt(&self) -> Option<usize> {
        None
    }

    fn attribute(&self, _: &str) -> Option<Vec<u8>> {
        None
    }

    fn request_header(&self, _: &str) -> Option<Vec<u8>> {
        Some(self.0.clone())
    }
}

impl Play {
    fn new(kind: &str) -> Self {
        let answer = match kind {
            "anthropic" => texts::anthropic_answer(),
            _ => texts::openai_answer(),
        };
        Self {
            gateway: Rc::new(
                gateway::Settings::compile(
                    config(gateway_json()),
                    &tidegate::role::Common::new("holder".into(), 1, Default::default()),
                )
                .unwrap(),
            ),
            provider: Rc::new(
                provider::Settings::compile(config(provider_json(kind)), |_| Some("sk-1".into()))
                    .unwrap(),
            ),
            request: texts::request(),
            answer,
            client_headers: client_headers().to_host(),
            answer_headers: answer_headers().to_host(),
        }
    }

    fn exchange(&self) -> Vec<Effect> {
        let mut effects = Vec::with_capacity(16);
        let mut gateway = Gateway::new(Rc::clone(&self.gateway));
        let headers = Headers::from_host(self.client_headers.clone()).unwrap();
        step(
            &mut gateway,
            Input::RequestHeaders {
                headers,
                end: false,
            },
            &mut effects,
        );
        step(
            &mut gateway,
            Input::RequestBody(&self.request),
            &mut effects,
        );
        let mut provider = Provider::new(Rc::clone(&self.provider));
        let world = StandingStill(request_id(&effects));
        let headers = Headers::default();
        let start = Input::RequestHeaders {
            headers,
            end: false,
        };
        provider.handle(start, &world, &mut effects);
        if provider.request_appetite() != Appetite::Ignore {
            step(&mut provider, Input::RequestBody(&[]), &mut effects);
        }
        let headers = Headers::from_host(self.answer_headers.clone()).unwrap();
        step(
            &mut provider,
            Input::ResponseHeaders {
                headers,
                end: false,
            },
            &mut effects,
        );
        let last = Input::ResponseBody {
            bytes: &self.answer,
            end: true,
        };
        assert_eq!(step(&mut provider, last, &mut effects), Flow::Continue);
        step(&mut gateway, Input::Done, &mut effects);
        step(&mut provider, Input::Done, &mut effects);
        effects
    }
}

fn step(role: &mut dyn Role, input: Input<'_>, effects: &mut Vec<Effect>) -> Flow {
    role.handle(input, &StandingStill::default(), effects)
}

/// What the gateway role has put into the request for the provider role.
fn request_id(effects: &[Effect]) -> Vec<u8> {
    let added = effects.iter().find_map(|effect| match effect {
        Effect::RequestHeadersEdit { add, .. } => Some(add),
        _ => None,
    });
    let mut added = added.unwrap().iter();
    let (_, id) = added.find(|(name, _)| *name == REQUEST_ID).unwrap();
    id.clone().into_bytes()
}

fn config<T: serde::de::DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).unwrap()
}

fn gateway_json() -> Value {
    let key = json!({"id": "dev", "sha256": texts::CLIENT_KEY_SHA256, "team": "bench"});
    let targets = json!([
        {"provider": "first", "model": "gpt-4o-mini"}, {"provider": "second", "model": "other"}
    ]);
    json!({
        "auth": {"keys": [key]},
        "models": [{"name": "smart", "stages": [{"targets": targets}], "timeouts": "default"}],
        "max_body_bytes": 33_554_432,
    })
}

fn provider_json(kind: &str) -> Value {
    json!({
        "name": "first", "kind": kind, "authority": "127.0.0.1:8000", "scheme": "http",
        "base_path": "/v1", "api_key_env": "KEY", "max_body_bytes": 33_554_432,
    })
}

fn client_headers() -> Headers {
    let bearer = format!("Bearer {}", texts::CLIENT_KEY);
    let mut headers = Headers::default();
    headers.push(":method", "POST");
    headers.push(":path", "/v1/chat/completions");
    headers.push(":authority", "127.0.0.1");
    headers.push("authorization", bearer);
    for number in 0..14 {
        headers.push(format!("x-stainless-{number}"), "some value");
    }
    headers
}

fn answer_headers() -> Headers {
    let mut headers = Headers::default();
    headers.push(":status", "200");
    headers.push("content-type", "application/json");
    headers.push("x-request-id", "req_0123456789abcdef0123456789abcdef");
    for number in 0..15 {
        headers.push(format!("x-ratelimit-remaining-{number}"), "1999850");
    }
    headers
}
