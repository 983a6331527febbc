//! Streams that have begun and may not be silent for long.
//!
//! Envoy has no timer for it that a stream with a first-token timeout could use: its
//! `per_try_idle_timeout` is off once `per_try_timeout` has passed, and its stream idle timeout
//! also runs while attempts fail. So the gateway role's plugin ticks, and ends streams that have
//! been silent for too long. A clock that only the tick sets keeps chunks free of host calls;
//! it makes silence up to two ticks longer than asked for, never shorter.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use super::abi::{self, Failed};
use super::{lines, sidecar};

const TICK: Duration = Duration::from_millis(100);

thread_local! {
    /// The time of the last tick, in nanoseconds.
    static CLOCK: Cell<u64> = const { Cell::new(0) };
    static WATCHED: RefCell<HashMap<u32, Rc<Watched>>> = RefCell::default();
}

/// A stream, as the tick sees it.
#[derive(Debug, Default)]
struct Watched {
    last_word: Cell<u64>,
    patience: Cell<u64>,
    ended: Cell<bool>,
}

/// The watch over one stream; the stream is forgotten when this is dropped.
#[derive(Debug)]
pub(super) struct Watch {
    context: u32,
    watched: Option<Rc<Watched>>,
}

impl Watch {
    /// A watch that has not begun. `context` is the host's name of the stream.
    pub(super) fn new(context: u32) -> Self {
        Self {
            context,
            watched: None,
        }
    }

    /// The stream has said something, and may be silent for `patience` from now on.
    pub(super) fn word(&mut self, patience: Option<Duration>) {
        let Some(patience) = patience else {
            return;
        };
        let context = self.context;
        let watched = self.watched.get_or_insert_with(|| {
            let watched = Rc::<Watched>::default();
            WATCHED.with_borrow_mut(|all| all.insert(context, Rc::clone(&watched)));
            watched
        });
        watched.last_word.set(CLOCK.get());
        watched.patience.set(nanoseconds(patience + TICK));
    }

    /// The stream has said all.
    pub(super) fn over(&mut self) {
        if self.watched.take().is_some() {
            WATCHED.with_borrow_mut(|all| all.remove(&self.context));
        }
    }

    /// Whether the stream was ended for its silence.
    pub(super) fn has_ended_it(&self) -> bool {
        self.watched
            .as_ref()
            .is_some_and(|watched| watched.ended.get())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.over();
    }
}

/// Asks for ticks.
pub(super) fn start() -> Result<(), Failed> {
    CLOCK.set(abi::now()?);
    abi::set_tick_period(TICK)
}

/// Ends the streams that have been silent for too long.
pub(super) fn tick() {
    let Ok(now) = abi::now() else {
        return;
    };
    CLOCK.set(now);
    sidecar::tick();
    lines::go_on();
    let overdue = |watched: &Watched| {
        !watched.ended.get() && now.saturating_sub(watched.last_word.get()) > watched.patience.get()
    };
    let silent: Vec<_> = WATCHED.with_borrow(|all| {
        let overdue = all.iter().filter(|(_, watched)| overdue(watched));
        overdue
            .map(|(context, watched)| (*context, Rc::clone(watched)))
            .collect()
    });
    for (context, watched) in silent {
        watched.ended.set(true);
        if let Err(Failed(status)) = abi::end_stream(context) {
            log::error!("the host refused to end a silent stream: status {status}");
        }
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
