//! Plays the gateway role with one request.

use std::rc::Rc;
use std::time::UNIX_EPOCH;

use tidegate::chat::Operation;
use tidegate::clock::{Clock, Tick, Timestamp};
use tidegate::config::runtime::{Auth, GatewayConfig, VirtualKey};
use tidegate::headers::Headers;
use tidegate::policies::auth::fingerprint;
use tidegate::role::gateway::{Gateway, Settings};
use tidegate::role::{Common, Effect, Host, Input, Reply, Role as _};
use tidegate::routing::plan::Plan;

use super::Request;
use crate::prices::today;

/// The secret of the key that asks: its own is not known.
const SECRET: &str = "tidegate explain";

/// What the gateway role has made of the request.
#[derive(Debug)]
pub(super) enum Played {
    /// It would be sent on.
    Planned(Rc<Plan>),
    /// It would be answered with this.
    Refused(Reply),
}

/// Plays the request.
///
/// # Errors
/// Where the filter would refuse the configuration, which the reader of the file excludes.
pub(super) fn play(config: &GatewayConfig, request: &Request) -> anyhow::Result<Played> {
    let host = Alone(now());
    let common = Common::new("explain".to_owned(), 1, Tick::default());
    let settings = Settings::compile(with_secret(config, request.key.as_ref()), &common);
    let mut gateway = Gateway::new(Rc::new(settings.map_err(anyhow::Error::msg)?));
    let headers = headers(request);
    let mut effects = Vec::new();
    let inputs = [
        Input::RequestHeaders {
            headers,
            end: request.body.is_empty(),
        },
        Input::RequestBody(&request.body),
    ];
    for input in inputs {
        gateway.handle(input, &host, &mut effects);
        let mut answers = effects.drain(..).filter_map(|effect| match effect {
            Effect::Respond(reply) => Some(reply),
            _ => None,
        });
        if let Some(reply) = answers.next_back() {
            return Ok(Played::Refused(reply));
        }
    }
    Ok(Played::Planned(gateway.plan()))
}

fn now() -> Timestamp {
    let since = today().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}

/// The same configuration, where the key that asks is known by our secret.
fn with_secret(config: &GatewayConfig, key: Option<&VirtualKey>) -> GatewayConfig {
    let auth = key.map_or(Auth::None, |key| {
        Auth::Keys(vec![VirtualKey {
            sha256: Some(fingerprint(SECRET)),
            token: None,
            certificate: None,
            ..key.clone()
        }])
    });
    GatewayConfig {
        auth,
        ..config.clone()
    }
}

fn headers(request: &Request) -> Headers {
    let path = match request.operation() {
        Operation::Embeddings => "/v1/embeddings",
        Operation::Chat => "/v1/chat/completions",
    };
    let mut headers = Headers::default();
    headers.push(":method", "POST");
    headers.push(":path", path);
    headers.push("authorization", format!("Bearer {SECRET}"));
    headers.push("content-length", request.body.len().to_string());
    for (name, value) in request.headers.iter() {
        headers.push(name, value);
    }
    headers
}

/// A host that knows nothing but the time.
struct Alone(Timestamp);

impl Clock for Alone {
    fn now(&self) -> Timestamp {
        self.0
    }
}

impl Host for Alone {
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
        None
    }
}
