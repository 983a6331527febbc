//! Where a request goes.

use std::rc::Rc;
use std::time::Duration;

use super::quota::Account;
use super::{Gateway, endpoint};
use crate::chat::{Error, ErrorKind, Operation};
use crate::clock::Timestamp;
use crate::config::routing::Cause;
use crate::config::runtime::Model;
use crate::dialects::openai_chat::{self as dialect, Scan};
use crate::headers::Headers;
use crate::policies::auth::Key;
use crate::providers::CLIENT_HEADERS;
use crate::role::{Effect, handoff};
use crate::routing::facts::{Facts, Mismatch};
use crate::routing::flaws;
use crate::routing::plan::Plan;
use crate::routing::profile::{Profile, Wishes};
use crate::routing::router::Unplanned;

impl Gateway {
    /// Plans the attempts and leaves the plan for the provider role. Returns what tells Envoy of it.
    pub(super) fn route(
        &mut self,
        operation: Operation,
        body: &[u8],
        headers: &Headers,
        key: &Key,
        now: Timestamp,
    ) -> Result<Vec<Effect>, Error> {
        let scan = match operation {
            Operation::Chat => dialect::scan(body)?,
            Operation::Embeddings => dialect::scan_embeddings(body)?,
        };
        scan.model.as_ref().clone_into(&mut self.entry.model);
        self.entry.stream = scan.stream;
        let settings = Rc::clone(&self.settings);
        let (index, model) = settings.model_for(&scan.model, key)?;
        self.entry.found(&model.name);
        self.patience = scan.stream.then_some(model.idle()).flatten();
        let profile = {
            let facts = Facts::of(model, key, headers, body, &scan);
            Profile::of(model, &facts, Wishes::default())
        };
        // Targets are known by the steady time.
        let now = settings.router.board().now(now);
        let planned = settings.router.plan(index, key, &profile, now);
        let planned = planned.map_err(|why| unplanned(why, &model.name))?;
        self.entry.reason = planned.reason;
        let mut attempts = planned.attempts;
        if let Some(quotas) = &settings.quotas {
            self.account = Some(quotas.open(key, index, &mut attempts, &scan, body)?);
        }
        settings.router.board().pay_for_retries();
        let plan = Plan {
            operation,
            attempts,
            query: endpoint::query(headers),
            headers: CLIENT_HEADERS.iter().filter_map(said_in(headers)).collect(),
        };
        let mut effects = vec![self.routed_headers(model, &scan, &plan, headers)];
        effects.extend(published(&plan));
        let flaws = flaws::possible(model.fall_back_on, operation, body, &scan);
        self.exchange.borrow_mut().flaws = flaws;
        let input_tokens = profile.input_tokens;
        self.hand_over(scan, plan, headers, body, input_tokens);
        Ok(effects)
    }

    /// Leaves for the provider role what it need not find out again.
    fn hand_over(
        &self,
        scan: Scan<'_>,
        plan: Plan,
        headers: &Headers,
        body: &[u8],
        input_tokens: u64,
    ) {
        let mut exchange = self.exchange.borrow_mut();
        exchange.scan = Some(Rc::new(scan.into_owned()));
        exchange.plan = Rc::new(plan);
        exchange.board = Some(Rc::clone(self.settings.router.board()));
        exchange.forwarded = handoff::forwarded(headers);
        exchange.body = (body.len() <= handoff::BODY_LIMIT).then(|| body.into());
        exchange.input_tokens = input_tokens;
        exchange.most_output = self.account.as_ref().map_or(0, Account::output);
    }

    /// Out with those of the client's headers that it may not send, in with those that Envoy's
    /// router and the provider role read.
    fn routed_headers(
        &self,
        model: &Model,
        scan: &Scan<'_>,
        plan: &Plan,
        headers: &Headers,
    ) -> Effect {
        let names = headers.iter().map(|(name, _)| name);
        let remove = names.filter(|name| belongs_to_the_gateway(name));
        let id = &self.entry.request_id;
        let routed = handoff::routed(id, &model.timeouts, scan.stream);
        let mut add = vec![(handoff::REQUEST_ID, routed)];
        // The route allows as many as the longest plan needs.
        let attempts = plan.most_attempts();
        if attempts != self.settings.longest_plan {
            let retries = attempts.saturating_sub(1);
            add.push((handoff::ENVOY_MAX_RETRIES, retries.to_string()));
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
            busy(Error::new(ErrorKind::Overloaded, message), SOON)
        }
        Unplanned::Cooling { retry_after, cause } => cooling(model, retry_after, cause),
    }
}

/// Where nothing better is known of when to come back.
const SOON: Duration = Duration::from_secs(1);

fn busy(mut error: Error, wait: Duration) -> Error {
    error.retry_after = Some(wait);
    error.with_code("targets_busy")
}

fn cooling(model: &str, retry_after: Duration, cause: Cause) -> Error {
    let message = format!(
        "No target of the model `{model}` can be tried for now (last failure: {}).",
        cause.name()
    );
    let mut error = Error::new(ErrorKind::Overloaded, message).with_code("targets_cooling");
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
