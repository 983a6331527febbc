//! The live stop: a stream is ended when a budget is used up.
//!
//! As long as a stream has brought fewer tokens than are paid for, this costs one comparison a chunk.

use super::{Provider, ThisAttempt, Turn};
use crate::chat::Usage;
use crate::limiter::{Allowance, Goal};
use crate::pricing::{self, Bill};
use crate::providers::{Observed, ResponseStream};

/// So many output tokens more, at least, are asked for at a time.
const LEAST_AHEAD: u64 = 16;

impl Provider {
    /// A stream begins: it may come to what was reserved for it.
    pub(super) fn begin_metering(&mut self) {
        let exchange = self.attempt.as_ref().and_then(ThisAttempt::exchange);
        self.question_at = exchange.map_or(u64::MAX, |exchange| {
            let exchange = exchange.borrow();
            let allowance = exchange.allowance.as_ref();
            allowance.map_or(u64::MAX, |allowance| allowance.tokens())
        });
    }

    /// Whether the stream has used a budget up.
    pub(super) fn is_used_up(&mut self, observed: &Observed, turn: &Turn<'_>) -> bool {
        if observed.output_tokens <= self.question_at || observed.phase.is_over() {
            return false;
        }
        match self.question(observed, turn) {
            Some(next) => {
                self.question_at = next;
                false
            }
            None => true,
        }
    }

    /// Ends the stream in order. What it has brought is billed.
    pub(super) fn stop(&self, stream: &mut dyn ResponseStream, out: &mut Vec<u8>) {
        stream.stop(&self.counted(stream.observed()), out);
        if let Some(exchange) = self.attempt.as_ref().and_then(ThisAttempt::exchange) {
            exchange.borrow_mut().stopped = true;
        }
    }

    /// Asks whether the stream may go on, and up to how many output tokens; `None`: it may not.
    fn question(&self, observed: &Observed, turn: &Turn<'_>) -> Option<u64> {
        let never = Some(u64::MAX);
        let Some(attempt) = &self.attempt else {
            return never;
        };
        let allowance = attempt
            .exchange()
            .and_then(|exchange| exchange.borrow().allowance.clone());
        let (Some(allowance), Some(bill)) = (allowance, attempt.bill()) else {
            return never;
        };
        let spent = Spent {
            bill,
            usage: self.counted(observed),
            service_tier: observed.service_tier.as_deref(),
        };
        let ahead = (observed.output_tokens / 8).max(LEAST_AHEAD);
        let goal = Goal {
            need: spent.with(0),
            want: spent.with(ahead),
        };
        let may_go_on = allowance.cover(goal, turn.host.now());
        may_go_on.then(|| {
            observed
                .output_tokens
                .saturating_add(spent.room(&allowance))
        })
    }
}

/// What a stream has come to.
struct Spent<'a> {
    bill: Bill,
    usage: Usage,
    service_tier: Option<&'a str>,
}

impl Spent<'_> {
    /// What it costs with so many output tokens more, in nano-dollars.
    fn with(&self, more: u64) -> u64 {
        let usage = Usage {
            output: self.usage.output.saturating_add(more),
            ..self.usage
        };
        pricing::nano(self.bill.total(&usage, self.service_tier))
    }

    /// Output tokens that may come before the next question: fewer than are paid for, so that more
    /// is there in time.
    fn room(&self, allowance: &Allowance) -> u64 {
        const SAMPLE: u64 = 1_000;
        let need = self.with(0);
        let covered = allowance.covered();
        let Some(left) = covered.checked_sub(need) else {
            return 0;
        };
        match self.with(SAMPLE).saturating_sub(need) {
            0 => u64::MAX,
            price => {
                let tokens = left.saturating_mul(SAMPLE) / price;
                tokens - tokens / 8
            }
        }
    }
}
