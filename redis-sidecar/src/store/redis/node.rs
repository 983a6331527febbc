//! One Redis node: an address, and the link to the process that is there now.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use redis::ConnectionInfo;

use super::link::Link;
use crate::clock::Clock;

/// How long opening a link may take, all its questions included.
const OPEN: Duration = Duration::from_secs(1);

/// How long a node that could not be reached is left alone, in milliseconds.
const PAUSE_MS: u64 = 200;

/// One Redis node.
pub(super) struct Node {
    info: ConnectionInfo,
    clock: Arc<dyn Clock>,
    link: Mutex<Option<Arc<Link>>>,
    /// When the next try may be, by the steady clock; held while a link is opened.
    next_try: tokio::sync::Mutex<u64>,
    failing: AtomicBool,
}

impl Node {
    pub(super) fn new(info: ConnectionInfo, clock: Arc<dyn Clock>) -> Self {
        Self {
            info,
            clock,
            link: Mutex::default(),
            next_try: tokio::sync::Mutex::default(),
            failing: AtomicBool::new(false),
        }
    }

    /// The link, a new one where there is none. Fails where the node cannot be reached.
    pub(super) async fn link(&self) -> anyhow::Result<Arc<Link>> {
        if let Some(link) = self.current().clone() {
            return Ok(link);
        }
        let mut next_try = self.next_try.lock().await;
        if let Some(link) = self.current().clone() {
            return Ok(link);
        }
        let wait = self.clock.steady_ms() < *next_try;
        anyhow::ensure!(!wait, "Redis could not be reached a moment ago");
        let opened = tokio::time::timeout(OPEN, Link::open(self.info.clone())).await;
        match opened.context("Redis does not answer").flatten() {
            Ok(link) => Ok(self.keep(link)),
            Err(error) => {
                *next_try = self.clock.steady_ms() + PAUSE_MS;
                self.complain(&format!("{error:#}"));
                Err(error)
            }
        }
    }

    fn keep(&self, link: Link) -> Arc<Link> {
        tracing::info!(node = %self.info.addr(), run = link.run, "limits: connected to Redis");
        let link = Arc::new(link);
        *self.current() = Some(Arc::clone(&link));
        link
    }

    /// Lets go of a link that failed, unless another one is there already.
    pub(super) fn discard(&self, link: &Arc<Link>, why: &str) {
        let mut current = self.current();
        if current
            .as_ref()
            .is_some_and(|there| Arc::ptr_eq(there, link))
        {
            *current = None;
            drop(current);
            self.complain(why);
        }
    }

    /// Something went wrong: it is logged, once until something goes well again.
    pub(super) fn complain(&self, why: &str) {
        if !self.failing.swap(true, Ordering::Relaxed) {
            tracing::warn!(node = %self.info.addr(), error = why, "limits: Redis fails");
        }
    }

    /// Something went well.
    pub(super) fn content(&self) {
        if self.failing.swap(false, Ordering::Relaxed) {
            tracing::info!(node = %self.info.addr(), "limits: Redis works again");
        }
    }

    fn current(&self) -> MutexGuard<'_, Option<Arc<Link>>> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
