//! Where a request goes.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::queue::InLine;
use super::quota::{Account, Quotas};
use super::refusal::SOON;
use super::wishes::{self, Asked};
use super::{Gateway, endpoint};
use crate::chat::{Error, ErrorKind, Operation};
use crate::clock::Timestamp;
use crate::config::routing::Flaws;
use crate::config::runtime::Model;
use crate::dialects::openai_chat::{self as dialect, Scan};
use crate::headers::Headers;
use crate::limiter::estimate;
use crate::policies::auth::Key;
use crate::providers::CLIENT_HEADERS;
use crate::role::{Effect, Flow, Host, handoff};
use crate::routing::board::Passage;
use crate::routing::facts::{Facts, Mismatch};
use crate::routing::flaws;
use crate::routing::plan::Plan;
use crate::routing::profile::Profile;
use crate::routing::router::{Planned, Unplanned};
use crate::telemetry::shadow::Shadow;

/// A request of which all is known that its plan depends on, so that it can be planned again later.
pub(super) struct Inquiry {
    pub(super) operation: Operation,
    /// Place of its model in the configuration.
    pub(super) model: usize,
    pub(super) key: Rc<Key>,
    headers: Headers,
    scan: Scan<'static>,
    profile: Profile,
    /// What would make an answer a failure.
    flaws: Flaws,
    /// The most input tokens that it can be counted as.
    most_input: u64,
    /// The client's body, where it is small.
    body: Option<Rc<[u8]>>,
    timeout_ms: Option<u64>,
    explain: bool,
}

impl Gateway {
    /// Looks at the body, and plans the request.
    pub(super) fn inquire(
        &mut self,
        (operation, headers, key): (Operation, Headers, Rc<Key>),
        body: &[u8],
        host: &dyn Host,
        effects: &mut Vec<Effect>,
    ) -> Flow {
        match self.look(operation, headers, key, body) {
            Ok(inquiry) => self.plan_or_wait(Box::new(inquiry), None, host, effects),
            Err(error) => self.refuse(&error, effects),
        }
    }

    /// Plans the request and sends it on its way; where all targets that could serve it are full, it
    /// waits, at its `place` where it has waited before.
    pub(super) fn plan_or_wait(
        &mut self,
        inquiry: Box<Inquiry>,
        place: Option<InLine>,
        host: &dyn Host,
        effects: &mut Vec<Effect>,
    ) -> Flow {
        let settings = Rc::clone(&self.settings);
        let Inquiry {
            model,
            key,
            profile,
            ..
        } = &*inquiry;
        let now = settings.router.board().now(host.now());
        let why = match settings.router.plan(*model, key, profile, now) {
            Ok(planned) => return self.go(*inquiry, planned, now, host, effects),
            Err(why) => why,
        };
        let name = settings.models.get(*model).map_or("", |model| &model.name);
        let error = unplanned(why, name);
        if why == Unplanned::Full
            && let Some(flow) = self.wait(inquiry, place, now, effects)
        {
            return flow;
        }
        self.refuse(&error, effects)
    }

    fn look(
        &mut self,
        operation: Operation,
        headers: Headers,
        key: Rc<Key>,
        body: &[u8],
    ) -> Result<Inquiry, Error> {
        let scan = match operation {
            Operation::Chat => dialect::scan(body)?,
            Operation::Embeddings => dialect::scan_embeddings(body)?,
        };
        scan.model.as_ref().clone_into(&mut self.entry.model);
        self.entry.stream = scan.stream;
        let (index, model) = self.settings.model_for(&scan.model, &key)?;
        self.entry.found(&model.name);
        self.patience = scan.stream.then_some(model.idle()).flatten();
        let Asked {
            routing,
            timeout_ms,
            explain,
        } = match key.routing_headers {
            true => wishes::read(&headers, model)?,
            false => Asked::default(),
        };
        let most_input = estimate::input_tokens(body);
        let facts = Facts::of(model, &key, &headers, body, &scan, most_input);
        let profile = Profile::of(model, &facts, routing);
        Ok(Inquiry {
            operation,
            model: index,
            profile,
            flaws: flaws::possible(model.fall_back_on, operation, body, &scan),
            most_input,
            body: (body.len() <= handoff::BODY_LIMIT).then(|| body.into()),
            timeout_ms,
            explain,
            scan: scan.into_owned(),
            headers,
            key,
        })
    }

    /// Sends a planned request on its way, where its limits allow it.
    fn go(
        &mut self,
        inquiry: Inquiry,
        planned: Planned,
        now: Timestamp,
        host: &dyn Host,
        effects: &mut Vec<Effect>,
    ) -> Flow {
        match self.route(inquiry, planned, now) {
            Ok(routed) => self.admit(routed, host, effects),
            Err(error) => self.refuse(&error, effects),
        }
    }

    /// Leaves the plan for the provider role. Returns what tells Envoy of it.
    fn route(
        &mut self,
        inquiry: Inquiry,
        planned: Planned,
        now: Timestamp,
    ) -> Result<Vec<Effect>, Error> {
        let settings = Rc::clone(&self.settings);
        self.entry.reason = planned.reason;
        self.explains = inquiry.explain;
        let mut attempts = planned.attempts;
        if let Some(quotas) = &settings.quotas {
            let Inquiry {
                model,
                key,
                scan,
                most_input,
                ..
            } = &inquiry;
            self.account = Some(quotas.open(key, *model, &mut attempts, scan, *most_input)?);
        }
        settings.router.board().pay_for_retries();
        let headers = &inquiry.headers;
        let plan = Plan {
            operation: inquiry.operation,
            attempts,
            query: endpoint::query(headers),
            headers: CLIENT_HEADERS.iter().filter_map(said_in(headers)).collect(),
        };
        let mut effects = Vec::with_capacity(3);
        if let Some(model) = settings.models.get(inquiry.model) {
            effects.push(self.routed_headers(model, &inquiry, &plan));
        }
        effects.extend(published(&plan));
        self.hand_over(inquiry, plan, now);
        Ok(effects)
    }

    /// Leaves for the provider role what it need not find out again.
    fn hand_over(&self, inquiry: Inquiry, plan: Plan, now: Timestamp) {
        let mut exchange = self.exchange.borrow_mut();
        exchange.forwarded = handoff::forwarded(&inquiry.headers);
        exchange.scan = Some(Rc::new(inquiry.scan));
        exchange.board = Some(Rc::clone(self.settings.router.board()));
        exchange.kept = self.keep(&plan, inquiry.profile.input_tokens, now);
        exchange.plan = Rc::new(plan);
        exchange.flaws = inquiry.flaws;
        exchange.is_hurried = inquiry.timeout_ms.is_some();
        exchange.body = inquiry.body;
        exchange.input_tokens = inquiry.profile.input_tokens;
        exchange.most_output = self.account.as_ref().map_or(0, Account::output);
        let model = self.settings.models.get(inquiry.model);
        let shadow = model.and_then(|model| model.shadow.as_ref());
        exchange.shadow = shadow.map(|target| {
            let quotas = self.settings.quotas.as_ref();
            Rc::new(Shadow {
                target: Arc::clone(target),
                entry: self.entry.clone(),
                ledger: quotas.map(Quotas::ledger),
            })
        });
    }

    /// Keeps room at the first target, where that is scarce.
    fn keep(&self, plan: &Plan, tokens: u64, now: Timestamp) -> Option<Passage> {
        let first = plan.attempts.first()?;
        first.target.max_parallel_requests?;
        let board = self.settings.router.board();
        Some(board.begin(first.place?, tokens, now))
    }

    /// Out with those of the client's headers that it may not send, in with those that Envoy's
    /// router and the provider role read.
    fn routed_headers(&self, model: &Model, inquiry: &Inquiry, plan: &Plan) -> Effect {
        let names = inquiry.headers.iter().map(|(name, _)| name);
        let remove = names.filter(|name| belongs_to_the_gateway(name));
        let id = &self.entry.request_id;
        let routed = handoff::routed(id, &model.timeouts, inquiry.scan.stream);
        let mut add = vec![(handoff::REQUEST_ID, routed)];
        // The route allows as many as the longest plan needs.
        let attempts = plan.most_attempts();
        if attempts != self.settings.longest_plan {
            let retries = attempts.saturating_sub(1);
            add.push((handoff::ENVOY_MAX_RETRIES, retries.to_string()));
        }
        if let Some(timeout) = inquiry.timeout_ms {
            add.push((handoff::ENVOY_TIMEOUT_MS, timeout.to_string()));
        }
        Effect::RequestHeadersEdit {
            remove: remove.map(<[u8]>::to_vec).collect(),
            add,
        }
    }
}

/// What a client is told whose request has nowhere to go.
fn unplanned(why: Unplanned, model: &str) -> Error {
    match why {
        Unplanned::Unsuited(Mismatch::ContextLength) => Error::invalid(format!(
            "The request is too long for every target of the model `{model}`."
        ))
        .with_param("messages")
        .with_code("context_length_exceeded"),
        Unplanned::Unsuited(Mismatch::Need(need)) => Error::invalid(format!(
            "No target of the model `{model}` can do what the request needs: {}.",
            need.name()
        ))
        .with_code("unsupported_parameter"),
        Unplanned::Unsuited(Mismatch::Condition) => {
            let message = format!("No target of the model `{model}` is for requests like this.");
            Error::new(ErrorKind::Permission, message).with_code("no_target")
        }
        Unplanned::Unwanted => Error::invalid(format!(
            "The model `{model}` has no target that the request allows."
        ))
        .with_code("no_target"),
        Unplanned::Full => {
            let message = format!("All targets of the model `{model}` are busy.");
            overloaded(message, "targets_busy", SOON)
        }
        Unplanned::Cooling { retry_after, cause } => {
            let message = format!(
                "No target of the model `{model}` can be tried for now (last failure: {}).",
                cause.name()
            );
            overloaded(message, "targets_cooling", retry_after)
        }
    }
}

fn overloaded(message: String, code: &'static str, retry_after: Duration) -> Error {
    let mut error = Error::new(ErrorKind::Overloaded, message).with_code(code);
    error.retry_after = Some(retry_after);
    error
}

/// A header of the client's, by its name; its value is bounded.
fn said_in(headers: &Headers) -> impl Fn(&&str) -> Option<(String, String)> {
    const LONGEST: usize = 4096;
    |name| {
        let value = headers.text(name).filter(|value| value.len() <= LONGEST)?;
        Some(((*name).to_owned(), value.to_owned()))
    }
}

/// The first target, for Envoy's cluster matcher; and the plan, where it may be needed again.
fn published(plan: &Plan) -> impl Iterator<Item = Effect> {
    let first = plan.attempts.first().map(handoff::next_target);
    let whole = (plan.most_attempts() > 1).then(|| Effect::FilterState {
        name: handoff::PLAN_STATE,
        value: plan.to_state(),
    });
    first.into_iter().chain(whole)
}

/// Whether only the gateway and Envoy may write a header.
fn belongs_to_the_gateway(name: &[u8]) -> bool {
    name.starts_with(handoff::PREFIX.as_bytes()) || name.starts_with(b"x-envoy-")
}
