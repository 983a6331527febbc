//! The gateway role: lets a request in, plans its attempts, and accounts for it.
//!
//! ```text
//! New ──headers──▶ Receiving ──whole body──▶ (Waiting ──▶) Forwarded ──▶ the log
//!   └─ refused ─▶ Answered ◀─ refused ─┴──────────┘          └─ Envoy answers itself ─▶ Rewording
//! ```
//!
//! Nothing is forwarded before the whole body is there, because the model that it names decides
//! where it goes. What the client may not say (`x-tidegate-*`, `x-envoy-*`) is stripped before
//! anything else looks at it.

mod endpoint;
mod envoy_reply;
mod planning;
mod queue;
mod quota;
mod refusal;
mod reply;
mod settings;
pub mod wishes;

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

pub use settings::Settings;

use super::handoff::{self, Shared};
use super::{Appetite, Effect, Flow, Host, Input, Reply, Role};
use crate::chat::{Error, Operation};
use crate::headers::Headers;
use crate::policies::auth::Key;
use crate::routing::plan::Plan;
use crate::telemetry::access_log::{self, Entry};
use crate::telemetry::{metrics, row};
use endpoint::Endpoint;
use queue::Queued;
use quota::Account;

/// A stream that was stopped has all its bytes; a client that has not left by then is disconnected,
/// because Envoy resets a provider only together with its client.
const LINGER: Duration = Duration::from_secs(1);

/// The machine of one request.
pub struct Gateway {
    settings: Rc<Settings>,
    state: State,
    entry: Entry,
    exchange: Shared,
    /// What it uses of its limits, once it is planned.
    account: Option<Account>,
    /// The answer is to tell why the request went where it went.
    explains: bool,
    /// How long a stream may be silent once it has begun.
    patience: Option<Duration>,
    /// The stream was stopped, and the host has been told how long its client has to leave.
    lingers: Cell<bool>,
}

enum State {
    New,
    /// The headers are held until the body is complete.
    Receiving {
        headers: Headers,
        key: Rc<Key>,
        operation: Operation,
    },
    /// All targets are full, and one of them may have room in time.
    Queued(Queued),
    /// The plan stands, and is held until a limit has been asked.
    Waiting(Vec<Effect>),
    /// The request is with Envoy's router.
    Forwarded,
    /// This role has answered, or a provider's answer is on its way.
    Answered,
    /// Envoy has answered itself: its text gives way to this error.
    Rewording(Vec<u8>),
}

impl Gateway {
    /// The machine for a new request.
    pub fn new(settings: Rc<Settings>) -> Self {
        let request_id = settings.ids.next();
        let exchange = handoff::begin(&request_id);
        let entry = Entry {
            request_id,
            ..Entry::default()
        };
        Self {
            settings,
            state: State::New,
            entry,
            exchange,
            account: None,
            explains: false,
            patience: None,
            lingers: Cell::default(),
        }
    }

    /// What was decided: a plan without attempts where none was made.
    pub fn plan(&self) -> Rc<Plan> {
        Rc::clone(&self.exchange.borrow().plan)
    }

    fn request_headers(
        &mut self,
        headers: Headers,
        end: bool,
        host: &dyn Host,
        effects: &mut Vec<Effect>,
    ) -> Flow {
        let endpoint = endpoint::of(&headers);
        self.entry.endpoint = endpoint.name();
        match self.enter(endpoint, &headers, end, host) {
            Ok(Entered::Operation(operation, key)) => {
                self.state = State::Receiving {
                    headers,
                    key,
                    operation,
                };
                Flow::Pause
            }
            Ok(Entered::Answer(reply)) => self.answer(reply, effects),
            Err(error) => self.refuse(&error, effects),
        }
    }

    fn enter(
        &mut self,
        endpoint: Endpoint,
        headers: &Headers,
        end: bool,
        host: &dyn Host,
    ) -> Result<Entered, Error> {
        match endpoint {
            Endpoint::Health => return Ok(Entered::Answer(reply::health())),
            Endpoint::WrongMethod { allowed } => return Err(reply::wrong_method(headers, allowed)),
            Endpoint::Unknown => return Err(reply::unknown_path(headers)),
            Endpoint::Operation(_) | Endpoint::Models | Endpoint::Model(_) => {}
        }
        let started = self.entry.started;
        let key = self.settings.authenticate(headers, started, host)?;
        self.entry.key_id.clone_from(&key.id);
        self.entry.team.clone_from(&key.team);
        self.entry.organization.clone_from(&key.organization);
        match endpoint {
            Endpoint::Models => Ok(Entered::Answer(reply::models(&self.settings.models, &key))),
            Endpoint::Model(name) => {
                let (_, model) = self.settings.model_for(&name, &key)?;
                Ok(Entered::Answer(reply::model(model)))
            }
            Endpoint::Operation(operation) => {
                self.expect_body(headers, end)?;
                Ok(Entered::Operation(operation, key))
            }
            _ => Err(reply::unknown_path(headers)),
        }
    }

    /// What can be said of the body before it is there.
    fn expect_body(&self, headers: &Headers, end: bool) -> Result<(), Error> {
        if end {
            return Err(Error::invalid(
                "The request has no body; it must be a JSON object.",
            ));
        }
        if let Some(encoding) = headers.first("content-encoding") {
            return Err(reply::encoded_body(encoding));
        }
        let length = headers
            .text("content-length")
            .and_then(|length| length.parse().ok());
        if length.is_some_and(|length: usize| length > self.settings.max_body_bytes) {
            return Err(reply::too_large(self.settings.max_body_bytes));
        }
        Ok(())
    }

    fn request_body(&mut self, body: &[u8], host: &dyn Host, effects: &mut Vec<Effect>) -> Flow {
        let State::Receiving {
            headers,
            key,
            operation,
        } = std::mem::replace(&mut self.state, State::Forwarded)
        else {
            return Flow::Continue;
        };
        self.inquire((operation, headers, key), body, host, effects)
    }

    /// Lets the request go where its limits allow it; `planned` is what its going takes.
    fn admit(&mut self, planned: Vec<Effect>, host: &dyn Host, effects: &mut Vec<Effect>) -> Flow {
        let settings = Rc::clone(&self.settings);
        if let (Some(quotas), Some(account)) = (&settings.quotas, &mut self.account) {
            let now = host.now();
            match quotas.admit(account, now) {
                Ok(quota::Entry::Admitted) => {
                    let mut exchange = self.exchange.borrow_mut();
                    exchange.shown = quotas.shown(account, now);
                    exchange.allowance = quotas.allowance(account);
                    if account.is_uncounted() {
                        effects.push(Effect::Count(handoff::UNCOUNTED_REQUESTS));
                    }
                }
                Ok(quota::Entry::Waits(number)) => {
                    self.state = State::Waiting(planned);
                    effects.push(Effect::AwaitSync(number));
                    return Flow::Pause;
                }
                Err(refused) => {
                    effects.push(Effect::Count(handoff::LIMITED_REQUESTS));
                    return self.refuse_with(&refused.error, refused.headers, effects);
                }
            }
        }
        effects.extend(planned);
        if self.explains {
            let mut route = String::new();
            self.entry.reason.write(&mut route);
            self.exchange
                .borrow_mut()
                .shown
                .push((handoff::ROUTE, route));
        }
        self.entry.forwarded = Some(host.now());
        Flow::Continue
    }

    /// The limiter has been answered.
    fn synced(&mut self, host: &dyn Host, effects: &mut Vec<Effect>) -> Flow {
        match std::mem::replace(&mut self.state, State::Forwarded) {
            State::Waiting(planned) => self.admit(planned, host, effects),
            other => {
                self.state = other;
                Flow::Pause
            }
        }
    }

    fn refuse(&mut self, error: &Error, effects: &mut Vec<Effect>) -> Flow {
        self.refuse_with(error, Vec::new(), effects)
    }

    fn refuse_with(
        &mut self,
        error: &Error,
        headers: Vec<(&'static str, String)>,
        effects: &mut Vec<Effect>,
    ) -> Flow {
        self.entry.error_code = error.code.as_deref().map(str::to_owned);
        let mut reply = reply::error(error);
        reply.headers.extend(headers);
        self.answer(reply, effects)
    }

    fn answer(&mut self, mut reply: Reply, effects: &mut Vec<Effect>) -> Flow {
        self.state = State::Answered;
        self.entry.own_status = Some(reply.status);
        reply
            .headers
            .push((handoff::REQUEST_ID, self.entry.request_id.clone()));
        effects.push(Effect::Respond(reply));
        Flow::Pause
    }

    /// A provider's answer passes as its own role has made it. One without that role's mark is
    /// Envoy's own ("upstream request timeout"), and is put into the client's dialect.
    fn response_headers(&mut self, headers: Headers, end: bool, effects: &mut Vec<Effect>) -> Flow {
        if !self.wants_response_headers() || headers.first(handoff::PROVIDER).is_some() {
            self.state = State::Answered;
            return Flow::Continue;
        }
        let error = envoy_reply::reword(&headers, self.exchange.borrow().attempts.len());
        let mut reply = reply::error(&error);
        self.entry.own_status = Some(reply.status);
        let attempts = self.exchange.borrow().attempts.len().to_string();
        let id = self.entry.request_id.clone();
        let own = [(handoff::REQUEST_ID, id), (handoff::ATTEMPTS, attempts)];
        reply.headers.extend(own);
        if end {
            // There is no body that could be replaced: the client would wait for one.
            self.state = State::Answered;
            effects.push(Effect::Respond(reply));
            return Flow::Pause;
        }
        let mut out = Headers::with_capacity(6, 256);
        out.push(":status", reply.status.to_string());
        out.push("content-length", reply.body.len().to_string());
        for (name, value) in &reply.headers {
            out.push(name, value);
        }
        effects.push(Effect::ResponseHeaders(out));
        self.state = State::Rewording(reply.body);
        Flow::Continue
    }

    fn response_body(&mut self, effects: &mut Vec<Effect>) -> Flow {
        if let State::Rewording(body) = std::mem::replace(&mut self.state, State::Answered) {
            effects.push(Effect::ResponseBody(body));
        }
        Flow::Continue
    }

    /// The host ends the stream: for its silence, or because it was stopped a while ago.
    fn silent(&mut self) {
        if !self.exchange.borrow().stopped {
            self.entry.error_code = Some(envoy_reply::TIMEOUT.to_owned());
        }
    }

    fn done(&mut self, host: &dyn Host, effects: &mut Vec<Effect>) -> Flow {
        handoff::end(&self.entry.request_id);
        self.exchange.borrow_mut().client_is_gone();
        let exchange = self.exchange.borrow();
        if exchange.stopped {
            self.entry.error_code = Some(refusal::BUDGET.to_owned());
        }
        metrics::count_usage(&exchange);
        let logged = access_log::fragment(&self.entry, &exchange);
        if let Some(quotas) = &self.settings.quotas {
            if let Some(account) = &self.account {
                quotas.close(account, &exchange);
            }
            if !self.entry.key_id.is_empty() || self.account.is_some() {
                let (now, prices) = (host.now(), quotas.price_version());
                let row = row::write(&self.entry, &exchange, &logged, prices, now);
                quotas.record(&row, now);
            }
        }
        effects.push(Effect::FilterState {
            name: handoff::ACCESS_LOG_STATE,
            value: logged.text.into_bytes(),
        });
        Flow::Continue
    }
}

/// What became of a request whose headers are there.
enum Entered {
    Operation(Operation, Rc<Key>),
    Answer(Reply),
}

impl Role for Gateway {
    fn handle(&mut self, input: Input<'_>, host: &dyn Host, effects: &mut Vec<Effect>) -> Flow {
        match input {
            Input::RequestHeaders { headers, end } => {
                self.entry.started = host.now();
                self.request_headers(headers, end, host, effects)
            }
            Input::RequestBody(body) => self.request_body(body, host, effects),
            Input::RequestTooLarge => {
                self.refuse(&reply::too_large(self.settings.max_body_bytes), effects)
            }
            Input::ResponseHeaders { headers, end } => self.response_headers(headers, end, effects),
            Input::ResponseBody { .. } => self.response_body(effects),
            Input::ResponseHeld(_) => Flow::Pause,
            Input::ResponseTooLarge | Input::Fetched(_) => Flow::Continue,
            Input::Synced => self.synced(host, effects),
            Input::Turn => self.turn(host, effects),
            Input::Silence => {
                self.silent();
                Flow::Continue
            }
            Input::Done => self.done(host, effects),
        }
    }

    fn wants_request_headers(&self) -> bool {
        true
    }

    fn wants_response_headers(&self) -> bool {
        matches!(self.state, State::Forwarded) && !self.exchange.borrow().answered
    }

    fn request_appetite(&self) -> Appetite {
        match self.state {
            State::Receiving { .. } => Appetite::Whole(self.settings.max_body_bytes),
            _ => Appetite::Ignore,
        }
    }

    fn response_appetite(&self) -> Appetite {
        match self.state {
            State::Rewording(_) => Appetite::Whole(usize::MAX),
            _ => Appetite::Ignore,
        }
    }

    fn patience(&self) -> Option<Duration> {
        let a_provider_speaks =
            matches!(self.state, State::Answered) && self.entry.own_status.is_none();
        if self.exchange.borrow().stopped {
            // Counted from the first time: what its provider goes on to say does not matter.
            return (!self.lingers.replace(true)).then_some(LINGER);
        }
        self.patience.filter(|_| a_provider_speaks)
    }
}
