//! When the configuration is to be read again: with SIGHUP, or when it has changed.

use std::time::Duration;

use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::sleep;

use crate::source::{Contents, Source};

/// Between two looks at the files. They are read, not watched: that works wherever they lie.
const LOOK: Duration = Duration::from_millis(250);
/// A file that is being written is another one after this time.
const SETTLED: Duration = Duration::from_millis(50);

/// Those who wish.
pub(in crate::run) struct Wishes {
    hang_up: Signal,
    watch: Option<Watch>,
}

struct Watch {
    source: Source,
    seen: Contents,
}

impl Wishes {
    /// Listens for SIGHUP, and looks at the files where `watched`.
    ///
    /// # Errors
    /// Where the system does not tell of signals.
    pub(in crate::run) fn new(watched: Option<Source>) -> anyhow::Result<Self> {
        let hang_up = signal(SignalKind::hangup()).context("cannot listen for signals")?;
        let watch = watched.map(|source| Watch {
            seen: source.contents(),
            source,
        });
        Ok(Self { hang_up, watch })
    }

    /// Returns when there is a wish.
    pub(in crate::run) async fn next(&mut self) {
        let changed = async {
            match &mut self.watch {
                Some(watch) => watch.changed().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.hang_up.recv() => {}
            () = changed => {}
        }
    }
}

impl Watch {
    async fn changed(&mut self) {
        loop {
            sleep(LOOK).await;
            let now = self.source.contents();
            if now == self.seen {
                continue;
            }
            sleep(SETTLED).await;
            if self.source.contents() == now {
                self.seen = now;
                return;
            }
        }
    }
}
