//! Which worker of a process speaks to the sidecar for all of them, and when.
//!
//! One value says it: the name by which other gateways know the process, and that of the worker. The
//! worker writes it anew with each report; another one takes its place where it does not.

use std::time::Duration;

use super::SharedData;
use crate::clock::Timestamp;
use crate::routing::board::report::{Report, Target, merged};
use crate::routing::board::told::Told;

/// Key of the process' name and the courier's, with a space between.
const COURIER: &str = "tidegate/courier";
/// A courier that has not been heard of for so long has gone.
const GONE_AFTER: Duration = Duration::from_secs(2);
/// Between two reports, which also ask what others know.
const EACH: Duration = Duration::from_millis(290);
/// An answer comes before that, but for a plugin instance that goes meanwhile.
const PATIENCE: Duration = Duration::from_secs(1);

/// A worker's part in it.
#[derive(Debug, Default)]
pub(super) struct Courier {
    version: u32,
    since: Timestamp,
    posted: Told,
    posted_at: Timestamp,
    is_waiting: bool,
}

impl Courier {
    /// The report of a process whose workers have told these, where it is to be sent now.
    pub(super) fn post(
        &mut self,
        me: &str,
        reports: impl FnOnce() -> Vec<Report>,
        data: &impl SharedData,
        now: Timestamp,
    ) -> Option<Report> {
        let age = now.since(self.posted_at);
        let process = self.process(me, data, now)?;
        if self.is_waiting && age < PATIENCE {
            return None;
        }
        let targets: Vec<Target> = merged(reports().iter());
        if age < EACH && !self.posted.is_urgent(&targets, now) {
            return None;
        }
        let value = format!("{process} {me}");
        if !data.set(COURIER, value.as_bytes(), self.version) {
            return None;
        }
        self.is_waiting = true;
        self.posted_at = now;
        self.posted.tell(targets.clone(), now);
        Some(Report::new(&process, targets))
    }

    /// The answer has come.
    pub(super) fn answered(&mut self) {
        self.is_waiting = false;
    }

    /// The process' name, where this worker is the courier. One that has just become it waits for
    /// the next tick: of two that find nobody, the later one is it.
    fn process(&mut self, me: &str, data: &impl SharedData, now: Timestamp) -> Option<String> {
        let Some((value, version)) = data.get(COURIER) else {
            data.set(COURIER, format!("{me} {me}").as_bytes(), 0);
            return None;
        };
        let value = String::from_utf8(value).unwrap_or_default();
        let (process, courier) = value.split_once(' ')?;
        if version != self.version {
            (self.version, self.since) = (version, now);
        }
        if courier == me {
            return Some(process.to_owned());
        }
        if now.since(self.since) >= GONE_AFTER {
            data.set(COURIER, format!("{process} {me}").as_bytes(), version);
        }
        None
    }
}
