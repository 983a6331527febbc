//! The filter's own limiter and the sidecar's own arithmetic, with everything between them that can go
//! wrong: messages lost, repeated, late; holders that crash; clocks that differ. What is asserted is
//! what was really spent, counted by neither of them.
#![cfg(test)]

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use proptest::prelude::*;
use tidegate::clock::Timestamp;
use tidegate::config::limits::{Counter, Measure, OnUnavailable, Scope, ScopeKind, Window};
use tidegate::limiter::protocol::{Sync, SyncReply};
use tidegate::limiter::{Admission, Demand, Limiter, Reservation, Slot};
use tidegate_sidecar::limits::{MARGIN_MS, Span, State, Terms, VALID_MS};

const WINDOW: u64 = 20_000;
const HOLDERS: usize = 2;

/// What happens next.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// A request comes to a holder.
    Ask(usize, u64),
    /// A holder's oldest request ends, having used this part of what was set aside, in percent.
    End(usize, u64),
    /// A holder says what it has to say.
    Send(usize),
    /// A message reaches the store; it may come again.
    Deliver(usize, Again),
    /// A message is lost, and its holder gives up on it.
    Lose(usize),
    /// An answer reaches its holder.
    Answer(usize),
    /// Time passes, in milliseconds.
    Pass(u64),
    /// A holder dies with all that it had under way, and another takes its place.
    Crash(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Again {
    No,
    Yes,
}

/// A request that was let through: it spends from its beginning on.
struct Spending {
    began: u64,
    ended: Option<u64>,
    amount: u64,
}

struct Holder {
    name: String,
    limiter: Limiter,
    slot: Slot,
    /// Its clock's beginning, and how much faster than true time it runs, in parts of a thousand.
    offset: u64,
    drift: u64,
    waiting: VecDeque<(u64, u64)>,
    under_way: VecDeque<(Reservation, u64, usize)>,
}

struct World {
    now: u64,
    terms: Terms,
    state: State,
    holders: Vec<Holder>,
    /// Messages and answers that are on their way: of whom, which, what.
    messages: Vec<(String, u64, Sync)>,
    answers: Vec<(String, u64, SyncReply)>,
    spent: Vec<Spending>,
    counter: Rc<Counter>,
    crashes: usize,
    /// Holders have been silent for so long that leases have run out.
    was_silent: bool,
}

impl World {
    fn new(limit: u64) -> Self {
        let counter = Rc::new(Counter {
            id: "key/k/tokens/20s".into(),
            scope: Scope {
                kind: ScopeKind::Key,
                name: "k".into(),
            },
            measure: Measure::Tokens,
            limit,
            window: Window::Sliding(WINDOW),
            on_unavailable: OnUnavailable::Deny,
        });
        let mut world = Self {
            now: 1_000_000,
            terms: Terms {
                limit,
                span: Span::Sliding(WINDOW),
            },
            state: State::default(),
            holders: Vec::new(),
            messages: Vec::new(),
            answers: Vec::new(),
            spent: Vec::new(),
            counter,
            crashes: 0,
            was_silent: false,
        };
        for number in 0..HOLDERS {
            let holder = world.holder(number);
            world.holders.push(holder);
        }
        world
    }

    fn holder(&self, number: usize) -> Holder {
        let name = format!("{number}-{}", self.crashes);
        let mut limiter = Limiter::new(name.clone());
        let slot = limiter.register(&self.counter);
        let number = u64::try_from(number).unwrap();
        Holder {
            name,
            limiter,
            slot,
            offset: 1 + number * 77_777_777,
            drift: 1_000 + number * 20,
            waiting: VecDeque::new(),
            under_way: VecDeque::new(),
        }
    }

    /// The time by a holder's clock.
    fn clock(&self, holder: usize) -> Timestamp {
        let holder = &self.holders[holder];
        let passed = (self.now - 1_000_000) * holder.drift / 1_000;
        Timestamp((holder.offset + passed) * 1_000_000)
    }

    fn go(&mut self, step: Step) {
        match step {
            Step::Ask(holder, units) => self.admit(holder, units, false),
            Step::End(holder, percent) => self.end(holder, percent),
            Step::Send(holder) => self.send(holder),
            Step::Deliver(which, again) => self.deliver(which, again),
            Step::Lose(which) => self.lose(which),
            Step::Answer(which) => self.answer(which),
            Step::Pass(time) => self.pass(time),
            Step::Crash(holder) => {
                self.crashes += 1;
                self.holders[holder] = self.holder(holder);
            }
        }
    }

    fn admit(&mut self, number: usize, units: u64, was_asked: bool) {
        let now = self.clock(number);
        let holder = &mut self.holders[number];
        let demand = Demand {
            slot: holder.slot,
            units,
        };
        match holder.limiter.admit(&[demand], was_asked, now) {
            Admission::Granted(reservation) => {
                let index = self.spent.len();
                holder.under_way.push_back((reservation, units, index));
                self.spent.push(Spending {
                    began: self.now,
                    ended: None,
                    amount: units,
                });
            }
            Admission::Wait(sync) => holder.waiting.push_back((sync, units)),
            Admission::Refused(_) => {}
        }
    }

    fn end(&mut self, number: usize, percent: u64) {
        let holder = &mut self.holders[number];
        let Some((reservation, units, index)) = holder.under_way.pop_front() else {
            return;
        };
        let amount = units * percent / 100;
        holder.limiter.settle(&reservation, |_| amount);
        self.spent[index].amount = amount;
        self.spent[index].ended = Some(self.now);
    }

    fn send(&mut self, number: usize) {
        let now = self.clock(number);
        let holder = &mut self.holders[number];
        if let Some((sync, message)) = holder.limiter.sync(now) {
            self.messages.push((holder.name.clone(), sync, message));
        }
    }

    fn deliver(&mut self, which: usize, again: Again) {
        if self.messages.is_empty() {
            return;
        }
        let which = which % self.messages.len();
        let (name, number, message) = match again {
            Again::Yes => self.messages[which].clone(),
            Again::No => self.messages.remove(which),
        };
        let grants = message.counters.iter().map(|report| {
            let state = &mut self.state;
            state.apply(&self.terms, &name, report, self.now)
        });
        let reply = SyncReply {
            valid_ms: VALID_MS,
            grants: grants.collect(),
            unavailable: vec![],
        };
        self.answers.push((name, number, reply));
    }

    fn lose(&mut self, which: usize) {
        if self.messages.is_empty() {
            return;
        }
        let (name, _, _) = self.messages.remove(which % self.messages.len());
        if let Some(number) = self.alive(&name) {
            let now = self.clock(number);
            self.holders[number].limiter.failed(now);
            self.wake(number);
        }
    }

    fn answer(&mut self, which: usize) {
        if self.answers.is_empty() {
            return;
        }
        let (name, sync, reply) = self.answers.remove(which % self.answers.len());
        let Some(number) = self.alive(&name) else {
            return;
        };
        // Envoy gives up on a callout once: what comes later reaches nobody.
        if self.holders[number].limiter.is_over(sync) {
            return;
        }
        let now = self.clock(number);
        self.holders[number].limiter.answered(&reply, now);
        self.wake(number);
    }

    fn alive(&self, name: &str) -> Option<usize> {
        self.holders.iter().position(|holder| holder.name == name)
    }

    fn wake(&mut self, number: usize) {
        for _ in 0..self.holders[number].waiting.len() {
            let Some((sync, units)) = self.holders[number].waiting.pop_front() else {
                return;
            };
            if self.holders[number].limiter.is_over(sync) {
                self.admit(number, units, true);
            } else {
                self.holders[number].waiting.push_back((sync, units));
            }
        }
    }

    fn pass(&mut self, time: u64) {
        self.now += time;
        self.was_silent |= time > 3_000;
        for number in 0..self.holders.len() {
            let now = self.clock(number);
            self.holders[number].limiter.tick(now);
        }
    }

    /// The most that was spent within the window that ends now, each request counted when it began, or
    /// when it ended. What was under way when a lease ran out was counted then, and may end much later.
    fn spent(&self) -> u64 {
        let since = self.now - WINDOW;
        let sum = |when: fn(&Spending) -> u64| -> u64 {
            let within = self.spent.iter().filter(|one| when(one) > since);
            within.map(|one| one.amount).sum()
        };
        let by_beginning = sum(|one| one.began);
        if self.was_silent {
            return by_beginning;
        }
        by_beginning.max(sum(|one| one.ended.unwrap_or(one.began)))
    }

    fn check(&self) -> Result<(), String> {
        let (spent, limit) = (self.spent(), self.terms.limit);
        if spent > limit {
            return Err(format!("{spent} of {limit} were spent"));
        }
        let sum = self.state.used() + self.state.outstanding();
        if sum > limit {
            return Err(format!("{sum} of {limit} are counted"));
        }
        Ok(())
    }
}

/// What both holders do at first, so that the short histories below begin where it matters.
const BEGINNING: &[Step] = &[
    Step::Ask(0, 2),
    Step::Send(0),
    Step::Deliver(0, Again::No),
    Step::Answer(0),
    Step::Ask(1, 1),
    Step::Send(1),
    Step::Deliver(0, Again::No),
];

const ALPHABET: &[Step] = &[
    Step::Ask(0, 1),
    Step::Ask(1, 2),
    Step::End(0, 50),
    Step::End(1, 100),
    Step::Send(0),
    Step::Send(1),
    Step::Deliver(0, Again::No),
    Step::Deliver(0, Again::Yes),
    Step::Lose(0),
    Step::Answer(0),
    Step::Pass(600),
    Step::Pass(VALID_MS + MARGIN_MS + 1),
    Step::Crash(0),
];

/// All histories of five steps after the beginning: 371,293 of them.
#[test]
fn no_short_history_passes_the_limit() {
    const DEPTH: u32 = 5;
    let count = ALPHABET.len().pow(DEPTH);
    for history in 0..count {
        let mut world = World::new(4);
        for step in BEGINNING {
            world.go(*step);
        }
        let mut rest = history;
        for _ in 0..DEPTH {
            world.go(ALPHABET[rest % ALPHABET.len()]);
            rest /= ALPHABET.len();
            if let Err(problem) = world.check() {
                panic!("history {history}: {problem}");
            }
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    let holder = 0..HOLDERS;
    let again = prop_oneof![4 => Just(Again::No), 1 => Just(Again::Yes)];
    prop_oneof![
        6 => (holder.clone(), 1..8u64).prop_map(|(holder, units)| Step::Ask(holder, units)),
        5 => (holder.clone(), 0..=100u64).prop_map(|(holder, part)| Step::End(holder, part)),
        5 => holder.clone().prop_map(Step::Send),
        5 => (0..4usize, again).prop_map(|(which, again)| Step::Deliver(which, again)),
        1 => (0..4usize).prop_map(Step::Lose),
        5 => (0..4usize).prop_map(Step::Answer),
        4 => prop_oneof![1..300u64, 300..3_000u64, 9_000..14_000u64].prop_map(Step::Pass),
        1 => holder.prop_map(Step::Crash),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_long_history_passes_the_limit(
        steps in prop::collection::vec(step(), 1..300),
        limit in prop_oneof![1..10u64, 10..200u64],
    ) {
        let mut world = World::new(limit);
        for step in &steps {
            world.go(*step);
            if let Err(problem) = world.check() {
                prop_assert!(false, "{problem} after {step:?}");
            }
        }
    }
}

/// Where nothing goes wrong, nearly all of the limit can be used.
#[test]
fn all_of_the_limit_can_be_used() {
    let mut world = World::new(1_000);
    for _ in 0..4_000 {
        for holder in 0..HOLDERS {
            world.go(Step::Ask(holder, 3));
            world.go(Step::Send(holder));
            world.go(Step::Deliver(0, Again::No));
            world.go(Step::Answer(0));
            world.go(Step::End(holder, 100));
        }
        world.pass(10);
        world.check().unwrap();
    }
    let half_minute = Duration::from_secs(20).as_millis();
    let since = world.now - u64::try_from(half_minute).unwrap();
    let late = world.spent.iter().filter(|one| one.began > since);
    let used: u64 = late.map(|one| one.amount).sum();
    assert!(used >= 950, "{used} of 1000");
}
