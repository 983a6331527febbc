//! What the host's numbers stand for: plugin instances and streams.
//!
//! No table is borrowed while a stream's machine runs, so that a host call may lead to other
//! callbacks. A number that is not known, or whose stream is at work, is not worth a trap: the
//! callback does nothing, and `exports` refuses the request.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;

use super::host;
use super::http::HttpStream;
use super::lines;
use super::root::Root;
use super::sidecar;

/// A table by the host's numbers, which count up: nobody can choose them to collide.
pub(super) type ByContext<T> = HashMap<u32, T, BuildHasherDefault<Spread>>;

thread_local! {
    static ROOTS: RefCell<ByContext<Root>> = RefCell::default();
    static STREAMS: RefCell<ByContext<Rc<RefCell<HttpStream>>>> = RefCell::default();
    /// Whom callouts under way belong to, by the host's tokens.
    static CALLOUTS: RefCell<ByContext<Callee>> = RefCell::default();
}

/// Whom a callout belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Callee {
    /// A stream.
    Stream(u32),
    /// The limiter of this worker.
    Sync,
    /// The ledger's rows of this worker.
    Ledger,
    /// The keys of this worker.
    Keys,
    /// What this process knows of targets.
    Targets,
}

/// A new plugin instance, or a new stream of one.
pub(super) fn create(context: u32, root: u32) {
    if root == 0 {
        ROOTS.with_borrow_mut(|roots| roots.insert(context, Root::default()));
        return;
    }
    let stream = ROOTS.with_borrow(|roots| roots.get(&root)?.stream(context));
    if let Some(stream) = stream {
        let stream = Rc::new(RefCell::new(stream));
        STREAMS.with_borrow_mut(|streams| streams.insert(context, stream));
    }
}

/// Gives a plugin instance its configuration; says whether it can be used.
pub(super) fn configure(context: u32, size: usize) -> bool {
    ROOTS.with_borrow_mut(|roots| {
        let root = roots.get_mut(&context);
        root.is_some_and(|root| root.configure(context, size))
    })
}

/// Calls a stream.
pub(super) fn with_stream<T>(
    context: u32,
    callback: impl FnOnce(&mut HttpStream) -> T,
) -> Option<T> {
    let stream = STREAMS.with_borrow(|streams| streams.get(&context).map(Rc::clone))?;
    let mut stream = stream.try_borrow_mut().ok()?;
    Some(callback(&mut stream))
}

/// A callout is under way.
pub(super) fn called_out(token: u32, callee: Callee) {
    CALLOUTS.with_borrow_mut(|callouts| callouts.insert(token, callee));
}

/// A callout will not be answered.
pub(super) fn never_answered(token: u32) {
    CALLOUTS.with_borrow_mut(|callouts| callouts.remove(&token));
}

/// Tells whom a callout belongs to of its answer. The host names the plugin instance only, and takes
/// what is done now for that one's unless told otherwise. A stream that is gone hears nothing.
pub(super) fn answered(token: u32, size: usize) {
    match CALLOUTS.with_borrow_mut(|callouts| callouts.remove(&token)) {
        Some(Callee::Stream(context)) => {
            stream_answered(context, |stream| stream.callout_response(token, size));
        }
        Some(callee) => sidecar::answered(callee, size),
        None => {}
    }
}

/// Calls a stream that has waited for something, on its own behalf; one that is gone hears nothing.
pub(super) fn stream_answered(context: u32, callback: impl FnOnce(&mut HttpStream)) {
    with_stream(context, |stream| {
        if host::act_for(context) {
            callback(stream);
        }
    });
}

/// Forgets a stream or a plugin instance.
pub(super) fn delete(context: u32) {
    CALLOUTS.with_borrow_mut(|callouts| {
        if !callouts.is_empty() {
            callouts.retain(|_, callee| *callee != Callee::Stream(context));
        }
    });
    let stream = STREAMS.with_borrow_mut(|streams| streams.remove(&context));
    match stream {
        Some(stream) => {
            if let Ok(mut stream) = stream.try_borrow_mut() {
                stream.finish();
            }
            drop(stream);
            lines::go_on();
        }
        None => {
            sidecar::gone(context);
            drop(ROOTS.with_borrow_mut(|roots| roots.remove(&context)));
        }
    }
}

/// Spreads consecutive numbers over all bits, at the price of a multiplication.
#[derive(Default)]
pub(super) struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        let spread = (self.0 ^ u64::from(number)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = spread ^ (spread >> 32);
    }
}
