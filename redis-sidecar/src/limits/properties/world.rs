//! Holders, a counter, and a network that loses, repeats and delays.

use proptest::prelude::*;
use tidegate::limiter::protocol::{Grant, Report};

use crate::limits::{State, Terms, VALID_MS};

pub(super) const START: u64 = 1_800_000_000_000;

/// A holder that keeps to the protocol, as the filter does (`tidegate::limiter`).
#[derive(Debug, Clone, Default)]
pub(super) struct Holder {
    name: String,
    /// Number of the report that it waits for; answers to older ones do not reach it.
    asked: u64,
    lease: u64,
    /// The newest lease that it has let go of.
    forgotten: u64,
    granted: u64,
    settled: u64,
    returned: u64,
    valid_until: u64,
}

impl Holder {
    pub(super) fn has(&self, now: u64) -> u64 {
        if now > self.valid_until {
            return 0;
        }
        self.granted - self.settled - self.returned
    }

    fn report(&self, least: u64, need: u64, want: u64) -> Report {
        Report {
            id: String::new(),
            lease: self.lease,
            settled: self.settled,
            returned: self.returned,
            least,
            need,
            want,
        }
    }

    /// A lease that has run out is let go of: what was under way settles with nobody.
    fn tick(&mut self, now: u64) {
        if self.lease != 0 && now > self.valid_until {
            self.forgotten = self.lease;
            (self.lease, self.granted) = (0, 0);
            (self.settled, self.returned) = (0, 0);
        }
    }

    fn hear(&mut self, grant: &Grant, sent: u64) {
        if grant.lease <= self.forgotten {
            return;
        }
        if grant.lease != self.lease {
            self.forgotten = self.lease;
            (self.lease, self.granted) = (grant.lease, 0);
            (self.settled, self.returned) = (0, 0);
        }
        self.granted = self.granted.max(grant.granted);
        self.valid_until = sent + VALID_MS;
    }
}

/// A message under way.
#[derive(Debug, Clone)]
enum Letter {
    Report(Report),
    Grant(Grant),
}

#[derive(Debug, Clone)]
struct UnderWay {
    from: usize,
    number: u64,
    name: String,
    sent: u64,
    letter: Letter,
}

#[derive(Debug, Clone)]
pub(super) enum Step {
    Pass(u64),
    Spend(usize, u64),
    GiveBack(usize, u64),
    Ask(usize, u64, u64, u64),
    /// A report arrives at once; its answer does, or never.
    Talk(usize, u64, bool),
    /// A message arrives; it may still arrive again.
    Deliver(prop::sample::Index, bool),
    Lose(prop::sample::Index),
    /// The holder dies and another takes its place.
    Replace(usize),
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let holder = 0..3usize;
    prop_oneof![
        3 => prop_oneof![0..300u64, 3_000..6_000u64, 0..15_000u64].prop_map(Step::Pass),
        4 => (holder.clone(), 1..40u64).prop_map(|(who, much)| Step::Spend(who, much)),
        1 => (holder.clone(), 1..40u64).prop_map(|(who, much)| Step::GiveBack(who, much)),
        5 => (holder.clone(), 0..20u64, 0..30u64, 0..90u64)
            .prop_map(|(who, least, need, want)| Step::Ask(who, least, need, want)),
        8 => (holder.clone(), 0..60u64, prop::bool::weighted(0.6))
            .prop_map(|(who, need, heard)| Step::Talk(who, need, heard)),
        8 => (any::<prop::sample::Index>(), prop::bool::weighted(0.2))
            .prop_map(|(which, again)| Step::Deliver(which, again)),
        1 => any::<prop::sample::Index>().prop_map(Step::Lose),
        1 => holder.prop_map(Step::Replace),
    ]
}

pub(super) struct World {
    pub(super) terms: Terms,
    pub(super) now: u64,
    pub(super) state: State,
    pub(super) holders: Vec<Holder>,
    mail: Vec<UnderWay>,
    spent: Vec<(u64, u64)>,
    born: usize,
}

impl World {
    pub(super) fn new(terms: Terms) -> Self {
        let mut world = Self {
            terms,
            now: START,
            state: State::default(),
            holders: vec![Holder::default(); 3],
            mail: Vec::new(),
            spent: Vec::new(),
            born: 0,
        };
        (0..3).for_each(|place| world.replace(place));
        world
    }

    fn replace(&mut self, place: usize) {
        self.born += 1;
        let name = format!("holder {}", self.born);
        self.holders[place] = Holder {
            name,
            ..Holder::default()
        };
    }

    pub(super) fn go(&mut self, step: &Step) {
        match step {
            Step::Pass(time) => {
                self.now += time;
                let now = self.now;
                self.holders.iter_mut().for_each(|holder| holder.tick(now));
            }
            Step::Spend(who, much) => {
                let much = self.holders[*who].has(self.now).min(*much);
                self.holders[*who].settled += much;
                self.spent.push((self.now, much));
            }
            Step::GiveBack(who, much) => {
                let much = self.holders[*who].has(self.now).min(*much);
                self.holders[*who].returned += much;
            }
            Step::Ask(who, least, need, want) => {
                let report = self.holders[*who].report(*least, *need, *want);
                self.post(*who, report);
            }
            Step::Talk(who, need, heard) => self.talk(*who, *need, *heard),
            Step::Deliver(which, again) => self.deliver(*which, *again),
            Step::Lose(which) if !self.mail.is_empty() => {
                self.mail.remove(which.index(self.mail.len()));
            }
            Step::Lose(_) => {}
            Step::Replace(place) => self.replace(*place),
        }
    }

    /// What was under way before stays so.
    fn talk(&mut self, who: usize, need: u64, heard: bool) {
        let report = self.holders[who].report(need.min(1), need, need * 2);
        self.post(who, report.clone());
        let sent = self.mail.pop().map_or(self.now, |mail| mail.sent);
        let name = self.holders[who].name.clone();
        let grant = self.state.apply(&self.terms, &name, &report, self.now);
        if heard {
            self.holders[who].hear(&grant, sent);
        }
    }

    fn post(&mut self, from: usize, report: Report) {
        let holder = &mut self.holders[from];
        holder.asked += 1;
        self.mail.push(UnderWay {
            from,
            number: holder.asked,
            name: holder.name.clone(),
            sent: self.now,
            letter: Letter::Report(report),
        });
    }

    fn deliver(&mut self, which: prop::sample::Index, again: bool) {
        if self.mail.is_empty() {
            return;
        }
        let place = which.index(self.mail.len());
        let message = self.mail[place].clone();
        if !again {
            self.mail.remove(place);
        }
        match &message.letter {
            Letter::Report(report) => {
                let name = &message.name;
                let grant = self.state.apply(&self.terms, name, report, self.now);
                let letter = Letter::Grant(grant);
                self.mail.push(UnderWay { letter, ..message });
            }
            Letter::Grant(grant) => {
                let holder = &mut self.holders[message.from];
                if (&holder.name, holder.asked) == (&message.name, message.number) {
                    holder.hear(grant, message.sent);
                }
            }
        }
    }

    pub(super) fn spent_since(&self, since: u64) -> u64 {
        let recent = self.spent.iter().filter(|(when, _)| *when >= since);
        recent.map(|(_, much)| much).sum()
    }
}
