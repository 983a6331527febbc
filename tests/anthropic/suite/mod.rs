//! Requests as they are written, answers and streams as they are read.
//!
//! Both are compared with golden files in `tests/fixtures/anthropic`; `make bless` writes them anew.

mod answers;
mod replay;
pub(crate) mod requests;

use tidegate::providers::{Native, Wire, find};

use crate::decoded::{self, Observer};

/// The provider under test.
pub(crate) fn anthropic() -> &'static dyn Native {
    match find("anthropic").expect("Anthropic is registered").wire {
        Wire::Native(native) => native,
        _ => panic!("Anthropic has its own wire format"),
    }
}

/// Decodes a whole body of server-sent events.
pub(crate) fn decode(body: &str) -> Observer {
    decoded::decode(anthropic(), [body.as_bytes()])
}
