//! Whatever a network does to reports and answers, the limit holds: by the store's own sums and,
//! what counts, by a count of what holders really spent.

use proptest::prelude::*;
use tidegate::limiter::protocol::{Grant, Report};

use super::*;

const WINDOW: u64 = 20_000;
const START: u64 = 1_800_000_000_000;

/// A holder that keeps to the protocol, as the filter does (`tidegate::limiter`).
#[derive(Debug, Clone, Default)]
struct Holder {
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
    fn has(&self, now: u64) -> u64 {
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
enum Step {
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

fn step() -> impl Strategy<Value = Step> {
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

struct World {
    terms: Terms,
    now: u64,
    state: State,
    holders: Vec<Holder>,
    mail: Vec<UnderWay>,
    spent: Vec<(u64, u64)>,
    born: usize,
    /// Messages of a holder arrive in their order, and once.
    in_order: bool,
}

impl World {
    fn new(terms: Terms) -> Self {
        let mut world = Self {
            terms,
            now: START,
            state: State::default(),
            holders: vec![Holder::default(); 3],
            mail: Vec::new(),
            spent: Vec::new(),
            born: 0,
            in_order: false,
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

    fn go(&mut self, step: &Step) {
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

    /// What was under way before stays so, unless messages keep their order.
    fn talk(&mut self, who: usize, need: u64, heard: bool) {
        if self.in_order {
            self.mail.retain(|mail| mail.from != who);
        }
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
        let mut place = which.index(self.mail.len());
        if self.in_order {
            let from = self.mail[place].from;
            place = self.mail.iter().position(|mail| mail.from == from).unwrap();
        }
        let message = self.mail[place].clone();
        if !again || self.in_order {
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

    fn spent_since(&self, since: u64) -> u64 {
        let recent = self.spent.iter().filter(|(when, _)| *when >= since);
        recent.map(|(_, much)| much).sum()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn no_window_ever_sees_more_than_the_limit(
        steps in prop::collection::vec(step(), 1..120),
        limit in prop_oneof![1..30u64, 1..500u64],
    ) {
        let span = Span::Sliding(WINDOW);
        let mut world = World::new(Terms { limit, span });
        for step in &steps {
            world.go(step);
            let sum = world.state.used() + world.state.outstanding();
            prop_assert!(sum <= limit, "{sum} of {limit} after {step:?}");
            let spent = world.spent_since(world.now.saturating_sub(WINDOW - 1));
            prop_assert!(spent <= limit, "spent {spent} of {limit} after {step:?}");
        }
    }

    #[test]
    fn no_period_ever_sees_more_than_the_limit(
        steps in prop::collection::vec(step(), 1..120),
        limit in 1..500u64,
        length in 5_000..60_000u64,
    ) {
        let span = |now: u64| {
            let start = now - now % length;
            Span::Calendar(PeriodNow { start, ends_in_ms: start + length - now })
        };
        let mut world = World::new(Terms { limit, span: span(START) });
        for step in &steps {
            world.go(step);
            world.terms.span = span(world.now);
            let sum = world.state.used() + world.state.outstanding();
            prop_assert!(sum <= limit, "{sum} of {limit} after {step:?}");
        }
    }

    #[test]
    fn holders_never_have_more_slots_than_there_are(
        steps in prop::collection::vec(step(), 1..120),
        limit in 1..100u64,
    ) {
        let mut world = World::new(Terms { limit, span: Span::Held });
        world.in_order = true;
        for step in steps.iter().filter(|step| !matches!(step, Step::Spend(..))) {
            world.go(step);
            let held: u64 = world.holders.iter().map(|holder| holder.has(world.now)).sum();
            prop_assert!(held <= limit, "{held} of {limit} after {step:?}");
            prop_assert!(world.state.outstanding() <= limit);
        }
    }

    #[test]
    fn once_messages_pass_again_all_but_what_was_spent_comes_back(
        steps in prop::collection::vec(step(), 1..120),
        limit in 1..500u64,
    ) {
        let span = Span::Sliding(WINDOW);
        let mut world = World::new(Terms { limit, span });
        steps.iter().for_each(|step| world.go(step));
        world.now += VALID_MS + MARGIN_MS + WINDOW * 2;
        let nobody = Report::default();
        world.state.apply(&world.terms, "probe", &nobody, world.now);
        world.now += WINDOW * 2;
        let all = Report { least: limit, need: limit, want: limit, ..Report::default() };
        let grant = world.state.apply(&world.terms, "last", &all, world.now);
        prop_assert_eq!(grant.granted, limit);
    }
}
