//! Copies of requests, which Envoy sends to another target: what they came to.

use std::rc::Rc;
use std::sync::Arc;

use super::access_log::{self, Entry};
use super::exchange::{Exchange, Outcome};
use super::row;
use crate::chat::Operation;
use crate::clock::Timestamp;
use crate::config::runtime::Target;
use crate::limiter::Worker;
use crate::routing::plan::{Plan, PlannedAttempt};

/// Where copies of a request go, and how they are recorded.
pub struct Shadow {
    /// The target.
    pub target: Arc<Target>,
    /// Whose request it is.
    pub entry: Entry,
    /// Where rows of the ledger go, and where their prices come from; absent: there is none.
    pub ledger: Option<(Rc<Worker>, String)>,
}

impl Exchange {
    /// What is known of the request's copy for this provider, which has one attempt, and no part in
    /// what becomes of the request; `None` where no copy is for it.
    pub fn copy(&self, provider: &str) -> Option<Self> {
        let shadow = self.shadow.as_ref()?;
        let target = &shadow.target;
        (target.provider == provider).then(|| Self {
            plan: Rc::new(Plan {
                attempts: vec![PlannedAttempt::at(Target::clone(target))],
                ..Plan::clone(&self.plan)
            }),
            scan: self.scan.clone(),
            body: self.body.clone(),
            forwarded: self.forwarded.clone(),
            input_tokens: self.input_tokens,
            shadow: Some(Rc::clone(shadow)),
            ..Self::default()
        })
    }
}

/// Records what a copy came to, which ends now: in the log, and in the ledger where there is one.
pub fn record(exchange: &Exchange, now: Timestamp) {
    let (Some(shadow), Some(attempt)) = (&exchange.shadow, exchange.attempts.last()) else {
        return;
    };
    let mut entry = shadow.entry.clone();
    entry.request_id.push_str("/shadow");
    entry.endpoint = match exchange.plan.operation {
        Operation::Chat => "shadow/chat.completions",
        Operation::Embeddings => "shadow/embeddings",
    };
    entry.started = attempt.started;
    entry.own_status = Some(match attempt.outcome {
        Outcome::Status(status) => status,
        Outcome::Truncated => 200,
        Outcome::Reset | Outcome::Running => 504,
    });
    let prices = shadow.ledger.as_ref().map_or("", |(_, prices)| prices);
    let fragment = access_log::fragment(&entry, exchange);
    let row = row::write(&entry, exchange, &fragment, prices, now);
    log::info!("shadow: {row}");
    if let Some((worker, _)) = &shadow.ledger {
        worker.outbox.borrow_mut().push(&row, worker.now(now));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::chat::Usage;
    use crate::clock::SteadyClock;
    use crate::clock::Tick;
    use crate::telemetry::exchange::Attempt;
    use crate::telemetry::row::{AttemptStatus, Row};

    fn shadowed(ledger: Option<(Rc<Worker>, String)>) -> Exchange {
        Exchange {
            shadow: Some(Rc::new(Shadow {
                target: Arc::new(Target::new("claude", "opus")),
                entry: Entry {
                    request_id: "req_1".into(),
                    key_id: "dev".into(),
                    model: "smart".into(),
                    endpoint: "chat.completions",
                    ..Entry::default()
                },
                ledger,
            })),
            body: Some(Rc::from(*b"{}")),
            ..Exchange::default()
        }
    }

    fn attempt(outcome: Outcome) -> Attempt {
        Attempt {
            provider: "claude".into(),
            model: "opus".into(),
            started: Timestamp(5_000_000_000),
            duration: Some(Duration::from_millis(20)),
            outcome,
            has_begun: true,
            flaw: None,
            usage: Some(Usage {
                input: 3,
                output: 7,
                ..Usage::default()
            }),
            output_tokens: 7,
            price: None,
            service_tier: None,
        }
    }

    #[test]
    fn a_copy_has_one_attempt_and_no_part_in_the_request() {
        let mut exchange = shadowed(None);
        exchange.attempts.push(attempt(Outcome::Status(200)));
        exchange.next = 1;
        assert!(exchange.copy("openai").is_none());
        assert!(Exchange::default().copy("claude").is_none());
        let copy = exchange.copy("claude").unwrap();
        let models: Vec<_> = copy
            .plan
            .attempts
            .iter()
            .map(|a| &*a.target.model)
            .collect();
        assert_eq!(models, ["opus"]);
        assert_eq!((copy.next, copy.attempts.len()), (0, 0));
        assert_eq!(copy.body.as_deref(), Some(&b"{}"[..]));
        assert!(copy.board.is_none() && copy.allowance.is_none());
    }

    #[test]
    fn a_copy_has_a_row_of_its_own() {
        let clock = Rc::new(SteadyClock::new(Tick::default()));
        for (outcome, status, how) in [
            (Outcome::Status(200), 200, "answered"),
            (Outcome::Status(429), 429, "failed"),
            (Outcome::Reset, 504, "unanswered"),
            (Outcome::Truncated, 200, "truncated"),
        ] {
            let worker = Worker::new("w".into(), &clock);
            let exchange = shadowed(Some((Rc::clone(&worker), "v1".into())));
            let mut copy = exchange.copy("claude").unwrap();
            copy.attempts.push(attempt(outcome));
            record(&copy, Timestamp(5_020_000_000));
            let rows = worker.outbox.borrow_mut().batch(true, Timestamp(u64::MAX));
            let row: Row = serde_json::from_str(&rows.unwrap()).unwrap();
            assert_eq!(row.request_id, "req_1/shadow");
            assert_eq!(row.endpoint, "shadow/chat.completions");
            assert_eq!(
                (row.key_id.as_deref(), row.model.as_deref()),
                (Some("dev"), Some("smart"))
            );
            assert_eq!((row.status, row.outcome.as_str()), (status, how));
            assert_eq!((row.tokens.input, row.tokens.output), (3, 7));
            assert_eq!(row.duration_us, 20_000);
            let [attempt] = row.attempts.as_slice() else {
                panic!("{} attempts", row.attempts.len())
            };
            let is_code = |code| attempt.status == AttemptStatus::Code(code);
            assert_eq!(is_code(status), matches!(outcome, Outcome::Status(_)));
        }
    }
}
