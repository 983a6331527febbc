//! What the sidecar costs at 5,000 requests a second: CPU of the real process, by the kernel's count.
//!
//! `cargo bench --profile tool -p tidegate-sidecar --bench cost` (with `-- 30` for 30 s a case).
//! Eight workers send a sync for every 100 requests, each on eight counters, and their rows of the
//! ledger in batches of 100. Limits are kept in the sidecar's memory, then in a real Redis; rows in
//! SQLite, then in a real PostgreSQL.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    reason = "a measurement that cannot be made has to stop, and says what it finds"
)]

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

#[path = "../tests/database/cluster.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod cluster;
#[path = "../tests/redis_server/mod.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod redis_server;

use cluster::Cluster;
use redis_server::RedisServer;

const REQUESTS_A_SECOND: u32 = 5_000;
const REQUESTS_A_SYNC: u32 = 100;
const COUNTERS: usize = 8;
const WORKERS: usize = 8;
/// Ticks of `/proc/PID/stat`; 100 a second on every Linux that Envoy runs on.
const TICKS_A_SECOND: f64 = 100.0;

fn main() {
    let mut seconds = std::env::args().filter_map(|argument| argument.parse().ok());
    let time = Duration::from_secs(seconds.next_back().unwrap_or(10));
    println!("{:32} {:>12} {:>14}", "", "of one core", "µs of CPU each");
    let (redis, postgres) = (RedisServer::start(&[]), Cluster::start());
    let alone = Stores::default();
    let in_redis = Stores {
        redis: Some(&redis),
        ..alone
    };
    let in_postgres = Stores {
        postgres: Some(&postgres),
        ..in_redis
    };
    let [syncs, rows, both] = [(true, false), (false, true), (true, true)];
    let case = |what: &str, stores, load| measure(what, stores, load, time);
    case("syncs, in memory", alone, syncs);
    case("syncs, in Redis", in_redis, syncs);
    case("rows, in SQLite", alone, rows);
    case("rows, in PostgreSQL", in_postgres, rows);
    case("both, in memory and SQLite", alone, both);
    case("both, in Redis and SQLite", in_redis, both);
    case("both, in Redis and PostgreSQL", in_postgres, both);
}

/// Servers beside the sidecar.
#[derive(Clone, Copy, Default)]
struct Stores<'a> {
    redis: Option<&'a RedisServer>,
    postgres: Option<&'a Cluster>,
}

fn measure(what: &str, stores: Stores, (syncs, rows): (bool, bool), time: Duration) {
    let folder = tempfile::tempdir().unwrap();
    let mut sidecar = start(folder.path(), stores);
    let socket = folder.path().join("sidecar.sock");
    let mut workers: Vec<_> = (0..WORKERS)
        .map(|place| Worker::new(&socket, place))
        .collect();
    workers.iter_mut().for_each(Worker::sync);
    workers.iter_mut().for_each(Worker::rows);
    let redis = stores.redis.filter(|_| syncs);
    let redis_before = redis.map(|server| cpu(server.pid()));
    let before = cpu(sidecar.id());
    let rounds = drive(&mut workers, (syncs, rows), time);
    let spent = cpu(sidecar.id()) - before;
    report(what, spent, rounds, time);
    if let (Some(server), Some(before)) = (redis, redis_before) {
        report("  Redis itself", cpu(server.pid()) - before, rounds, time);
    }
    stop(&mut sidecar);
}

/// Sends at the pace of the load; returns how many rounds there were.
fn drive(workers: &mut [Worker], (syncs, rows): (bool, bool), time: Duration) -> u32 {
    let gap = Duration::from_secs(1) * REQUESTS_A_SYNC / REQUESTS_A_SECOND;
    let begin = Instant::now();
    let mut rounds = 0;
    while begin.elapsed() < time {
        let worker = &mut workers[usize::try_from(rounds).unwrap() % WORKERS];
        if syncs {
            worker.sync();
        }
        if rows {
            worker.rows();
        }
        rounds += 1;
        std::thread::sleep((gap * rounds).saturating_sub(begin.elapsed()));
    }
    rounds
}

fn report(what: &str, spent: f64, rounds: u32, time: Duration) {
    let part = spent / time.as_secs_f64() * 100.0;
    let each = spent / f64::from(rounds) * 1e6;
    println!("{what:32} {part:>10.2} % {each:>14.0}");
}

/// CPU seconds of a process so far, in the kernel and out of it.
fn cpu(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let fields: Vec<_> = fields.split_whitespace().collect();
    let ticks: u64 = fields[11..13]
        .iter()
        .map(|ticks| ticks.parse::<u64>().unwrap())
        .sum();
    ticks as f64 / TICKS_A_SECOND
}

fn start(folder: &Path, stores: Stores) -> Child {
    let sqlite = || json!({"sqlite": folder.join("ledger.db")});
    let postgres = |server: &Cluster| json!({"postgres": server.url("postgres")});
    let database = stores.postgres.map_or_else(sqlite, postgres);
    let counter = |place: usize| {
        json!({
            "id": id(place), "scope": {"kind": "key", "name": "bench"}, "measure": "requests",
            "limit": 1_000_000_000, "window": {"sliding": 60_000}, "on_unavailable": "deny",
        })
    };
    let config = json!({
        "listen": {"unix": folder.join("sidecar.sock")},
        "admin": "127.0.0.1:0",
        "admin_token_env": "TIDEGATE_ADMIN_TOKEN",
        "counters": (0..COUNTERS).map(counter).collect::<Vec<_>>(),
        "redis": stores.redis.map(RedisServer::url),
        "database": database,
        "retention_days": 30,
    });
    let file = folder.join("sidecar.json");
    std::fs::write(&file, config.to_string()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate-sidecar"));
    command.arg("-c").arg(file).args(["--log", "warn"]);
    command
        .env("TIDEGATE_ADMIN_TOKEN", "only-for-this-measurement")
        .stdin(Stdio::null());
    command.spawn().unwrap()
}

fn stop(sidecar: &mut Child) {
    sidecar.kill().unwrap();
    sidecar.wait().unwrap();
}

fn id(place: usize) -> String {
    format!("key/bench/requests/{place}")
}

/// A worker's VM, as the sidecar sees it.
struct Worker {
    name: String,
    stream: UnixStream,
    leases: Vec<u64>,
    settled: u64,
    /// Begins the ids of its requests, as of a real worker's.
    seed: String,
    rows: usize,
}

impl Worker {
    fn new(socket: &Path, place: usize) -> Self {
        let stream = (0..400).find_map(|_| {
            std::thread::sleep(Duration::from_millis(10));
            UnixStream::connect(socket).ok()
        });
        Self {
            name: format!("worker-{place}"),
            stream: stream.unwrap(),
            leases: vec![0; COUNTERS],
            settled: 0,
            seed: seed(),
            rows: 0,
        }
    }

    fn sync(&mut self) {
        let report = |(place, lease): (usize, &u64)| {
            json!({
                "id": id(place), "lease": lease, "settled": self.settled, "returned": 0,
                "least": 0, "need": 0, "want": 200,
            })
        };
        let counters: Vec<_> = self.leases.iter().enumerate().map(report).collect();
        let body = json!({"holder": self.name, "counters": counters}).to_string();
        let (status, answer) = self.post("/v1/sync", &body);
        assert_eq!(status, 200, "{answer}");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let grants = answer["grants"].as_array().unwrap();
        assert_eq!(grants.len(), COUNTERS, "{answer}");
        let numbers = grants.iter().map(|grant| grant["lease"].as_u64().unwrap());
        self.leases = numbers.collect();
        self.settled += u64::from(REQUESTS_A_SYNC);
    }

    fn rows(&mut self) {
        let mut body = String::new();
        for _ in 0..REQUESTS_A_SYNC {
            self.rows += 1;
            body += &self.row().to_string();
            body.push('\n');
        }
        let (status, answer) = self.post("/v1/ledger", &body);
        assert_eq!(status, 200, "{answer}");
    }

    fn row(&self) -> Value {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let now = u64::try_from(now.unwrap().as_millis()).unwrap();
        let tokens = json!({"input": 812, "output": 190});
        json!({
            "request_id": format!("req_{}{:08x}", self.seed, self.rows), "ended_ms": now,
            "duration_us": 812_345, "endpoint": "chat.completions", "key_id": "bench",
            "team": "research", "organization": "acme", "model": "smart", "provider": "openai",
            "served_model": "gpt-4o", "stream": true, "status": 200, "outcome": "answered",
            "first_token_us": 212_345, "tokens": tokens, "cost_pico_usd": 3_930_000_000_u64,
            "price_version": "genai-prices 0.2.1",
            "attempts": [{
                "provider": "openai", "model": "gpt-4o", "status": 200, "duration_us": 810_000,
                "tokens": tokens, "cost_pico_usd": 3_930_000_000_u64,
            }],
        })
    }

    fn post(&mut self, path: &str, body: &str) -> (u16, String) {
        let length = body.len();
        let head =
            format!("POST {path} HTTP/1.1\r\nhost: sidecar\r\ncontent-length: {length}\r\n\r\n");
        self.stream.write_all((head + body).as_bytes()).unwrap();
        let mut answer = Vec::new();
        let mut chunk = [0; 16_384];
        loop {
            let read = self.stream.read(&mut chunk).unwrap();
            assert!(read > 0, "the sidecar is gone");
            answer.extend_from_slice(&chunk[..read]);
            let text = std::str::from_utf8(&answer).unwrap();
            if let Some(whole) = whole(text) {
                return whole;
            }
        }
    }
}

fn seed() -> String {
    let mut seed = [0; 8];
    getrandom::fill(&mut seed).unwrap();
    seed.map(|byte| format!("{byte:02x}")).concat()
}

/// Status and body of an answer that has come wholly.
fn whole(text: &str) -> Option<(u16, String)> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    let length = lines.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length: usize = length.map_or(Some(0), |(_, length)| length.parse().ok())?;
    (body.len() == length).then(|| (status, body.to_owned()))
}
