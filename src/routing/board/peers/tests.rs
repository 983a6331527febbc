use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use super::*;
use crate::clock::{SteadyClock, Tick};
use crate::config::routing::Cause;
use crate::routing::board::{Ending, Failure, Health};

const SECOND: u64 = 1_000;

/// Envoy's shared data.
#[derive(Default)]
struct Data {
    values: RefCell<HashMap<String, (Vec<u8>, u32)>>,
    versions: Cell<u32>,
    writes: Cell<u32>,
}

impl SharedData for Data {
    fn get(&self, key: &str) -> Option<(Vec<u8>, u32)> {
        self.values.borrow().get(key).cloned()
    }

    fn set(&self, key: &str, value: &[u8], version: u32) -> bool {
        let mut values = self.values.borrow_mut();
        let there = values.get(key).map(|(_, version)| *version);
        if version != 0 && there.is_some_and(|there| there != version) {
            return false;
        }
        self.versions.set(self.versions.get() + 1);
        self.writes.set(self.writes.get() + 1);
        values.insert(key.to_owned(), (value.to_vec(), self.versions.get()));
        true
    }
}

/// A worker, whose clock began at another time than those of the others.
struct Worker {
    peers: Peers,
    board: Rc<Board>,
    origin: u64,
}

impl Worker {
    fn new(name: &str, origin: u64) -> Self {
        let board = Board::new(&Rc::new(SteadyClock::new(Tick::default())), 7);
        board.register("a/x");
        let peers = Peers::new(name.to_owned());
        Self {
            peers,
            board,
            origin,
        }
    }

    fn at(&self, ms: u64) -> Timestamp {
        Timestamp((self.origin + ms) * 1_000_000)
    }

    fn tick(&mut self, data: &Data, ms: u64) {
        self.peers.tick(&self.board, data, self.at(ms));
    }

    /// Ticks until then, each tenth of a second.
    fn run(&mut self, data: &Data, ms: std::ops::Range<u64>) {
        for ms in ms.step_by(100) {
            self.tick(data, ms);
        }
    }

    fn post(&mut self, data: &Data, ms: u64) -> Option<Report> {
        let body = self.peers.post(&self.board, data, self.at(ms))?;
        Some(serde_json::from_slice(&body).unwrap())
    }

    fn fails(&self, retry_after: u64, ms: u64) {
        let failure = Failure {
            cause: Cause::RateLimit,
            is_refusal: true,
            retry_after: Some(Duration::from_secs(retry_after)),
        };
        let place = self.board.register("a/x");
        let at = self.at(ms);
        self.board.ended(place, Ending::Failed(failure), at);
    }

    fn is_cooling(&self, ms: u64) -> bool {
        let view = self.board.view(self.board.register("a/x"), 0, self.at(ms));
        matches!(view.unwrap().health, Health::Cooling { .. })
    }

    fn in_flight(&self, ms: u64) -> u32 {
        let view = self.board.view(self.board.register("a/x"), 0, self.at(ms));
        view.unwrap().in_flight
    }
}

fn two() -> (Worker, Worker, Data) {
    let (one, other) = (Worker::new("one", 500), Worker::new("other", 9_000_000));
    (one, other, Data::default())
}

#[test]
fn a_cooldown_is_known_to_the_others_with_their_next_tick() {
    let (mut one, mut other, data) = two();
    one.tick(&data, 0);
    other.tick(&data, 50);
    one.fails(7, 60);
    one.tick(&data, 100);
    other.tick(&data, 150);
    assert!(other.is_cooling(7_000));
    assert!(
        !other.is_cooling(7_150),
        "it began 60 ms after the beginning"
    );
}

#[test]
fn what_is_read_again_and_again_does_not_go_on_for_longer() {
    let (mut one, mut other, data) = two();
    one.fails(7, 0);
    for ms in (0..7_000).step_by(100) {
        one.tick(&data, ms);
        other.tick(&data, ms + 99);
    }
    assert!(other.is_cooling(7_000) && !other.is_cooling(7_201));
    other.fails(1, 8_000);
    other.run(&data, 8_000..8_100);
    one.tick(&data, 8_100);
    assert!(one.is_cooling(8_500), "each tells what it has found");
}

#[test]
fn where_nothing_is_to_tell_nothing_is_written() {
    let (mut one, mut other, data) = two();
    one.run(&data, 0..10_000);
    other.run(&data, 0..10_000);
    assert_eq!(data.writes.get(), 0);
}

#[test]
fn what_does_not_change_is_written_each_two_seconds_only() {
    let (mut one, _, data) = two();
    let passage = one.board.begin(one.board.register("a/x"), 0, Timestamp(0));
    one.run(&data, 0..100);
    let before = data.writes.get();
    one.run(&data, 100..10_000);
    assert_eq!(data.writes.get() - before, 4);
    drop(passage);
    one.run(&data, 10_000..20_000);
    assert_eq!(data.writes.get() - before, 5, "that there is nothing more");
}

#[test]
fn who_is_killed_is_forgotten_by_all_and_leaves_the_list() {
    let (mut one, mut other, data) = two();
    let passage = one.board.begin(one.board.register("a/x"), 0, Timestamp(0));
    one.run(&data, 0..1_000);
    other.run(&data, 0..5_000);
    assert_eq!(other.in_flight(4_900), 1);
    other.run(&data, 5_000..5_200);
    assert_eq!(other.in_flight(5_100), 0);
    assert_eq!(data.get(TELLERS).unwrap().0, b"");
    assert_eq!(data.get(&key("one")).unwrap().0, b"");
    // It was only asleep.
    one.run(&data, 6_100..6_300);
    other.tick(&data, 6_300);
    assert_eq!(other.in_flight(6_300), 1);
    drop(passage);
}

#[test]
fn of_two_that_register_at_once_both_are_heard_in_the_end() {
    let (mut one, mut other, data) = two();
    let passages = [&one, &other].map(|worker| {
        let place = worker.board.register("a/x");
        worker.board.begin(place, 0, Timestamp(0))
    });
    one.tick(&data, 0);
    // As if it had read the list before.
    data.set(TELLERS, b"other", 0);
    other.tick(&data, 0);
    one.tick(&data, 100);
    other.tick(&data, 100);
    assert_eq!((one.in_flight(100), other.in_flight(100)), (2, 2));
    drop(passages);
}

#[test]
fn nonsense_in_the_shared_data_does_no_harm() {
    let (mut one, mut other, data) = two();
    data.set(TELLERS, b"one \xff\xfe", 0);
    one.tick(&data, 0);
    data.set(TELLERS, b"one nobody", 0);
    data.set(&key("one"), b"{", 0);
    data.set("tidegate/courier", b"\xff", 0);
    other.tick(&data, 0);
    assert_eq!(other.post(&data, 0), None);
    assert_eq!(other.in_flight(0), 0);
}

#[test]
fn one_worker_speaks_for_all_and_another_one_where_it_has_gone() {
    let (mut one, mut other, data) = two();
    one.fails(60, 0);
    one.tick(&data, 0);
    other.tick(&data, 0);
    assert_eq!((one.post(&data, 0), other.post(&data, 0)), (None, None));
    assert_eq!(other.post(&data, 100), None);
    let report = one.post(&data, 100).unwrap();
    assert_eq!(report.targets.len(), 1);
    for ms in (100..2_200).step_by(100) {
        other.tick(&data, ms);
        assert_eq!(other.post(&data, ms), None, "{ms}");
    }
    other.tick(&data, 2_200);
    let later = other.post(&data, 2_200).unwrap();
    assert_eq!(later.teller, report.teller, "the process has kept its name");
    assert_eq!(
        later.targets[0].id, "a/x",
        "also of what it has only heard here"
    );
    assert_eq!(one.post(&data, 2_400), None);
}

#[test]
fn the_courier_asks_three_times_a_second_and_at_once_after_a_cooldown() {
    let (mut one, mut other, data) = two();
    let mut posts = Vec::new();
    for ms in (0..2_000).step_by(100) {
        if ms == 1_700 {
            other.fails(60, ms);
            other.tick(&data, ms);
        }
        one.tick(&data, ms);
        if let Some(report) = one.post(&data, ms) {
            posts.push((ms, report.targets.len()));
            one.peers.answered(b"", &one.board, &data, one.at(ms));
        }
    }
    let usual = (100..1_700).step_by(300).map(|ms| (ms, 0));
    let expected: Vec<_> = usual.chain([(1_700, 1)]).collect();
    assert_eq!(posts, expected);
}

#[test]
fn it_does_not_ask_again_before_there_is_an_answer_or_none_comes() {
    let (mut one, _, data) = two();
    let posts: Vec<_> = (0..2_500)
        .step_by(100)
        .filter(|ms| one.post(&data, *ms).is_some())
        .collect();
    assert_eq!(posts, [100, 1_100, 2_100]);
}

#[test]
fn what_other_gateways_know_is_known_to_all_workers_and_is_not_told_back() {
    let (mut one, mut other, data) = two();
    one.post(&data, 0);
    one.post(&data, 100).unwrap();
    let answer = br#"{"targets":[
        {"id":"a/x","in_flight":3,"cooling_ms":60000,"told":true,"cause":"rate_limit"},
        {"id":"elsewhere/y","in_flight":1}
    ]}"#;
    one.peers.answered(answer, &one.board, &data, one.at(110));
    one.tick(&data, 200);
    other.tick(&data, 200);
    one.tick(&data, 300);
    for worker in [&one, &other] {
        assert!(worker.is_cooling(60_000) && !worker.is_cooling(60_400));
        assert_eq!(worker.in_flight(300), 3);
    }
    assert_eq!(one.post(&data, 400).unwrap().targets, []);
    let kept = data.get(&key(AFAR)).unwrap().0;
    assert!(!String::from_utf8(kept).unwrap().contains("elsewhere"));
}

#[test]
fn what_other_gateways_know_is_forgotten_where_the_sidecar_is_silent() {
    let (mut one, _, data) = two();
    one.post(&data, 0);
    one.post(&data, 100).unwrap();
    let answer = br#"{"targets":[{"id":"a/x","in_flight":3}]}"#;
    one.peers.answered(answer, &one.board, &data, one.at(100));
    one.run(&data, 200..5_000);
    assert_eq!(one.in_flight(5_000), 3);
    one.peers
        .answered(b"<html>", &one.board, &data, one.at(5_000));
    one.run(&data, 5_000..5 * SECOND + 500);
    assert_eq!(one.in_flight(5_500), 0);
}
