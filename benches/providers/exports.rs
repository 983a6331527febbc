//! What `table.mjs` calls: it chooses an operation, lets it run, and asks for the allocations.
#![expect(unsafe_code, reason = "exported names are unsafe to the compiler")]

use std::cell::RefCell;

use crate::allocations;
use crate::work::{OPERATIONS, kinds, operation};

type Round = Box<dyn FnMut()>;

thread_local! {
    static CHOSEN: RefCell<Option<Round>> = const { RefCell::new(None) };
}

/// Chooses an operation of a provider, by their places.
#[unsafe(no_mangle)]
extern "C" fn choose(kind: usize, name: usize) {
    let round = operation(kinds().get(kind).unwrap(), OPERATIONS.get(name).unwrap());
    CHOSEN.with_borrow_mut(|chosen| *chosen = Some(round));
}

/// Repeats it, and says how many allocations it took.
#[unsafe(no_mangle)]
extern "C" fn run(rounds: u32) -> u32 {
    let before = allocations::so_far();
    CHOSEN.with_borrow_mut(|chosen| {
        let round = chosen.as_mut().unwrap();
        for _ in 0..rounds {
            round();
        }
    });
    u32::try_from(allocations::so_far() - before).unwrap_or(u32::MAX)
}
