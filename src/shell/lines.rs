//! Streams that wait in lines: for a target of their model to have room.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};

use super::contexts;
use super::http::HttpStream;

thread_local! {
    static LINES: RefCell<HashMap<usize, VecDeque<u32>>> = RefCell::default();
    static WAITING: Cell<usize> = const { Cell::new(0) };
}

/// A stream waits in this line: behind all others, but for one whose turn it was.
pub(super) fn wait(line: usize, again: bool, stream: u32) {
    LINES.with_borrow_mut(|lines| {
        let line = lines.entry(line).or_default();
        if again {
            line.push_front(stream);
        } else {
            line.push_back(stream);
        }
    });
    WAITING.set(WAITING.get().saturating_add(1));
}

/// An attempt has ended, or some time has passed: it is the first one's turn in each line, and the next
/// one's where that one has left.
pub(super) fn go_on() {
    if WAITING.get() == 0 {
        return;
    }
    let lines: Vec<usize> = LINES.with_borrow(|lines| lines.keys().copied().collect());
    for line in lines {
        while let Some(stream) = next(line) {
            contexts::stream_answered(stream, HttpStream::turn);
            if first(line) == Some(stream) {
                break;
            }
        }
    }
}

fn next(line: usize) -> Option<u32> {
    let stream = LINES.with_borrow_mut(|lines| {
        let waiting = lines.get_mut(&line)?;
        let stream = waiting.pop_front();
        if stream.is_none() {
            lines.remove(&line);
        }
        stream
    })?;
    WAITING.set(WAITING.get().saturating_sub(1));
    Some(stream)
}

fn first(line: usize) -> Option<u32> {
    LINES.with_borrow(|lines| lines.get(&line)?.front().copied())
}
