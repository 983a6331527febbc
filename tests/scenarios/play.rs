//! Plays Envoy's part: one gateway role, then one provider role an attempt.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};
use tidegate::clock::Tick;
use tidegate::clock::{Clock, Timestamp};
use tidegate::config::runtime::{GatewayConfig, ProviderConfig};
use tidegate::headers::Headers;
use tidegate::limiter::Worker;
use tidegate::limiter::protocol::{Sync, SyncReply};
use tidegate::role::Common;
use tidegate::role::gateway::{self, Gateway};
use tidegate::role::handoff;
use tidegate::role::provider::{self, Provider};
use tidegate::role::{Appetite, Effect, Flow, Host, Input, Role};
use tidegate::telemetry::row::Row;

/// The key that the client shows; `sha256` below is its hash.
pub(crate) const CLIENT_KEY: &str = "tg-client";
const CLIENT_KEY_SHA256: &str = "61112974be2736cb45ac5c9e44ebcfc0c486824aacead1e7b8a2e5969c2df7a0";

/// A chat request that is not streamed.
pub(crate) fn chat(model: &str) -> Vec<u8> {
    let messages = json!([{"role": "user", "content": "hello there"}]);
    json!({"model": model, "messages": messages})
        .to_string()
        .into_bytes()
}

/// A chat request that is streamed.
pub(crate) fn stream_request(model: &str) -> Vec<u8> {
    let messages = json!([{"role": "user", "content": "hello there"}]);
    json!({"model": model, "messages": messages, "stream": true})
        .to_string()
        .into_bytes()
}

/// What a provider answers.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Size of the chunks that the body comes in.
    pub(crate) chunk: usize,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", body.to_string().into_bytes())
    }

    pub(crate) fn events(text: &str) -> Self {
        Self::new(200, "text/event-stream", text.as_bytes().to_vec())
    }

    pub(crate) fn lines(text: &str) -> Self {
        Self::new(200, "application/x-ndjson", text.as_bytes().to_vec())
    }

    /// The connection breaks before an answer.
    pub(crate) fn reset() -> Self {
        Self::new(0, "", Vec::new())
    }

    fn new(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        let headers = vec![("content-type".into(), content_type.into())];
        Self {
            status,
            headers,
            body,
            chunk: usize::MAX,
        }
    }
}

/// What went to a provider.
#[derive(Default)]
pub(crate) struct Sent {
    headers: Headers,
    pub(crate) body: Vec<u8>,
}

impl Sent {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.text(name)
    }

    pub(crate) fn values(&self) -> Vec<String> {
        self.headers
            .iter()
            .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
            .collect()
    }
}

/// What came of a request.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) status: u16,
    headers: Headers,
    pub(crate) body: Vec<u8>,
    pub(crate) attempts: Vec<Sent>,
    /// How long the answer might have been silent once it had begun.
    pub(crate) patience: Option<Duration>,
    log: String,
    /// What was counted in Envoy's statistics.
    pub(crate) counted: Vec<&'static str>,
}

impl Outcome {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.text(name)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn log(&self) -> Value {
        serde_json::from_str(&format!("{{\"request_id\":\"{}\"}}", self.log)).unwrap()
    }
}

/// The world around the roles.
#[derive(Default)]
struct World {
    time: Cell<u64>,
    state: RefCell<HashMap<String, Vec<u8>>>,
    /// The request's headers, as the attempt under way finds them.
    request: RefCell<Headers>,
    attempt: Cell<usize>,
}

/// By the clock on the wall.
const STARTED_AT: Timestamp = Timestamp(1_000_000_000_000);

impl Clock for World {
    fn now(&self) -> Timestamp {
        self.time.set(self.time.get() + 1_000_000);
        Timestamp(self.time.get())
    }
}

impl Host for World {
    fn filter_state(&self, name: &str) -> Option<Vec<u8>> {
        self.state.borrow().get(name).cloned()
    }

    fn attempt(&self) -> Option<usize> {
        Some(self.attempt.get())
    }

    fn attribute(&self, _: &str) -> Option<Vec<u8>> {
        None
    }

    fn request_header(&self, name: &str) -> Option<Vec<u8>> {
        self.request.borrow().first(name).map(<[u8]>::to_vec)
    }
}

/// A model `smart` that is served by all of these providers.
fn gateway_config(providers: &[&str]) -> Value {
    let target = |name: &&str| json!({"provider": name, "model": format!("model-of-{name}")});
    let targets: Vec<Value> = providers.iter().map(target).collect();
    json!({
        "auth": {"keys": [{"id": "dev", "sha256": CLIENT_KEY_SHA256, "models": ["smart", "alone", "unknown"]}]},
        "models": [
            {"name": "smart", "aliases": ["clever"], "stages": [{"targets": targets}], "timeouts": "default", "idle_ms": 1500},
            {"name": "forbidden", "stages": [{"targets": targets}], "timeouts": "default"},
            {"name": "alone", "stages": [{"targets": targets.get(..1)}], "timeouts": "default"},
        ],
        "max_body_bytes": 1_000_000
    })
}

fn extend(target: &mut Value, more: &Value) {
    let members = more.as_object().unwrap().clone();
    target.as_object_mut().unwrap().extend(members);
}

/// What answers syncs, or does not.
type Sidecar = Box<dyn FnMut(&Sync) -> Option<SyncReply>>;

/// One gateway with these providers behind the model `smart`.
pub(crate) struct Play {
    gateway: Rc<gateway::Settings>,
    providers: HashMap<String, Rc<provider::Settings>>,
    world: World,
    worker: Rc<Worker>,
    sidecar: RefCell<Option<Sidecar>>,
    /// A sync goes out, where one is due, before each piece of an answer.
    pub(crate) syncs_while_it_streams: bool,
    /// Before this attempt, the VM forgets what the gateway role has told it.
    pub(crate) forget_before_attempt: Option<usize>,
    /// Envoy ends the stream for its silence.
    pub(crate) silence: bool,
    /// The client leaves when so many bytes of the answer have come.
    pub(crate) leaves_after: Option<usize>,
    /// The attempt whose client has left; the gateway role hears of it first.
    left: RefCell<Option<Provider>>,
    /// Headers of the client's beside the usual ones.
    pub(crate) extra_headers: Vec<(&'static str, &'static str)>,
    /// Envoy's own answers have no body, such as the one where a filter has crashed.
    pub(crate) wordless: bool,
    /// Query of the client's URL, with its question mark.
    pub(crate) query: &'static str,
    route_retries: usize,
}

impl Play {
    pub(crate) fn new(providers: &[&str]) -> Self {
        Self::configured(providers, gateway_config(providers))
    }

    fn configured(providers: &[&str], config: Value) -> Self {
        let config: GatewayConfig = serde_json::from_value(config).unwrap();
        let world = World::default();
        world.time.set(STARTED_AT.0);
        // The two clocks have nothing to do with each other.
        let tick = Tick {
            steady: Timestamp(0),
            wall: STARTED_AT,
        };
        let common = Common::new("holder".into(), 1, tick);
        let settings = |name: &&str| ((*name).to_owned(), Rc::new(provider_settings(name)));
        Self {
            route_retries: config.longest_plan() - 1,
            gateway: Rc::new(gateway::Settings::compile(config, &common).unwrap()),
            worker: common.worker,
            sidecar: RefCell::default(),
            syncs_while_it_streams: false,
            providers: providers.iter().map(settings).collect(),
            world,
            forget_before_attempt: None,
            silence: false,
            leaves_after: None,
            left: RefCell::default(),
            wordless: false,
            extra_headers: Vec::new(),
            query: "",
        }
    }

    /// The same with limits, which `sidecar` keeps.
    pub(crate) fn limited(
        providers: &[&str],
        limits: &Value,
        price: &Value,
        sidecar: impl FnMut(&Sync) -> Option<SyncReply> + 'static,
    ) -> Self {
        let mut config = gateway_config(providers);
        config["limits"] = limits.clone();
        if !price.is_null() {
            for target in config["models"][0]["stages"][0]["targets"]
                .as_array_mut()
                .unwrap()
            {
                target["price"] = price.clone();
            }
        }
        Self {
            sidecar: RefCell::new(Some(Box::new(sidecar))),
            ..Self::configured(providers, config)
        }
    }

    /// A gateway whose model `smart` counts answers with these flaws as failures. Its first provider
    /// stands alone; the others are for failures with one of these causes. `more` is of every target. A
    /// ledger is kept.
    pub(crate) fn falling_back_on(
        flaws: &[&str],
        providers: &[&str],
        causes: &[&str],
        more: &Value,
    ) -> Self {
        let mut config = gateway_config(providers);
        let mut targets = config["models"][0]["stages"][0]["targets"].take();
        let all = targets.as_array_mut().unwrap();
        all.iter_mut().for_each(|target| extend(target, more));
        let others = all.split_off(1);
        config["models"][0]["stages"] = json!([{"targets": all},
            {"after": 0, "causes": causes, "targets": others}]);
        config["models"][0]["fall_back_on"] = json!(flaws);
        config["limits"] = json!({"counters": [], "everyone": [], "default_max_tokens": 100,
            "budget_status": 402, "stop_streams": false, "unknown_price": "refuse",
            "price_version": "test"});
        Self::configured(providers, config)
    }

    /// Everything that the limiter has to say goes to the sidecar.
    pub(crate) fn sync(&self) {
        let now = self.worker.now(self.world.now());
        let Some((_, sync)) = self.worker.limiter.borrow_mut().sync(now) else {
            return;
        };
        let mut sidecar = self.sidecar.borrow_mut();
        let reply = sidecar.as_mut().and_then(|sidecar| sidecar(&sync));
        let mut limiter = self.worker.limiter.borrow_mut();
        match reply {
            Some(reply) => limiter.answered(&reply, now),
            None => limiter.failed(now),
        };
    }

    /// The rows of the ledger so far: a while later they are sent.
    pub(crate) fn rows(&self) -> Vec<Row> {
        let now = self.worker.now(self.world.now());
        let now = now.after(Duration::from_secs(1));
        let batch = self.worker.outbox.borrow_mut().batch(true, now);
        let lines = batch.unwrap_or_default();
        lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Plays a request to its end; each attempt meets the next answer.
    pub(crate) fn request(&mut self, body: &[u8], answers: &[Answer]) -> Outcome {
        let mut outcome = Outcome::default();
        let mut gateway = Gateway::new(Rc::clone(&self.gateway));
        let mut headers = client_headers(self.query);
        for (name, value) in &self.extra_headers {
            headers.push(name, value);
        }
        let mut effects = Vec::new();
        let start = Input::RequestHeaders {
            headers: headers.clone(),
            end: false,
        };
        let mut flow = gateway.handle(start, &self.world, &mut effects);
        if effects.is_empty() {
            assert_eq!(flow, Flow::Pause, "the body decides");
            flow = gateway.handle(Input::RequestBody(body), &self.world, &mut effects);
        }
        while matches!(effects.last(), Some(Effect::AwaitSync(_))) {
            assert_eq!(flow, Flow::Pause, "a request that waits does not go on");
            effects.pop();
            self.sync();
            flow = gateway.handle(Input::Synced, &self.world, &mut effects);
        }
        self.apply(effects, &mut headers, &mut Vec::new(), &mut outcome);
        if flow == Flow::Continue {
            self.attempts(body, &mut headers, answers, &mut outcome);
            if self.left.borrow().is_none() {
                self.downstream(&mut gateway, &mut outcome);
            }
        }
        outcome.patience = gateway.patience();
        let mut effects = Vec::new();
        if self.silence {
            gateway.handle(Input::Silence, &self.world, &mut effects);
        }
        gateway.handle(Input::Done, &self.world, &mut effects);
        if let Some(mut attempt) = self.left.take() {
            attempt.handle(Input::Done, &self.world, &mut Vec::new());
        }
        self.apply(effects, &mut headers, &mut Vec::new(), &mut outcome);
        outcome
    }

    /// Envoy's router. It gives every attempt the same header map and the original body.
    fn attempts(&self, body: &[u8], map: &mut Headers, answers: &[Answer], outcome: &mut Outcome) {
        let own_limit = map.text(handoff::ENVOY_MAX_RETRIES);
        let retries = own_limit.map_or(self.route_retries, |retries| retries.parse().unwrap());
        for (index, answer) in answers.iter().enumerate().take(retries + 1) {
            if self.forget_before_attempt == Some(index + 1) {
                let value = map.first(handoff::REQUEST_ID).unwrap();
                handoff::end(&handoff::request_id(value.to_vec()).unwrap());
            }
            let cluster = self.world.filter_state(handoff::TARGET_STATE).unwrap();
            let cluster = String::from_utf8(cluster).unwrap();
            self.world.attempt.set(index + 1);
            self.attempt(&cluster, body, map, answer, outcome);
            let wants_retry = outcome.header(handoff::ATTEMPT) == Some(handoff::RETRY);
            if !(wants_retry || outcome.status == 0) {
                return;
            }
        }
        if outcome.status == 0 {
            outcome.status = 503;
            outcome.headers = Headers::default();
            outcome.headers.push(":status", "503");
            if !self.wordless {
                outcome.body = b"upstream connect error".to_vec();
            }
        }
    }

    fn attempt(
        &self,
        cluster: &str,
        body: &[u8],
        map: &mut Headers,
        answer: &Answer,
        outcome: &mut Outcome,
    ) {
        let mut role = Provider::new(Rc::clone(&self.providers[cluster]));
        let mut effects = Vec::new();
        assert!(!role.wants_request_headers());
        self.world.request.replace(map.clone());
        let start = Input::RequestHeaders {
            headers: Headers::default(),
            end: false,
        };
        let mut flow = role.handle(start, &self.world, &mut effects);
        let seen = match role.request_appetite() {
            Appetite::Whole(_) => Some(body),
            Appetite::Unseen => Some(&[][..]),
            Appetite::Ignore | Appetite::Chunks => None,
        };
        if let Some(seen) = seen {
            flow = role.handle(Input::RequestBody(seen), &self.world, &mut effects);
        }
        let mut sent = body.to_vec();
        self.apply(effects, map, &mut sent, outcome);
        if flow == Flow::Continue {
            outcome.attempts.push(Sent {
                headers: map.clone(),
                body: sent,
            });
            self.answer(&mut role, answer, outcome);
            if self.leaves_after.is_some() {
                self.left.replace(Some(role));
                return;
            }
        }
        role.handle(Input::Done, &self.world, &mut Vec::new());
    }

    fn answer(&self, role: &mut Provider, answer: &Answer, outcome: &mut Outcome) {
        outcome.status = answer.status;
        outcome.body.clear();
        outcome.headers = Headers::default();
        if answer.status == 0 {
            return;
        }
        outcome.headers.push(":status", answer.status.to_string());
        for (name, value) in &answer.headers {
            outcome.headers.push(name, value);
        }
        let headers = outcome.headers.clone();
        let mut effects = Vec::new();
        let end = answer.body.is_empty();
        let input = Input::ResponseHeaders { headers, end };
        role.handle(input, &self.world, &mut effects);
        if end {
            // There is no body that could be replaced.
            effects.retain(|effect| !matches!(effect, Effect::ResponseBody(_)));
        }
        self.apply(effects, &mut Headers::default(), &mut Vec::new(), outcome);
        if end {
            return;
        }
        if let Some(count) = self.leaves_after {
            self.begin(role, &answer.body[..count]);
            return;
        }
        let pieces: Vec<&[u8]> = match role.response_appetite() {
            Appetite::Whole(_) => vec![&answer.body],
            _ => answer
                .body
                .chunks(answer.chunk.max(1))
                .chain([&[][..]])
                .collect(),
        };
        let mut held = Vec::new();
        for (index, bytes) in pieces.iter().enumerate() {
            if self.syncs_while_it_streams {
                self.sync();
            }
            held.extend_from_slice(bytes);
            let mut effects = Vec::new();
            let input = Input::ResponseBody {
                bytes,
                end: index + 1 == pieces.len(),
            };
            let flow = role.handle(input, &self.world, &mut effects);
            for effect in effects {
                match effect {
                    Effect::ResponseBody(bytes) => held = bytes,
                    other => {
                        let map = &mut Headers::default();
                        self.apply(vec![other], map, &mut Vec::new(), outcome);
                    }
                }
            }
            if flow == Flow::Continue {
                outcome.body.append(&mut held);
            }
        }
    }

    /// The beginning of an answer, of which no more comes.
    fn begin(&self, role: &mut Provider, bytes: &[u8]) {
        let input = match role.response_appetite() {
            Appetite::Whole(_) => Input::ResponseHeld(bytes.len()),
            _ => Input::ResponseBody { bytes, end: false },
        };
        role.handle(input, &self.world, &mut Vec::new());
    }

    /// The answer passes the downstream filter.
    fn downstream(&self, gateway: &mut Gateway, outcome: &mut Outcome) {
        let wanted = gateway.wants_response_headers();
        let headers = if wanted {
            outcome.headers.clone()
        } else {
            Headers::default()
        };
        let mut effects = Vec::new();
        let end = outcome.body.is_empty();
        let input = Input::ResponseHeaders { headers, end };
        gateway.handle(input, &self.world, &mut effects);
        if !end && gateway.response_appetite() != Appetite::Ignore {
            let body = outcome.body.clone();
            let input = Input::ResponseBody {
                bytes: &body,
                end: true,
            };
            gateway.handle(input, &self.world, &mut effects);
        }
        for effect in effects {
            match effect {
                Effect::ResponseBody(bytes) => outcome.body = bytes,
                other => {
                    self.apply(
                        vec![other],
                        &mut Headers::default(),
                        &mut Vec::new(),
                        outcome,
                    );
                }
            }
        }
    }

    fn apply(
        &self,
        effects: Vec<Effect>,
        map: &mut Headers,
        body: &mut Vec<u8>,
        outcome: &mut Outcome,
    ) {
        for effect in effects {
            match effect {
                Effect::RequestHeaders(headers) => *map = headers,
                Effect::RequestHeadersEdit { remove, add } => *map = edited(map, &remove, &add),
                Effect::RequestBody { replaced, bytes } => {
                    body.splice(..replaced.min(body.len()), bytes);
                }
                Effect::ResponseHeaders(headers) => {
                    outcome.status = headers.text(":status").unwrap().parse().unwrap();
                    outcome.headers = headers;
                }
                Effect::ResponseBody(bytes) => outcome.body = bytes,
                Effect::Count(name) => outcome.counted.push(name),
                Effect::Fetch(_) => panic!("no scenario has pictures to fetch"),
                Effect::AwaitSync(_) => panic!("the gateway role waits for its limits at its body"),
                Effect::AwaitTurn { .. } => panic!("no scenario has a target that is full"),
                Effect::Respond(reply) => {
                    outcome.status = reply.status;
                    outcome.body = reply.body;
                    for (name, value) in reply.headers {
                        outcome.headers.push(name, value);
                    }
                }
                Effect::FilterState {
                    name: handoff::ACCESS_LOG_STATE,
                    value,
                } => {
                    outcome.log = String::from_utf8(value).unwrap();
                }
                Effect::FilterState { name, value } => {
                    self.world.state.borrow_mut().insert(name.to_owned(), value);
                }
            }
        }
    }
}

fn edited(map: &Headers, remove: &[Vec<u8>], add: &[(&str, String)]) -> Headers {
    let mut out = Headers::default();
    let stays = |name: &[u8]| !remove.iter().any(|removed| removed == name);
    for (name, value) in map.iter().filter(|(name, _)| stays(name)) {
        out.push(name, value);
    }
    for (name, value) in add {
        out.push(name, value);
    }
    out
}

/// A client that says more than it may.
fn client_headers(query: &str) -> Headers {
    let mut headers = Headers::default();
    for (name, value) in [
        (":method", "POST"),
        (":path", &format!("/v1/chat/completions{query}")),
        (":authority", "gateway"),
        ("authorization", &format!("Bearer {CLIENT_KEY}")),
        ("content-type", "application/json"),
        ("cookie", "smuggled"),
        ("x-tidegate-request-id", "smuggled;default/unary"),
        ("x-envoy-max-retries", "99"),
        ("x-envoy-attempt-count", "2"),
    ] {
        headers.push(name, value);
    }
    headers
}

fn provider_settings(name: &str) -> provider::Settings {
    let (kind, base_path, options) = match name {
        "azure" => ("azure", "", json!({"api_version": "2024-10-21"})),
        "responses" => ("openai", "/v1", json!({"api": "responses"})),
        // Its model is made one that only streams by the provider's option.
        _ if name.starts_with("qwen") => {
            let options = json!({"stream_only": "model-of-*"});
            ("qwen", "/compatible-mode/v1", options)
        }
        _ if name.starts_with("claude") => ("anthropic", "", json!({})),
        _ if name.starts_with("cohere") => ("cohere", "", json!({})),
        _ if name.starts_with("llama") => ("ollama_native", "", json!({})),
        _ if name.starts_with("ollama") => ("ollama", "/v1", json!({})),
        _ => ("openai", "/v1", json!({})),
    };
    let config: ProviderConfig = serde_json::from_value(json!({
        "name": name, "kind": kind, "authority": format!("api.{name}.test"), "scheme": "https",
        "base_path": base_path, "api_key_env": name, "max_body_bytes": 1_000_000,
        "options": options
    }))
    .unwrap();
    provider::Settings::compile(config, |name| Some(format!("key-of-{name}"))).unwrap()
}
