//! Which plugin instance asks the sidecar, and what of it is not answered yet.
//!
//! There are several instances while requests of an earlier configuration are under way, and each may
//! outlive the others. An answer comes to the one that has asked, if that is still there.

use std::cell::RefCell;

use super::contexts::{self, Callee};

thread_local! {
    /// The plugin instances with limits, in the order in which they were configured.
    static SENDERS: RefCell<Vec<u32>> = RefCell::default();
    static SENT: RefCell<Vec<Sent>> = RefCell::default();
}

/// What was sent and is not answered.
#[derive(Debug, Clone, Copy)]
struct Sent {
    by: u32,
    /// The host's name of it.
    token: u32,
    what: Callee,
}

/// This plugin instance may send from now on.
pub(super) fn add(context: u32) {
    SENDERS.with_borrow_mut(|senders| {
        senders.retain(|known| *known != context);
        senders.push(context);
    });
}

/// The one that sends: the last that was configured, of those that are there.
pub(super) fn current() -> Option<u32> {
    SENDERS.with_borrow(|senders| senders.last().copied())
}

/// It has sent something.
pub(super) fn sent(by: u32, token: u32, what: Callee) {
    SENT.with_borrow_mut(|all| all.push(Sent { by, token, what }));
    contexts::called_out(token, what);
}

/// There is an answer. Of each kind, one question is under way.
pub(super) fn answered(what: Callee) {
    SENT.with_borrow_mut(|all| all.retain(|sent| sent.what != what));
}

/// A plugin instance is gone. Returns what it has sent that will not be answered.
pub(super) fn gone(context: u32) -> Vec<Callee> {
    SENDERS.with_borrow_mut(|senders| senders.retain(|known| *known != context));
    let (lost, rest): (Vec<_>, _) = SENT
        .take()
        .into_iter()
        .partition(|sent: &Sent| sent.by == context);
    SENT.set(rest);
    for sent in &lost {
        contexts::never_answered(sent.token);
    }
    lost.into_iter().map(|sent| sent.what).collect()
}
