//! What one worker knows of its targets: how many requests are under way, how fast they answer, which
//! are to be left alone, and what is left of quotas with their providers.
//!
//! It outlives plugin instances, which come and go with the configuration. Workers tell each other
//! what they know by [`report`]s.

mod cooldown;
mod ewma;
pub mod peers;
mod pending;
mod quota;
pub mod report;
mod tally;
pub mod told;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

pub use cooldown::{Cooldown, Failure, Health};
pub use ewma::Ewma;
pub use quota::{Exhausted, Quota};
pub use tally::{Reading, Tally, Verdict};

use crate::clock::{SteadyClock, Timestamp};
use crate::config::routing::Cooldowns;
use crate::config::runtime::RETRY_BUDGET;
use pending::{Pending, Seat};
use report::Abroad;

/// Retries that may be made before a hundred requests have been seen.
const FIRST_RETRIES: f64 = 10.0;

/// The place of a target on the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place(usize);

/// All targets of a worker.
#[derive(Debug)]
pub struct Board {
    clock: Rc<SteadyClock>,
    targets: RefCell<Vec<Known>>,
    places: RefCell<HashMap<String, Place>>,
    rules: RefCell<Cooldowns>,
    /// Retries of the same target that may be made now, and how many each request adds.
    retries: Cell<f64>,
    retries_each: Cell<f64>,
    random: Cell<u64>,
}

/// What is known of a target.
#[derive(Debug, Default)]
struct Known {
    id: Rc<str>,
    in_flight: u32,
    cooldown: Cooldown,
    first_token: Ewma,
    total: Ewma,
    output: Ewma,
    quota: Quota,
    pending: Pending,
    abroad: Abroad,
    tally: Tally,
}

/// What a strategy sees of a target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// Whether it may be tried.
    pub health: Health,
    /// Requests under way, everywhere.
    pub in_flight: u32,
    /// Whether its provider would refuse a request of this size.
    pub exhausted: Option<Exhausted>,
}

/// How a target has lately answered, by what is known everywhere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Means {
    /// Microseconds to the first token of a stream.
    pub first_token: Ewma,
    /// Microseconds to the end of a whole answer.
    pub total: Ewma,
    /// Output tokens of an answer.
    pub output: Ewma,
}

/// How long a target will probably take.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Forecast {
    /// Microseconds to a stream's first token, or to the end of a whole answer: by what is known, and
    /// by how long attempts under way have waited already. `None` where nothing is known.
    pub micros: Option<f64>,
    /// For how many fresh values what is known counts.
    pub weight: f64,
    /// Somebody waits for a first token already.
    pub is_awaited: bool,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ending {
    /// It was answered.
    Answered {
        /// Whether as a stream.
        stream: bool,
        /// How long until the first token, or the whole answer.
        first: Duration,
        /// Output tokens, where they are known.
        output: Option<u64>,
    },
    /// It failed.
    Failed(Failure),
    /// It says nothing of the target: the client left, or the request is at fault.
    Nothing,
}

impl Board {
    /// A board without targets; `seed` should be different in every worker.
    pub fn new(clock: &Rc<SteadyClock>, seed: u64) -> Rc<Self> {
        Rc::new(Self {
            clock: Rc::clone(clock),
            targets: RefCell::default(),
            places: RefCell::default(),
            rules: RefCell::default(),
            retries: Cell::new(FIRST_RETRIES),
            retries_each: Cell::new(f64::from(RETRY_BUDGET) / 100.0),
            random: Cell::new(seed | 1),
        })
    }

    /// The time by a clock that nobody sets.
    pub fn now(&self, wall: Timestamp) -> Timestamp {
        self.clock.now(wall)
    }

    /// Sets what counts for all targets from now on.
    pub fn set_rules(&self, rules: &Cooldowns, retry_budget: u32) {
        rules.clone_into(&mut self.rules.borrow_mut());
        self.retries_each.set(f64::from(retry_budget) / 100.0);
    }

    /// The place of a target, which is made where there is none. What is known of it stays.
    pub fn register(&self, id: &str) -> Place {
        let mut places = self.places.borrow_mut();
        if let Some(place) = places.get(id) {
            return *place;
        }
        let mut targets = self.targets.borrow_mut();
        let place = Place(targets.len());
        targets.push(Known {
            id: id.into(),
            ..Known::default()
        });
        places.insert(id.to_owned(), place);
        place
    }

    /// What is known of a target, for a request of about so many tokens.
    pub fn view(&self, place: Place, tokens: u64, now: Timestamp) -> Option<View> {
        let targets = self.targets.borrow();
        let known = targets.get(place.0)?;
        // Where no target is ever left alone, none is for its quota.
        let leaves_alone = self.rules.borrow().failures > 0;
        let exhausted = known.quota.exhausted(tokens, now);
        Some(View {
            health: known.cooldown.health(known.in_flight, now),
            in_flight: known.in_flight.saturating_add(known.abroad.in_flight),
            exhausted: exhausted.filter(|_| leaves_alone),
        })
    }

    /// How a target has lately answered.
    pub fn means(&self, place: Place, now: Timestamp) -> Option<Means> {
        let targets = self.targets.borrow();
        targets.get(place.0).map(|known| known.means(now))
    }

    /// How long a target will probably take: for a stream's first token, or a whole answer.
    pub fn forecast(&self, place: Place, stream: bool, now: Timestamp) -> Forecast {
        let targets = self.targets.borrow();
        let known = targets.get(place.0);
        known.map_or_else(Forecast::default, |known| known.forecast(stream, now))
    }

    /// A request is planned that begins here. Where the target has been left alone until now, it is
    /// the one that finds out whether it is well again.
    pub fn probe(&self, place: Place, now: Timestamp) {
        self.with(place, |known| {
            if known.cooldown.health(known.in_flight, now) == Health::HalfOpen {
                known.cooldown.probe(now);
            }
        });
    }

    /// What is done with what is known of a target, where there is such a one.
    fn with<T>(&self, place: Place, act: impl FnOnce(&mut Known) -> T) -> Option<T> {
        self.targets.borrow_mut().get_mut(place.0).map(act)
    }

    /// An attempt of about so many tokens begins. It counts until what is returned is dropped.
    pub fn begin(self: &Rc<Self>, place: Place, tokens: u64, now: Timestamp) -> Passage {
        let seat = self.with(place, |known| {
            known.in_flight = known.in_flight.saturating_add(1);
            known.quota.spend(tokens);
            let usual = known.first_token.mean().or(known.total.mean());
            known.pending.begin(usual, now)
        });
        Passage {
            board: Rc::clone(self),
            place,
            seat: seat.flatten(),
        }
    }

    /// An attempt has ended.
    pub fn ended(&self, place: Place, ending: Ending, now: Timestamp) {
        let jitter = self.random();
        let rules = self.rules.borrow();
        self.with(place, |known| match ending {
            Ending::Answered {
                stream,
                first,
                output,
            } => known.answered(stream, first, output, now),
            Ending::Failed(failure) => {
                if known.cooldown.failed(failure, &rules, jitter, now) {
                    known.tally.cooldowns = known.tally.cooldowns.saturating_add(1);
                }
            }
            Ending::Nothing => known.cooldown.said_nothing(),
        });
    }

    /// The provider has said what is left of our quota.
    pub fn quota(&self, place: Place, quota: Quota) {
        self.with(place, |known| known.quota = quota);
    }

    /// A request has been planned: it pays into the budget of retries.
    pub fn pay_for_retries(&self) {
        let most = FIRST_RETRIES.max(100.0 * self.retries_each.get());
        let paid = self.retries.get() + self.retries_each.get();
        self.retries.set(paid.min(most));
    }

    /// Whether a target may be tried again by the same request; never where the budget is nothing.
    pub fn may_retry(&self) -> bool {
        self.retries_each.get() > 0.0 && self.retries.get() >= 1.0
    }

    /// A target is tried again by the same request. Requests that were allowed to at the same time may
    /// use more than there is; what they owe is paid before others may.
    pub fn retried(&self) {
        self.retries.set(self.retries.get() - 1.0);
    }

    /// A number from 0 to 1: xorshift, good enough to spread what must not come together.
    pub fn random(&self) -> f64 {
        let mut x = self.random.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.random.set(x);
        // 53 bits are what a float holds exactly.
        (x >> 11) as f64 / (1u64 << 53) as f64
    }
}

impl Known {
    fn means(&self, now: Timestamp) -> Means {
        let abroad = &self.abroad;
        Means {
            first_token: self.first_token.with(&abroad.first_token, now),
            total: self.total.with(&abroad.total, now),
            output: self.output.with(&abroad.output, now),
        }
    }

    fn forecast(&self, stream: bool, now: Timestamp) -> Forecast {
        let Means {
            first_token, total, ..
        } = self.means(now);
        let known = if stream { first_token } else { total };
        let weight = known.weight(now);
        let micros = known.mean();
        Forecast {
            micros: micros.map(|mean| self.pending.expected(mean, weight, now)),
            weight,
            is_awaited: !self.pending.is_empty(),
        }
    }

    fn answered(&mut self, stream: bool, first: Duration, output: Option<u64>, now: Timestamp) {
        self.cooldown.succeeded(now);
        let micros = first.as_secs_f64() * 1e6;
        if stream {
            self.first_token.add(micros, now);
        } else {
            self.total.add(micros, now);
        }
        if let Some(output) = output {
            self.output.add(output as f64, now);
        }
    }
}

/// An attempt under way.
#[derive(Debug)]
pub struct Passage {
    board: Rc<Board>,
    place: Place,
    seat: Option<Seat>,
}

impl Passage {
    /// The board on which it counts.
    pub fn board(&self) -> &Rc<Board> {
        &self.board
    }

    /// Its first token has come.
    pub fn first_token_came(&self) {
        let seat = self.seat;
        self.board
            .with(self.place, |known| known.pending.done(seat));
    }

    /// Its target.
    pub fn place(&self) -> Place {
        self.place
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        let seat = self.seat;
        self.board.with(self.place, |known| {
            known.pending.done(seat);
            known.in_flight = known.in_flight.saturating_sub(1);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Tick;

    fn board() -> Rc<Board> {
        Board::new(&Rc::new(SteadyClock::new(Tick::default())), 7)
    }

    #[test]
    fn attempts_under_way_are_counted_until_they_are_gone() {
        let board = board();
        let place = board.register("a/x");
        assert_eq!(board.register("a/x"), place);
        let in_flight = || board.view(place, 0, Timestamp(0)).unwrap().in_flight;
        let passages = [(); 2].map(|()| board.begin(place, 0, Timestamp(0)));
        assert_eq!(in_flight(), 2);
        drop(passages);
        assert_eq!(in_flight(), 0);
    }

    #[test]
    fn retries_are_a_share_of_the_requests() {
        let board = board();
        let mut retries = 0;
        for _ in 0..10_000 {
            board.pay_for_retries();
            if board.may_retry() {
                board.retried();
                retries += 1;
            }
        }
        assert!((2_000..=2_020).contains(&retries), "{retries}");
        for _ in 0..100 {
            board.retried();
        }
        for _ in 0..400 {
            board.pay_for_retries();
            assert!(!board.may_retry(), "what is owed is paid first");
        }
        board.set_rules(&Cooldowns::off(), 0);
        assert!(!board.may_retry());
    }

    #[test]
    fn random_numbers_are_spread() {
        let board = board();
        let low = (0..10_000).filter(|_| board.random() < 0.25).count();
        assert!((2_300..2_700).contains(&low), "{low}");
    }
}
