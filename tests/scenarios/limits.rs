//! Limits, budgets and rows, with a sidecar that keeps its promises and one that is away.

mod leaving;
mod money;
mod stop;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::{Value, json};
use tidegate::limiter::protocol::{Grant, Report, Sync, SyncReply};
use tidegate::telemetry::row::AttemptStatus;

use super::play::{Answer, Play, chat, stream_request};
use super::{claude_answer, openai_answer, openai_error};

/// What each counter has left, and what has been settled of it, for one holder and for ever.
#[derive(Default)]
struct Store {
    limits: HashMap<String, u64>,
    granted: HashMap<String, u64>,
    settled: HashMap<String, u64>,
    returned: HashMap<String, u64>,
    is_away: bool,
}

impl Store {
    fn answer(&mut self, sync: &Sync) -> Option<SyncReply> {
        if self.is_away {
            return None;
        }
        let grants = sync.counters.iter().map(|report| self.grant(report));
        Some(SyncReply {
            valid_ms: 10_000,
            grants: grants.collect(),
            unavailable: vec![],
        })
    }

    fn grant(&mut self, report: &Report) -> Grant {
        let id = report.id.clone();
        self.settled.insert(id.clone(), report.settled);
        self.returned.insert(id.clone(), report.returned);
        let granted = self.granted.entry(id.clone()).or_default();
        let left = (self.limits[&id] + report.returned).saturating_sub(*granted);
        let given = report.need.min(left);
        *granted += given;
        Grant {
            id,
            lease: 7,
            granted: *granted,
            remaining: left - given,
            retry_after_ms: if given < report.need { 12_300 } else { 0 },
            reset_ms: 60_000,
            scarce: false,
        }
    }
}

struct Limited {
    play: Play,
    store: Rc<RefCell<Store>>,
}

fn counter(measure: &str, limit: u64, on_unavailable: &str) -> Value {
    let window = match measure {
        "parallel_requests" => json!("held"),
        "cost" => json!({"calendar": {"period": "day", "time_zone": "UTC"}}),
        _ => json!({"sliding": 60_000}),
    };
    json!({"id": measure, "scope": {"kind": "team", "name": "research"}, "measure": measure,
           "limit": limit, "window": window, "on_unavailable": on_unavailable})
}

fn limited(providers: &[&str], counters: &[Value], price: &Value) -> Limited {
    limited_by(providers, counters, price, false)
}

fn limited_by(
    providers: &[&str],
    counters: &[Value],
    price: &Value,
    stop_streams: bool,
) -> Limited {
    let store = Rc::new(RefCell::new(Store::default()));
    for counter in counters {
        let id = counter["id"].as_str().unwrap().to_owned();
        let limit = counter["limit"].as_u64().unwrap();
        store.borrow_mut().limits.insert(id, limit);
    }
    let everyone: Vec<usize> = (0..counters.len()).collect();
    let limits = json!({"counters": counters, "everyone": everyone, "default_max_tokens": 100,
        "budget_status": 402, "stop_streams": stop_streams, "unknown_price": "refuse",
        "price_version": "test"});
    let sidecar = Rc::clone(&store);
    let play = Play::limited(providers, &limits, price, move |sync| {
        sidecar.borrow_mut().answer(sync)
    });
    Limited { play, store }
}

impl Limited {
    /// Lets so much time pass that what is settled is reported.
    fn settle(&mut self) {
        for _ in 0..1000 {
            self.play.sync();
        }
    }

    fn settled(&self, counter: &str) -> u64 {
        self.store
            .borrow()
            .settled
            .get(counter)
            .copied()
            .unwrap_or(0)
    }
}

/// One micro-dollar for a token of input, ten for one of output.
fn price() -> Value {
    let tier = json!({"input": 1_000_000, "cache_read": 0, "cache_write_5m": 0, "cache_write_1h": 0,
                      "audio_input": 0, "output": 10_000_000, "audio_output": 0});
    json!({"tiers": [tier]})
}

#[test]
fn a_request_within_its_limits_passes_and_is_told_what_is_left() {
    let counters = [
        counter("requests", 5, "allow"),
        counter("tokens", 1000, "allow"),
    ];
    let mut limited = limited(&["openai"], &counters, &Value::Null);
    let outcome = limited.play.request(&chat("smart"), &[openai_answer("hi")]);
    assert_eq!(outcome.status, 200);
    assert_eq!(outcome.header("x-ratelimit-limit-requests"), Some("5"));
    assert_eq!(outcome.header("x-ratelimit-remaining-requests"), Some("4"));
    assert_eq!(outcome.header("x-ratelimit-limit-tokens"), Some("1000"));
    assert_eq!(outcome.header("x-tidegate-uncounted"), None);
    limited.settle();
    assert_eq!(
        (limited.settled("requests"), limited.settled("tokens")),
        (1, 5)
    );
}

#[test]
fn the_request_over_the_limit_is_refused_by_name_and_costs_nothing() {
    let counters = [
        counter("tokens", 1_000_000, "allow"),
        counter("requests", 1, "allow"),
    ];
    let mut limited = limited(&["openai"], &counters, &Value::Null);
    limited.play.request(&chat("smart"), &[openai_answer("hi")]);
    let refused = limited
        .play
        .request(&chat("smart"), &[openai_answer("never")]);
    assert_eq!(refused.status, 429);
    assert!(refused.attempts.is_empty());
    let error = &refused.json()["error"];
    assert_eq!(error["code"], "rate_limit_exceeded");
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains("1 requests per minute of the team `research`"),
        "{message}"
    );
    assert_eq!(refused.header("retry-after"), Some("13"));
    assert_eq!(refused.header("x-ratelimit-remaining-requests"), Some("0"));
    limited.settle();
    assert_eq!(
        (limited.settled("requests"), limited.settled("tokens")),
        (1, 5)
    );
}

#[test]
fn a_budget_reserves_the_worst_and_settles_the_actual() {
    let counters = [counter("cost", 2_000_000, "deny")];
    let mut limited = limited(&["openai"], &counters, &price());
    let outcome = limited.play.request(&chat("smart"), &[openai_answer("hi")]);
    assert_eq!(outcome.status, 200);
    assert_eq!(outcome.log()["cost_usd"], json!(0.000_023));
    assert_eq!(outcome.header("x-tidegate-cost-usd"), Some("0.000023"));
    limited.settle();
    assert_eq!(limited.settled("cost"), 23_000);
    let row = limited.play.rows().pop().unwrap();
    assert_eq!(row.cost_pico_usd, Some(23_000_000));
    assert_eq!((row.tokens.input, row.tokens.output), (3, 2));
    assert_eq!((row.key_id.as_deref(), row.status), (Some("dev"), 200));
    assert_eq!(row.price_version.as_deref(), Some("test"));
}

#[test]
fn a_row_calls_a_model_by_the_name_that_its_counters_have() {
    let counters = [counter("requests", 5, "allow")];
    let mut limited = limited(&["openai"], &counters, &Value::Null);
    let outcome = limited
        .play
        .request(&chat("clever"), &[openai_answer("hi")]);
    assert_eq!(outcome.status, 200);
    let row = limited.play.rows().pop().unwrap();
    assert_eq!(row.model.as_deref(), Some("smart"));
    let log = outcome.log();
    assert_eq!(
        (&log["model"], &log["alias"]),
        (&json!("smart"), &json!("clever"))
    );
}

#[test]
fn a_budget_that_is_used_up_is_not_worth_a_retry() {
    let counters = [counter("cost", 1_500_000, "deny")];
    let mut limited = limited(&["openai"], &counters, &price());
    let held = limited.play.request(&chat("smart"), &[openai_answer("hi")]);
    assert_eq!(held.status, 200);
    for _ in 0..40 {
        let outcome = limited
            .play
            .request(&chat("smart"), &[openai_answer(&"x".repeat(40))]);
        if outcome.status == 402 {
            assert_eq!(outcome.header("x-should-retry"), Some("false"));
            assert_eq!(outcome.json()["error"]["code"], "insufficient_quota");
            return;
        }
    }
    panic!("the budget was never used up");
}

#[test]
fn parallel_requests_are_free_again_however_a_request_ends() {
    let counters = [counter("parallel_requests", 1, "allow")];
    let mut limited = limited(&["openai"], &counters, &Value::Null);
    let half =
        Answer::events("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n");
    for (body, answer) in [
        (chat("smart"), openai_answer("hi")),
        (chat("smart"), openai_error(400, "no")),
        (chat("smart"), Answer::reset()),
        (stream_request("smart"), half),
        (chat("smart"), openai_answer("hi")),
    ] {
        let outcome = limited.play.request(&body, &[answer]);
        assert_ne!(outcome.status, 429);
    }
}

#[test]
fn a_target_without_a_price_is_not_tried_where_a_budget_counts() {
    let counters = [counter("cost", 1_000_000, "deny")];
    let mut limited = limited(&["openai"], &counters, &Value::Null);
    let refused = limited
        .play
        .request(&chat("smart"), &[openai_answer("never")]);
    assert_eq!((refused.status, refused.attempts.len()), (403, 0));
    assert_eq!(refused.json()["error"]["code"], "price_unknown");
}

#[test]
fn without_the_sidecar_rates_let_pass_and_budgets_refuse() {
    for (measure, on_unavailable, status) in [
        ("requests", "allow", 200),
        ("requests", "deny", 503),
        ("cost", "deny", 503),
    ] {
        let counters = [counter(measure, 1_000_000_000, on_unavailable)];
        let mut limited = limited(&["openai"], &counters, &price());
        limited.store.borrow_mut().is_away = true;
        let outcome = limited.play.request(&chat("smart"), &[openai_answer("hi")]);
        assert_eq!(outcome.status, status, "{measure} {on_unavailable}");
        let expected = (status == 200).then_some(measure);
        assert_eq!(outcome.header("x-tidegate-uncounted"), expected);
        let statistic = match status {
            200 => "tidegate_uncounted_requests",
            _ => "tidegate_limited_requests",
        };
        assert_eq!(outcome.counted, [statistic]);
    }
}

#[test]
fn leases_in_hand_are_spent_while_the_sidecar_is_away() {
    let mut limited = limited(
        &["openai"],
        &[counter("tokens", 10_000, "deny")],
        &Value::Null,
    );
    let long = chat("smart");
    let long = [&long[..long.len() - 1], br#", "max_tokens": 400}"#].concat();
    // Sets more than 400 aside and uses 5; the rest stays in hand.
    let first = limited.play.request(&long, &[openai_answer("hi")]);
    assert_eq!(first.status, 200);
    limited.store.borrow_mut().is_away = true;
    let in_hand = limited.play.request(&chat("smart"), &[openai_answer("hi")]);
    assert_eq!(
        (in_hand.status, in_hand.header("x-tidegate-uncounted")),
        (200, None)
    );
    let refused = limited.play.request(&long, &[openai_answer("hi")]);
    assert_eq!(refused.status, 503);
    assert_eq!(refused.json()["error"]["code"], "limits_unavailable");
    assert_eq!(refused.header("retry-after"), Some("1"));
}

#[test]
fn what_a_broken_stream_has_brought_is_counted_once() {
    let counters = [counter("tokens", 1_000_000, "allow")];
    let mut limited = limited(&["openai"], &counters, &price());
    let chunk = "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\
                 \"choices\":[{\"index\":0,\"delta\":{\"content\":\"word\"},\"finish_reason\":null}]}\n\n";
    let broken = Answer::events(&chunk.repeat(7));
    let outcome = limited.play.request(&stream_request("smart"), &[broken]);
    assert!(outcome.text().contains("error"));
    let row = limited.play.rows().pop().unwrap();
    assert_eq!(row.tokens.output, 7);
    assert_eq!(
        row.attempts[0].status,
        AttemptStatus::Word("truncated".into())
    );
    limited.settle();
    assert_eq!(limited.settled("tokens"), row.tokens.input + 7);
}

#[test]
fn each_attempt_has_its_row_and_only_what_was_produced_is_billed() {
    let counters = [counter("cost", 1_000_000_000, "deny")];
    let mut limited = limited(&["openai", "claude"], &counters, &price());
    let answers = [
        openai_error(429, "rate_limit_exceeded"),
        claude_answer("hi"),
    ];
    limited.play.request(&chat("smart"), &answers);
    let row = limited.play.rows().pop().unwrap();
    let statuses: Vec<_> = row.attempts.iter().map(|a| a.status.clone()).collect();
    assert_eq!(
        statuses,
        [AttemptStatus::Code(429), AttemptStatus::Code(200)]
    );
    assert_eq!(
        (row.attempts[0].cost_pico_usd, row.attempts[1].cost_pico_usd),
        (Some(0), Some(23_000_000))
    );
    assert_eq!(row.provider.as_deref(), Some("claude"));
}

#[test]
fn a_refused_request_has_a_row_too() {
    let mut limited = limited(
        &["openai"],
        &[counter("requests", 0, "allow")],
        &Value::Null,
    );
    limited.play.request(&chat("smart"), &[]);
    let row = limited.play.rows().pop().unwrap();
    assert_eq!((row.status, &*row.outcome), (429, "refused"));
    assert_eq!(row.error_code.as_deref(), Some("rate_limit_exceeded"));
}
