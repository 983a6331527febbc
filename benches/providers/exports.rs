//! What `wasm.mjs` calls: it makes operations, lets each run in its turn, and asks for the
//! allocations.
#![expect(unsafe_code, reason = "exported names are unsafe to the compiler")]

use std::cell::RefCell;

use crate::allocations;
use crate::work::{OPERATIONS, Round, kinds, operation};

thread_local! {
    static MADE: RefCell<Vec<Round>> = const { RefCell::new(Vec::new()) };
}

/// Makes an operation of a provider, by their places; returns its number.
#[unsafe(no_mangle)]
extern "C" fn make(kind: usize, name: usize) -> usize {
    let round = operation(kinds().get(kind).unwrap(), OPERATIONS.get(name).unwrap());
    MADE.with_borrow_mut(|made| {
        made.push(round);
        made.len() - 1
    })
}

/// Repeats an operation, and says how many allocations it took.
#[unsafe(no_mangle)]
extern "C" fn run(number: usize, rounds: u32) -> u32 {
    let before = allocations::so_far();
    MADE.with_borrow_mut(|made| {
        let round = made.get_mut(number).unwrap();
        for _ in 0..rounds {
            round();
        }
    });
    u32::try_from(allocations::so_far() - before).unwrap_or(u32::MAX)
}
