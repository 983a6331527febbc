//! Carries what this worker knows of targets to the others of its process, by Envoy's shared data, and
//! to other gateways, by the sidecar. What is told, and when, is [`Peers`]' to say.

use std::cell::Cell;

use super::abi::{self, Buffer};
use super::contexts::Callee;
use super::sidecar;
use crate::clock::Timestamp;
use crate::limiter::PATIENCE;
use crate::routing::board::Board;
use crate::routing::board::peers::{Peers, SharedData};
use crate::routing::board::report::TARGETS_PATH;

thread_local! {
    static PEERS: Cell<Option<Peers>> =
        Cell::new(Some(Peers::new(sidecar::random_name())));
}

/// Envoy's shared data, which goes with the process.
struct Shared;

impl SharedData for Shared {
    fn get(&self, key: &str) -> Option<(Vec<u8>, u32)> {
        abi::shared_data(key).ok()
    }

    fn set(&self, key: &str, value: &[u8], version: u32) -> bool {
        abi::set_shared_data(key, value, version).is_ok()
    }
}

/// Tells the other workers, and learns from them.
pub(super) fn tick(board: &Board, now: Timestamp) {
    with_peers(|peers| peers.tick(board, &Shared, now));
}

/// Tells the other gateways, where that is this worker's part. A sidecar that cannot be asked is
/// complained of elsewhere.
pub(super) fn post(board: &Board, now: Timestamp) {
    let body = with_peers(|peers| peers.post(board, &Shared, now)).flatten();
    let Some(body) = body else { return };
    if sidecar::send(TARGETS_PATH, &body, PATIENCE, Callee::Targets).is_err() {
        lost(board, now);
    }
}

/// There will be no answer.
pub(super) fn lost(board: &Board, now: Timestamp) {
    with_peers(|peers| peers.answered(&[], board, &Shared, now));
}

/// The sidecar has answered, or has not.
pub(super) fn answered(board: &Board, status: &str, size: usize, now: Timestamp) {
    let body = match status {
        "200" => abi::buffer(Buffer::CalloutResponseBody, 0, size).unwrap_or_default(),
        _ => Vec::new(),
    };
    with_peers(|peers| peers.answered(&body, board, &Shared, now));
}

/// Nothing is borrowed while the host is called.
fn with_peers<T>(act: impl FnOnce(&mut Peers) -> T) -> Option<T> {
    PEERS.with(|cell| {
        let mut peers = cell.take()?;
        let done = act(&mut peers);
        cell.set(Some(peers));
        Some(done)
    })
}
