//! One holder's lease.

use serde::{Deserialize, Serialize};
use tidegate::limiter::protocol::Report;

/// What the store knows of one holder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lease {
    /// Its number, new with every lease of the counter.
    pub(super) number: u64,
    /// The lease that the holder named when this one was made.
    pub(super) replaces: u64,
    pub(super) granted: u64,
    pub(super) settled: u64,
    pub(super) returned: u64,
    /// When its holder was last heard of.
    pub(super) seen: u64,
}

/// What a report means to the lease that the store has of its holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It speaks of this lease.
    Current,
    /// It was sent before another one that has come already: it changes nothing.
    Late,
    /// The holder did not hear of this lease: it has spent nothing of it.
    Unheard,
    /// It speaks of no lease, or one that this store does not know: this one is void.
    Foreign,
}

impl Lease {
    /// Set aside and not yet accounted for.
    pub(super) fn outstanding(&self) -> u64 {
        let accounted = self.settled.saturating_add(self.returned);
        self.granted.saturating_sub(accounted)
    }

    /// A holder names the last lease it was told of, or none when it has let go of it; numbers only
    /// grow. So one that names an older lease than this either has not heard of this one, or its
    /// report was under way for long. One that names none may have spent of this one whatever it
    /// has not reported: void it is. One that names a newer lease was told of it by a store that
    /// has since lost its memory.
    pub(super) fn standing(&self, report: &Report) -> Standing {
        if report.lease == 0 || report.lease > self.number {
            return Standing::Foreign;
        }
        if report.lease == self.number {
            let behind = report.settled < self.settled || report.returned < self.returned;
            return if behind {
                Standing::Late
            } else {
                Standing::Current
            };
        }
        let untouched = self.settled == 0 && self.returned == 0;
        if untouched && report.lease == self.replaces {
            Standing::Unheard
        } else {
            Standing::Late
        }
    }

    /// Takes the holder's totals; returns what was settled since. What was spent beyond the grant
    /// is granted afterwards: the holder's own sum then agrees with this one.
    pub(super) fn account(&mut self, report: &Report) -> u64 {
        let spent = report.settled.saturating_sub(self.settled);
        self.settled = self.settled.max(report.settled);
        self.returned = self.returned.max(report.returned);
        let accounted = self.settled.saturating_add(self.returned);
        self.granted = self.granted.max(accounted);
        spent
    }
}
