//! One request through both roles to a provider of any kind, without an Envoy: what is sent, and
//! what the client gets.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use serde_json::{Value, json};
use tidegate::clock::{Clock, Timestamp};
use tidegate::headers::Headers;
use tidegate::role::gateway::{self, Gateway};
use tidegate::role::handoff;
use tidegate::role::provider::{self, Provider};
use tidegate::role::{Appetite, Effect, Host, Input, Reply, Role};

use crate::files;

/// A client's key and its hash.
const KEY: &str = "tg-client";
const KEY_SHA256: &str = "61112974be2736cb45ac5c9e44ebcfc0c486824aacead1e7b8a2e5969c2df7a0";

/// What came of a request.
pub(crate) enum Outcome {
    /// It went to the provider.
    Sent(Sent),
    /// The filter has refused it.
    Refused(Reply),
}

/// A request on its way, and its answer.
pub(crate) struct Sent {
    pub(crate) body: Vec<u8>,
    /// `x-tidegate-dropped-params`.
    pub(crate) losses: String,
    /// What the client gets of the provider's answer.
    pub(crate) client: Vec<u8>,
}

/// What a provider answers.
pub(crate) struct Answer {
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
}

#[derive(Default)]
struct World {
    state: RefCell<HashMap<String, Vec<u8>>>,
    /// The request's headers as the provider role finds them.
    request: RefCell<Headers>,
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        Timestamp(1_795_255_200_000_000_000)
    }
}

impl Host for World {
    fn filter_state(&self, name: &str) -> Option<Vec<u8>> {
        self.state.borrow().get(name).cloned()
    }

    fn attempt(&self) -> Option<usize> {
        Some(1)
    }

    fn attribute(&self, _: &str) -> Option<Vec<u8>> {
        None
    }

    fn request_header(&self, name: &str) -> Option<Vec<u8>> {
        self.request.borrow().first(name).map(<[u8]>::to_vec)
    }
}

/// Asks a provider of this kind for this model.
pub(crate) fn ask(kind: &str, model: &str, path: &str, body: &Value, answer: &Answer) -> Outcome {
    let body = body.to_string().into_bytes();
    let world = World::default();
    let mut gateway = Gateway::new(Rc::new(gateway_settings(model)));
    let mut provider = Provider::new(Rc::new(provider_settings(kind)));
    let mut effects = Vec::new();
    let mut play = |role: &mut dyn Role, input: Input<'_>| {
        role.handle(input, &world, &mut effects);
        let (state, others): (Vec<_>, Vec<_>) = effects
            .drain(..)
            .partition(|effect| matches!(effect, Effect::FilterState { .. }));
        for effect in state {
            if let Effect::FilterState { name, value } = effect {
                world.state.borrow_mut().insert(name.to_owned(), value);
            }
        }
        others
    };
    let headers = client_headers(path);
    let mut seen = play(&mut gateway, start(headers));
    seen.extend(play(&mut gateway, Input::RequestBody(&body)));
    match seen.pop() {
        Some(Effect::RequestHeadersEdit { add, .. }) => {
            let mut request = world.request.borrow_mut();
            add.iter()
                .for_each(|(name, value)| request.push(name, value));
        }
        Some(Effect::Respond(reply)) => return Outcome::Refused(reply),
        other => panic!("{kind}: the gateway role wants {other:?}"),
    }
    let mut effects_of_provider = play(&mut provider, start(Headers::default()));
    let known = provider.request_appetite() == Appetite::Unseen;
    let rest: &[u8] = if known { &[] } else { &body };
    effects_of_provider.extend(play(&mut provider, Input::RequestBody(rest)));
    let mut sent = body.clone();
    for effect in effects_of_provider {
        match effect {
            Effect::RequestBody { replaced, bytes } => {
                sent.splice(..replaced.min(sent.len()), bytes);
            }
            Effect::Respond(reply) => return Outcome::Refused(reply),
            _ => {}
        }
    }
    let (losses, client) = answered(answer, |input| {
        let effects = play(&mut provider, input);
        (effects, provider.response_appetite())
    });
    play(&mut gateway, Input::Done);
    Outcome::Sent(Sent {
        body: sent,
        losses,
        client,
    })
}

/// The provider's answer as the client gets it.
fn answered(
    answer: &Answer,
    mut play: impl FnMut(Input<'_>) -> (Vec<Effect>, Appetite),
) -> (String, Vec<u8>) {
    let mut headers = Headers::default();
    headers.push(":status", "200");
    headers.push("content-type", answer.content_type);
    let (mut effects, appetite) = play(Input::ResponseHeaders {
        headers,
        end: false,
    });
    let mut client = answer.body.clone();
    if appetite != Appetite::Ignore {
        let (more, _) = play(Input::ResponseBody {
            bytes: &answer.body,
            end: true,
        });
        effects.extend(more);
    }
    let mut losses = String::new();
    for effect in effects {
        match effect {
            Effect::ResponseBody(bytes) => client = bytes,
            Effect::ResponseHeaders(headers) => {
                let told = headers.text(handoff::DROPPED_PARAMS);
                losses = told.unwrap_or_default().to_owned();
            }
            _ => {}
        }
    }
    (losses, client)
}

fn start(headers: Headers) -> Input<'static> {
    Input::RequestHeaders {
        headers,
        end: false,
    }
}

fn client_headers(path: &str) -> Headers {
    let mut headers = Headers::default();
    headers.push(":method", "POST");
    headers.push(":path", path);
    headers.push(":authority", "gateway");
    headers.push("authorization", format!("Bearer {KEY}"));
    headers
}

fn gateway_settings(model: &str) -> gateway::Settings {
    let targets = json!([{"provider": "it", "model": model}]);
    let config = json!({
        "auth": {"keys": [{"id": "dev", "sha256": KEY_SHA256}]},
        "models": [{"name": "m", "stages": [{"targets": targets}], "timeouts": "default"}],
        "max_body_bytes": 1_000_000,
    });
    gateway::Settings::compile(
        serde_json::from_value(config).unwrap(),
        &tidegate::role::Common::new("holder".into(), 1, tidegate::clock::Tick::default()),
    )
    .unwrap()
}

fn provider_settings(kind: &str) -> provider::Settings {
    let config = json!({
        "name": "it", "kind": kind, "authority": "it.test", "scheme": "https", "base_path": "",
        "api_key_env": "KEY", "max_body_bytes": 1_000_000, "options": options(kind),
    });
    let config = serde_json::from_value(config).unwrap();
    provider::Settings::compile(config, |_| Some("key".to_owned())).unwrap()
}

/// The options with which the kind's fixtures were made.
fn options(kind: &str) -> Value {
    let path = format!("tests/fixtures/{kind}/options.json");
    match files::exists(&path) {
        true => serde_json::from_slice(&files::read(&path)).unwrap(),
        false => json!({}),
    }
}
