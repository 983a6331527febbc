//! A cluster of three masters.

use std::sync::Arc;
use std::time::Duration;

use redis::cluster_routing::Slot;

use crate::clock::SystemClock;
use crate::limits::{Span, Terms};
use crate::store::redis::script::keys;
use crate::store::tests::redis_server::RedisServer;
use crate::store::tests::stage::ask;
use crate::store::{Answer, Ask, LimitStore as _, Redis};

const RANGES: [(u16, u16); 3] = [(0, 5_460), (5_461, 10_922), (10_923, 16_383)];

fn start() -> Vec<RedisServer> {
    let node =
        |_| RedisServer::start(&["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"]);
    let nodes: Vec<_> = (0..3).map(node).collect();
    for (node, (first, last)) in nodes.iter().zip(RANGES) {
        assert_eq!(
            node.say(&format!("CLUSTER ADDSLOTSRANGE {first} {last}")),
            "+OK"
        );
        let meet = format!("CLUSTER MEET 127.0.0.1 {}", nodes[0].port());
        assert_eq!(node.say(&meet), "+OK");
    }
    wait_for(&nodes);
    nodes
}

/// Until every node says that all is well and all slots can be asked.
fn wait_for(nodes: &[RedisServer]) {
    for _ in 0..600 {
        let well = |node: &RedisServer| node.say_all("CLUSTER INFO").contains("cluster_state:ok");
        let knows = |node: &RedisServer| node.say_all("CLUSTER SLOTS").starts_with("*3");
        if nodes.iter().all(|node| well(node) && knows(node)) {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the cluster does not come up");
}

fn asks() -> Vec<Ask> {
    let terms = Terms {
        limit: 10,
        span: Span::Sliding(60_000),
    };
    let report = |number| ask(&format!("key/{number}/requests/60s"), 0, 1);
    (0..30)
        .map(|number| Ask {
            terms,
            report: report(number),
        })
        .collect()
}

/// Seeds what is not there; returns how many were not.
async fn seed(redis: &Redis, asks: &[Ask]) -> usize {
    let mut unseeded = 0;
    for (ask, answer) in asks.iter().zip(redis.apply("a", asks).await) {
        if let Answer::Unseeded(memo) = answer {
            redis.admit(&memo.server).await.unwrap();
            let seeding = redis.seed(&memo.server, &ask.report.id, &ask.terms, &[]);
            seeding.await.unwrap();
            unseeded += 1;
        }
    }
    unseeded
}

fn place(ask: &Ask) -> usize {
    let [key, _] = keys(&ask.report.id);
    let on = |&(first, last): &(u16, u16)| {
        (first..=last).any(|slot| Slot::new(slot) == Some(Slot::for_key(&key)))
    };
    RANGES.iter().position(on).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counters_live_on_all_nodes_and_one_that_is_lost_loses_its_own_only() {
    let mut nodes = start();
    let redis = Redis::new(&nodes[1].url(), Arc::new(SystemClock::start())).unwrap();
    let asks = asks();
    assert_eq!(seed(&redis, &asks).await, 30);
    let answers = redis.apply("a", &asks).await;
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer, Answer::Grant(_)))
    );
    assert_eq!(redis.servers().await.len(), 3);
    assert!(redis.servers().await.iter().all(|memo| memo.admitted));

    nodes[2].kill();
    nodes[2].start_again();
    wait_for(&nodes);
    redis.apply("a", &asks).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let answers = redis.apply("a", &asks).await;
    for (ask, answer) in asks.iter().zip(answers) {
        match answer {
            Answer::Grant(_) => assert_ne!(place(ask), 2, "{ask:?}"),
            Answer::Unseeded(memo) => assert_eq!((place(ask), memo.admitted), (2, false)),
            Answer::Away => panic!("{ask:?} is away"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_that_moved_is_followed() {
    let nodes = start();
    let redis = Redis::new(&nodes[0].url(), Arc::new(SystemClock::start())).unwrap();
    let asks = asks();
    assert_eq!(redis.servers().await.len(), 3);
    let moved = asks.iter().find(|ask| place(ask) == 0).unwrap();
    let [key, _] = keys(&moved.report.id);
    let slot = nodes[0].say(&format!("CLUSTER KEYSLOT {key}"));
    let owner = nodes[1].say_all("CLUSTER MYID");
    let owner = owner.lines().nth(1).unwrap().to_owned();
    let slot = slot.trim_start_matches(':');
    for node in [&nodes[1], &nodes[0], &nodes[2]] {
        assert_eq!(
            node.say(&format!("CLUSTER SETSLOT {slot} NODE {owner}")),
            "+OK"
        );
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let one = std::slice::from_ref(moved);
    assert_eq!(redis.apply("a", one).await, [Answer::Away]);
    assert_eq!(seed(&redis, one).await, 1);
    assert!(matches!(redis.apply("a", one).await[0], Answer::Grant(_)));
}
