//! Counters of the configuration.

use anyhow::Context as _;
use tidegate::config::limits::{Counter, Window};
use tokio::sync::Mutex;

use crate::limits::calendar::Calendar;
use crate::limits::{MAX_AMOUNT, Span, Terms};

/// A configured counter.
pub(super) struct Known {
    pub(super) counter: Counter,
    /// Of a calendar window.
    calendar: Option<Calendar>,
    /// When it was seeded last, by the steady clock; held while it is.
    pub(super) seeded_at: Mutex<u64>,
}

impl Known {
    /// Fails where the counter cannot be kept, and says why.
    pub(super) fn new(counter: Counter) -> anyhow::Result<Self> {
        anyhow::ensure!(
            counter.limit <= MAX_AMOUNT,
            "limit: {} is more than {MAX_AMOUNT}, the largest that is counted exactly",
            counter.limit
        );
        let calendar = match &counter.window {
            Window::Calendar { period, time_zone } => {
                Some(Calendar::new(*period, time_zone).context("window.calendar.time_zone")?)
            }
            Window::Sliding(ms) => {
                let fits = (1..=MAX_AMOUNT / 1_000).contains(ms);
                anyhow::ensure!(fits, "window.sliding: {ms} ms is no window");
                None
            }
            Window::Held => None,
        };
        Ok(Self {
            counter,
            calendar,
            seeded_at: Mutex::default(),
        })
    }

    /// The limit and its window at this time of day.
    pub(super) fn terms(&self, wall_ms: u64) -> anyhow::Result<Terms> {
        let span = match (&self.counter.window, &self.calendar) {
            (_, Some(calendar)) => Span::Calendar(calendar.at(wall_ms)?),
            (Window::Sliding(window), None) => Span::Sliding(*window),
            (Window::Held | Window::Calendar { .. }, None) => Span::Held,
        };
        let limit = self.counter.limit;
        Ok(Terms { limit, span })
    }
}
