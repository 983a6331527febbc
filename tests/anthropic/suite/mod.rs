//! Requests as they are written, answers and streams as they are read.
//!
//! Both are compared with golden files in `tests/fixtures/anthropic`; `make bless` writes them anew.

mod answers;
pub(crate) mod golden;
pub(crate) mod requests;
pub(crate) mod stream;
mod transcript;

use tidegate::providers::{Native, Wire, find};

/// The provider under test.
pub(crate) fn anthropic() -> &'static dyn Native {
    match find("anthropic").expect("Anthropic is registered").wire {
        Wire::Native(native) => native,
        Wire::OpenAi(_) => panic!("Anthropic has its own wire format"),
    }
}
