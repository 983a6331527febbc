//! Takes another configuration while the sidecar runs: with SIGHUP, the file is read again.
//!
//! A file with mistakes, or one that changes what is fixed at the start, is refused as a whole. No
//! counter loses what was used: one that stays keeps its state, whatever its limit is now, and one that
//! is gone is known for a while, as filters may not have heard yet.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::Context as _;
use tidegate::config::sidecar::SidecarConfig;
use tokio::signal::unix::Signal;

use crate::alerts;
use crate::config;
use crate::keys::KeyBook;
use crate::store::Limiter;

/// The hash of the file that is in use, for those who wait for it.
#[derive(Debug, Clone, Default)]
pub struct InUse(Arc<RwLock<String>>);

impl InUse {
    /// A file of this hash.
    #[must_use]
    pub fn new(hash: String) -> Self {
        Self(Arc::new(RwLock::new(hash)))
    }

    /// The hash, in hexadecimal.
    #[must_use]
    pub fn hash(&self) -> String {
        let hash = self.0.read().unwrap_or_else(PoisonError::into_inner);
        hash.clone()
    }

    fn set(&self, hash: String) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = hash;
    }
}

/// Those who have to know of another configuration.
pub struct Reload {
    /// Where the file is.
    pub file: PathBuf,
    /// All counters.
    pub limiter: Arc<Limiter>,
    /// All keys.
    pub book: Arc<KeyBook>,
    /// Which file is in use.
    pub in_use: InUse,
}

impl Reload {
    /// Reads the file again at each signal, for as long as it is polled.
    pub async fn run(self, mut signals: Signal) {
        while signals.recv().await.is_some() {
            say(self.take().await);
        }
    }

    /// Reads the file, and takes what it says.
    ///
    /// # Errors
    /// What is wrong with it; nothing has changed then.
    pub async fn take(&self) -> anyhow::Result<()> {
        let (new, hash) = config::read(&self.file)?;
        unchanged(&self.book.config(), &new)?;
        alerts::check(&new)?;
        self.limiter.configure(&new.counters)?;
        self.book.configure(Arc::new(new));
        // Where the database is away, they are read again as soon as it is back.
        drop(self.book.refresh().await);
        self.in_use.set(hash);
        Ok(())
    }
}

fn say(taken: anyhow::Result<()>) {
    match taken {
        Ok(()) => tracing::info!("the configuration was read again"),
        Err(error) => say_refusal(&error),
    }
}

fn say_refusal(error: &anyhow::Error) {
    let error = format!("{error:#}");
    tracing::error!(
        error,
        "the configuration is not taken, the one before stays"
    );
}

/// Fails where something differs that is fixed at the start.
fn unchanged(old: &SidecarConfig, new: &SidecarConfig) -> anyhow::Result<()> {
    let fixed = [
        ("listen", old.listen == new.listen),
        ("admin", old.admin == new.admin),
        (
            "admin_token_env",
            old.admin_token_env == new.admin_token_env,
        ),
        ("redis", old.redis == new.redis),
        ("database", old.database == new.database),
        ("retention_days", old.retention_days == new.retention_days),
    ];
    let changed = fixed.into_iter().find(|(_, same)| !same);
    match changed {
        Some((field, _)) => Err(anyhow::anyhow!("a change of it needs a restart")).context(field),
        None => Ok(()),
    }
}
