//! Talks to the sidecar for all plugin instances of this worker: syncs of limits, rows of the ledger,
//! keys that are made while the gateway runs, what is known of targets ([`targets`]).
//!
//! What is sent is sent by the plugin instance, not by a stream, which may be gone before the answer
//! is there. Streams that wait for a sync are woken in the order in which they came.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use super::abi::{self, Buffer, Failed, Map};
use super::contexts::{self, Callee};
use super::{host, metrics, senders, targets};
use crate::clock::Timestamp;
use crate::headers::Headers;
use crate::limiter::outbox::Said;
use crate::limiter::protocol::{KEYS_PATH, KeySet, LEDGER_PATH, SYNC_PATH, SyncReply};
use crate::limiter::{PATIENCE, Slot, Worker};
use crate::policies::auth::AddedKeys;
use crate::role::Common;

/// The sidecar's cluster, in which no filter of ours runs.
const CLUSTER: &str = "tidegate/sidecar";
/// Rows wait for a commit.
const LEDGER_PATIENCE: Duration = Duration::from_secs(5);
const KEYS_PATIENCE: Duration = Duration::from_secs(1);
/// Between questions for keys: a change is known within two seconds.
const KEYS_PAUSE: Duration = Duration::from_secs(1);
/// Ticks come from each gateway instance; there are two while a configuration changes.
const TICK: Duration = Duration::from_millis(90);

thread_local! {
    // Requests may come before the first tick.
    static COMMON: Common = Common::new(random_name(), seed(), host::tick().unwrap_or_default());
    /// Streams that wait, with the number of their sync.
    static WAITING: RefCell<VecDeque<(u64, u32)>> = RefCell::default();
    static LAST_TICK: Cell<Timestamp> = const { Cell::new(Timestamp(0)) };
    /// When to ask for keys next.
    static NEXT_KEYS: Cell<Timestamp> = const { Cell::new(Timestamp(0)) };
}

/// What this worker's plugin instances have in common.
pub(super) fn common() -> Common {
    COMMON.with(Common::clone)
}

fn added_keys() -> Rc<AddedKeys> {
    COMMON.with(|common| Rc::clone(&common.keys))
}

fn worker() -> Rc<Worker> {
    COMMON.with(|common| Rc::clone(&common.worker))
}

/// A plugin instance is gone: what it has sent will not be answered, and is sent again by another one
/// at its next tick.
pub(super) fn gone(context: u32) {
    let now = Timestamp(host::steady().unwrap_or_default());
    for callee in senders::gone(context) {
        COMMON.with(|Common { worker, board, .. }| match callee {
            Callee::Sync => worker.limiter.borrow_mut().lost(),
            Callee::Ledger => worker.outbox.borrow_mut().said(Said::Failed, now),
            Callee::Keys => NEXT_KEYS.set(Timestamp(0)),
            Callee::Targets => targets::lost(board, now),
            Callee::Stream(_) => {}
        });
    }
}

/// A stream waits for a sync; it goes out at once where none is under way.
pub(super) fn wait(number: u64, stream: u32, wall: Timestamp) {
    WAITING.with_borrow_mut(|waiting| waiting.push_back((number, stream)));
    let worker = worker();
    send_sync(&worker, worker.now(wall));
    host::act_for(stream);
}

/// A request has ended; what it has left is given back at once where others may want it.
pub(super) fn ended() {
    COMMON.with(|Common { worker, .. }| {
        if worker.limiter.borrow().has_settled()
            && let Some(steady) = host::steady()
        {
            send_sync(worker, Timestamp(steady));
        }
    });
}

/// A tick of a plugin instance.
pub(super) fn tick() {
    let Some(tick) = host::tick() else { return };
    let now = tick.steady;
    if now.since(LAST_TICK.get()) < TICK {
        return;
    }
    LAST_TICK.set(now);
    let Common { clock, board, .. } = common();
    clock.tick(tick);
    targets::tick(&board, now);
    metrics::tick(&board, now);
    if senders::current().is_none() {
        return;
    }
    let worker = worker();
    worker.limiter.borrow_mut().tick(now);
    wake(&worker);
    send_sync(&worker, now);
    send_rows(&worker, now);
    ask_for_keys(now);
    targets::post(&board, now);
}

/// The sidecar has answered, or has not.
pub(super) fn answered(callee: Callee, size: usize) {
    senders::answered(callee);
    let worker = worker();
    let now = Timestamp(host::steady().unwrap_or_default());
    let headers = host::headers(Map::CalloutResponse);
    let status = headers.text(":status").unwrap_or_default();
    match callee {
        Callee::Sync => {
            synced(&worker, status, size, now);
            // First those take who waited: what is left over may be given back at once.
            wake(&worker);
            send_sync(&worker, now);
        }
        Callee::Ledger => {
            worker.outbox.borrow_mut().said(kept(status), now);
            send_rows(&worker, now);
        }
        Callee::Keys => {
            NEXT_KEYS.set(now.after(KEYS_PAUSE));
            learn_keys(&worker, status, size);
        }
        Callee::Targets => targets::answered(&common().board, status, size, now),
        Callee::Stream(_) => {}
    }
}

fn synced(worker: &Worker, status: &str, size: usize, now: Timestamp) {
    let mut limiter = worker.limiter.borrow_mut();
    let body = abi::buffer(Buffer::CalloutResponseBody, 0, size).unwrap_or_default();
    let reply = serde_json::from_slice::<SyncReply>(&body);
    match reply {
        Ok(reply) if status == "200" => {
            limiter.answered(&reply, now);
        }
        _ => {
            log::warn!("the sidecar does not answer for limits: status `{status}`");
            limiter.failed(now);
        }
    }
}

fn kept(status: &str) -> Said {
    match status {
        "200" => Said::Kept,
        // The good rows are kept; the others never will be.
        "400" => {
            log::error!("the sidecar refuses rows of the ledger: see its log");
            Said::Kept
        }
        "413" => Said::TooLarge,
        _ => Said::Failed,
    }
}

fn send_sync(worker: &Worker, now: Timestamp) {
    let Some((_, sync)) = worker.limiter.borrow_mut().sync(now) else {
        return;
    };
    let Ok(body) = serde_json::to_vec(&sync) else {
        return;
    };
    if let Err(Failed(status)) = send(SYNC_PATH, &body, PATIENCE, Callee::Sync) {
        log::warn!("the sidecar cannot be asked for limits: status {status}");
        worker.limiter.borrow_mut().failed(now);
    }
}

fn send_rows(worker: &Worker, now: Timestamp) {
    let mut outbox = worker.outbox.borrow_mut();
    let lost = outbox.take_lost();
    let batch = outbox.batch(worker.is_quiet(), now);
    drop(outbox);
    if lost > 0 {
        log::error!(
            "{lost} rows of the ledger are lost: the sidecar has not taken rows for too long"
        );
    }
    let Some(rows) = batch else { return };
    let rows = rows.as_bytes();
    if send(LEDGER_PATH, rows, LEDGER_PATIENCE, Callee::Ledger).is_err() {
        worker.outbox.borrow_mut().said(Said::Failed, now);
    }
}

fn ask_for_keys(now: Timestamp) {
    if now < NEXT_KEYS.get() {
        return;
    }
    let path = format!("{KEYS_PATH}?version={}", added_keys().version());
    // There is an answer before that, but for a plugin instance that goes meanwhile.
    NEXT_KEYS.set(now.after(KEYS_PATIENCE * 2));
    if let Err(Failed(status)) = send(&path, &[], KEYS_PATIENCE, Callee::Keys) {
        log::warn!("the sidecar cannot be asked for keys: status {status}");
    }
}

/// Takes a new set of keys; what is known stays where there is none.
fn learn_keys(worker: &Worker, status: &str, size: usize) {
    if status != "200" {
        return;
    }
    let body = abi::buffer(Buffer::CalloutResponseBody, 0, size).unwrap_or_default();
    let learnt = serde_json::from_slice::<KeySet>(&body).map_err(|error| error.to_string());
    let learnt = learnt.and_then(|set| {
        let Some(keys) = set.keys else { return Ok(()) };
        let mut limiter = worker.limiter.borrow_mut();
        let counters = set.counters.into_iter();
        let slots: Vec<Slot> = counters
            .map(|counter| limiter.register(&Rc::new(counter)))
            .collect();
        added_keys().replace(set.version, keys, &slots)
    });
    if let Err(problem) = learnt {
        log::error!("the sidecar's keys cannot be used: {problem}");
    }
}

/// Sends a request to the sidecar: a GET where it has no body.
pub(super) fn send(
    path: &str,
    body: &[u8],
    patience: Duration,
    callee: Callee,
) -> Result<(), Failed> {
    const NO_SUCH_CONTEXT: Failed = Failed(1);
    let sender = senders::current().ok_or(NO_SUCH_CONTEXT)?;
    abi::act_for(sender)?;
    let mut headers = Headers::with_capacity(5, 128);
    let method = if body.is_empty() { "GET" } else { "POST" };
    for (name, value) in [
        (":method", method),
        (":authority", "tidegate-sidecar"),
        (":path", path),
        ("content-type", "application/json"),
    ] {
        headers.push(name, value);
    }
    let token = abi::http_call(CLUSTER, &headers.to_host(), body, patience)?;
    senders::sent(sender, token, callee);
    Ok(())
}

/// Lets those go on whose sync is over.
fn wake(worker: &Worker) {
    loop {
        let next = WAITING.with_borrow_mut(|waiting| {
            let (number, stream) = *waiting.front()?;
            let is_over = worker.limiter.borrow().is_over(number);
            is_over.then(|| {
                waiting.pop_front();
                stream
            })
        });
        let Some(stream) = next else { return };
        contexts::stream_answered(stream, super::http::HttpStream::synced);
    }
}

/// A name that nobody else has had: 128 bits of the host's randomness.
pub(super) fn random_name() -> String {
    format!("{:016x}{:016x}", seed(), seed())
}

/// 64 bits of the host's randomness.
fn seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}
