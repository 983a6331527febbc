//! Anthropic's Messages API, seen from outside: requests as they are written, answers and streams
//! as they are read.
//!
//! `requests` and `answers` compare with golden files in `tests/fixtures/anthropic` (`make bless`
//! writes them anew); `recorded` reads real traffic where it is at hand; `properties` throws
//! anything at both directions.

// Tells clippy that the helper functions are tests too, and may panic.
#![cfg(test)]

#[path = "../files/mod.rs"]
mod files;

mod answers;
mod golden;
#[cfg(not(target_family = "wasm"))]
mod properties;
mod recorded;
mod requests;
mod stream;
mod transcript;

use tidegate::providers::{Native, Wire, find};

/// The provider under test.
fn anthropic() -> &'static dyn Native {
    match find("anthropic").expect("Anthropic is registered").wire {
        Wire::Native(native) => native,
        Wire::OpenAi(_) => panic!("Anthropic has its own wire format"),
    }
}
