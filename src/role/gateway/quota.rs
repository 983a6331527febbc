//! What a request may use, and what it has used.

use std::cell::RefCell;
use std::rc::Rc;

use super::refusal;
use crate::chat::Error;
use crate::clock::Timestamp;
use crate::config::limits::{Counter, LimitsConfig, Measure, UnknownPrice};
use crate::config::runtime::Model;
use crate::dialects::openai_chat::Scan;
use crate::limiter::{Admission, Allowance, Demand, Presence, Reservation, Slot, Worker};
use crate::policies::{self, auth::Key};
use crate::pricing;
use crate::role::handoff;
use crate::routing::plan::PlannedAttempt;
use crate::telemetry::exchange::Exchange;

/// Syncs that a request waits for at most; then it is refused.
const ROUNDS: u32 = 3;

/// Limits of a plugin instance, and the worker that holds their leases.
#[derive(Debug)]
pub(super) struct Quotas {
    pub(super) worker: Rc<Worker>,
    config: LimitsConfig,
    everyone: Vec<Slot>,
    /// Of each model, in the configuration's order.
    models: Vec<Vec<Slot>>,
}

/// One request's account.
#[derive(Debug)]
pub(super) struct Account {
    demands: Vec<Demand>,
    reservation: Option<Rc<RefCell<Reservation>>>,
    output: u64,
    /// Output tokens that its reservation does for; `None` where it is not to be stopped.
    tokens: Option<u64>,
    rounds: u32,
    _presence: Presence,
}

impl Account {
    /// The most output tokens that are expected.
    pub(super) fn output(&self) -> u64 {
        self.output
    }

    /// Whether a limit has let the request go on uncounted.
    pub(super) fn is_uncounted(&self) -> bool {
        let reservation = self.reservation.as_ref();
        reservation.is_some_and(|reservation| !reservation.borrow().uncounted.is_empty())
    }
}

/// What becomes of a request.
pub(super) enum Entry {
    /// It goes on.
    Admitted,
    /// It waits for the sync of this number.
    Waits(u64),
}

impl Quotas {
    /// Makes the configuration's counters known to the worker. Returns the limits and the places
    /// of the counters.
    pub(super) fn compile(
        mut config: LimitsConfig,
        models: &[Model],
        worker: &Rc<Worker>,
    ) -> Result<(Self, Vec<Slot>), String> {
        let mut limiter = worker.limiter.borrow_mut();
        let counters = std::mem::take(&mut config.counters);
        let slots: Vec<Slot> = counters
            .into_iter()
            .map(|counter| limiter.register(&Rc::new(counter)))
            .collect();
        drop(limiter);
        let places = |numbers: &[usize]| {
            policies::slots(numbers, &slots).ok_or_else(|| "there is no such counter".to_owned())
        };
        let quotas = Self {
            worker: Rc::clone(worker),
            everyone: places(&config.everyone)?,
            models: models
                .iter()
                .map(|model| places(&model.counters))
                .collect::<Result<_, _>>()?,
            config,
        };
        Ok((quotas, slots))
    }

    /// Opens the account of a request for the model at this place, and leaves out the attempts at
    /// targets without a price where a budget counts.
    pub(super) fn open(
        &self,
        key: &Key,
        model: usize,
        attempts: &mut Vec<PlannedAttempt>,
        scan: &Scan<'_>,
        input_tokens: u64,
    ) -> Result<Account, Error> {
        let of_model = self
            .models
            .get(model)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let slots = [&self.everyone, of_model, &key.counters];
        let slots = slots.into_iter().flatten().copied();
        let limiter = self.worker.limiter.borrow();
        let measured: Vec<_> = slots
            .filter_map(|slot| Some((slot, limiter.counter(slot)?.measure)))
            .collect();
        let is_priced = measured
            .iter()
            .any(|(_, measure)| *measure == Measure::Cost);
        if is_priced && self.config.unknown_price == UnknownPrice::Refuse {
            attempts.retain(|attempt| attempt.target.price.is_some());
            if attempts.is_empty() {
                return Err(refusal::no_price(&scan.model));
            }
        }
        let output = self.output(scan);
        let cost = if is_priced {
            worst(attempts, input_tokens, output)
        } else {
            0
        };
        let most = |measure| match measure {
            Measure::Requests | Measure::ParallelRequests => 1,
            Measure::Tokens => input_tokens.saturating_add(output),
            Measure::Cost => cost,
        };
        let demands = measured.into_iter().map(|(slot, measure)| Demand {
            slot,
            units: most(measure),
        });
        Ok(Account {
            demands: demands.collect(),
            reservation: None,
            output,
            tokens: (is_priced && scan.stream && self.config.stop_streams)
                .then(|| unquestioned(output, scan)),
            rounds: 0,
            _presence: self.worker.come_in(),
        })
    }

    /// The most output tokens that are expected.
    fn output(&self, scan: &Scan<'_>) -> u64 {
        let output = scan.max_output.unwrap_or(self.config.default_max_tokens);
        output.saturating_mul(scan.choices.unwrap_or(1))
    }

    /// Sets aside what the request may use.
    pub(super) fn admit(&self, account: &mut Account, wall: Timestamp) -> Result<Entry, Refused> {
        let now = self.worker.now(wall);
        let mut limiter = self.worker.limiter.borrow_mut();
        match limiter.admit(&account.demands, account.rounds > 0, now) {
            Admission::Granted(reservation) => {
                account.reservation = Some(Rc::new(RefCell::new(reservation)));
                Ok(Entry::Admitted)
            }
            Admission::Wait(_) if account.rounds >= ROUNDS => Err(refusal::crowded()),
            Admission::Wait(number) => {
                account.rounds += 1;
                Ok(Entry::Waits(number))
            }
            Admission::Refused(refused) => {
                let status = self.config.budget_status;
                Err(refusal::of(&limiter, refused, status, now))
            }
        }
    }

    /// What the request's stream may cost, where it is to be stopped when a budget is used up.
    pub(super) fn allowance(&self, account: &Account) -> Option<Rc<Allowance>> {
        let reservation = account.reservation.as_ref()?;
        Some(Allowance::new(&self.worker, reservation, account.tokens?))
    }

    /// What the client is told of its limits beside an answer.
    pub(super) fn shown(&self, account: &Account, wall: Timestamp) -> Vec<(&'static str, String)> {
        let now = self.worker.now(wall);
        let limiter = self.worker.limiter.borrow();
        let mut shown = Vec::with_capacity(6);
        let slots = || account.demands.iter().map(|demand| demand.slot);
        refusal::limits(&limiter, slots(), now, &mut shown);
        let reservation = account.reservation.as_ref().map(|r| r.borrow());
        if let Some(reservation) = &reservation
            && !reservation.uncounted.is_empty()
        {
            let counters = reservation.uncounted.iter();
            let ids: Vec<_> = counters
                .filter_map(|slot| Some(limiter.counter(*slot)?.id.as_str()))
                .collect();
            shown.push((handoff::UNCOUNTED, ids.join(", ")));
        }
        shown
    }

    /// The request is over: what it has used is spent, the rest is free.
    pub(super) fn close(&self, account: &Account, exchange: &Exchange) {
        let Some(reservation) = &account.reservation else {
            return;
        };
        let tokens = exchange.usage().map_or(0, |usage| usage.total());
        let cost = pricing::nano(exchange.known_cost());
        let spent = |counter: &Counter| match counter.measure {
            Measure::Requests => 1,
            Measure::ParallelRequests => 0,
            Measure::Tokens => tokens,
            Measure::Cost => cost,
        };
        let mut limiter = self.worker.limiter.borrow_mut();
        limiter.settle(&reservation.borrow(), spent);
    }

    /// Puts a row of the ledger on its way.
    pub(super) fn record(&self, row: &str, wall: Timestamp) {
        let now = self.worker.now(wall);
        self.worker.outbox.borrow_mut().push(row, now);
    }

    /// Where rows of the ledger go, and where their prices come from.
    pub(super) fn ledger(&self) -> (Rc<Worker>, String) {
        (Rc::clone(&self.worker), self.config.price_version.clone())
    }

    pub(super) fn price_version(&self) -> &str {
        &self.config.price_version
    }
}

/// The most that one of the attempts can cost, in nano-dollars.
fn worst(attempts: &[PlannedAttempt], input_tokens: u64, output_tokens: u64) -> u64 {
    let prices = attempts.iter();
    let prices = prices.filter_map(|attempt| attempt.target.price.as_ref());
    let costs = prices.map(|price| price.worst(input_tokens, output_tokens));
    pricing::nano(costs.max().unwrap_or(0))
}

/// Output tokens after which a stream has to ask whether it may go on. One that has a limit of its own
/// cannot pass what was reserved for it; any other asks before it has.
fn unquestioned(output: u64, scan: &Scan<'_>) -> u64 {
    match scan.max_output {
        Some(_) => output,
        None => output - output / 8,
    }
}

/// A refusal: the error, and what the client is told of its limits.
pub(super) struct Refused {
    pub(super) error: Error,
    pub(super) headers: Vec<(&'static str, String)>,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self {
            error,
            headers: Vec::new(),
        }
    }
}
