//! Where sidecars leave what processes know of targets, for each other.

use super::Boxed;

/// A report, under its teller's name, as text that only sidecars read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Whose report it is.
    pub teller: String,
    /// The report.
    pub text: String,
}

/// What others have written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Read {
    /// The store's time, in milliseconds: what to ask with the next time.
    pub now: u64,
    /// Reports, each with the milliseconds since it was written.
    pub reports: Vec<(u64, String)>,
}

/// Reports of all sidecars. The last one of each teller is there, for as long as it counts.
pub trait ReportStore: Send + Sync {
    /// Writes reports, and reads those that were written since the store's time `since`, own ones
    /// included. Fails where the store cannot be reached.
    fn exchange<'a>(
        &'a self,
        since: u64,
        written: &'a [Written],
    ) -> Boxed<'a, anyhow::Result<Read>>;
}
