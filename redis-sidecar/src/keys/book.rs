//! All keys of one sidecar: those of its configuration, and those of the database as it knows them.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::body::Bytes;
use tidegate::config::sidecar::SidecarConfig;
use tidegate::limiter::protocol::KeySet;
use tokio::sync::Mutex;

use super::form::{Change, NewKey};
use super::problem::Problem;
use super::record::{Previous, Record};
use super::secret::Secret;
use super::set::{key_set, thresholds};
use super::store::KeyStore;
use crate::alerts::Threshold;
use crate::clock::Clock;
use crate::database::Error;
use crate::store::Limiter;

/// Half of what filters wait between two questions: a change is everywhere within two seconds.
const LOOK: Duration = Duration::from_millis(500);

/// Longest time for which a key that was rotated away stays valid.
const LONGEST_GRACE: u64 = 30 * 24 * 3600;

/// All keys.
pub struct KeyBook {
    config: RwLock<Arc<SidecarConfig>>,
    store: KeyStore,
    limiter: Arc<Limiter>,
    clock: Arc<dyn Clock>,
    known: RwLock<Option<Arc<Known>>>,
    reading: Mutex<()>,
}

/// The keys of the database, as they were last read.
#[derive(Debug)]
pub struct Known {
    changes: u64,
    config: Arc<SidecarConfig>,
    /// All of them, by their ids.
    pub records: Vec<Record>,
    /// The thresholds of those that can be used.
    pub thresholds: Vec<Threshold>,
    /// Version of what filters are told.
    pub version: u64,
    /// What filters are told: a [`KeySet`] in JSON.
    pub body: Bytes,
}

impl KeyBook {
    /// The keys of a configuration and of a database. `limiter` is told of their counters.
    pub fn new(
        config: Arc<SidecarConfig>,
        store: KeyStore,
        limiter: Arc<Limiter>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            config: RwLock::new(config),
            store,
            limiter,
            clock,
            known: RwLock::default(),
            reading: Mutex::default(),
        }
    }

    /// The configuration.
    pub fn config(&self) -> Arc<SidecarConfig> {
        let config = self.config.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&config)
    }

    /// Takes another configuration. What filters are told of it is known after the next
    /// [`refresh`](Self::refresh).
    pub fn configure(&self, config: Arc<SidecarConfig>) {
        let mut place = self.config.write().unwrap_or_else(PoisonError::into_inner);
        *place = config;
    }

    /// The keys of the database as they were last read, if they ever were.
    pub fn known(&self) -> Option<Arc<Known>> {
        let known = self.known.read();
        known.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the keys of the database where one was changed, or the configuration.
    ///
    /// # Errors
    /// [`Error::Away`]: what is known stays.
    pub async fn refresh(&self) -> Result<Arc<Known>, Error> {
        let _turn = self.reading.lock().await;
        let changes = self.store.changes().await?;
        let config = self.config();
        let is_current =
            |known: &Arc<Known>| known.changes == changes && Arc::ptr_eq(&known.config, &config);
        if let Some(known) = self.known().filter(is_current) {
            return Ok(known);
        }
        let records = self.store.all().await?;
        let set = key_set(&config, &records);
        let thresholds = thresholds(&config, &records);
        self.limiter.learn(&set.counters);
        let body = serde_json::to_vec(&set).unwrap_or_default().into();
        let KeySet { version, .. } = set;
        let known = Arc::new(Known {
            changes,
            config,
            records,
            thresholds,
            version,
            body,
        });
        let mut place = self.known.write().unwrap_or_else(PoisonError::into_inner);
        *place = Some(Arc::clone(&known));
        Ok(known)
    }

    /// Does so for as long as it is polled.
    pub async fn watch(&self) {
        let mut was_away = false;
        loop {
            let error = self.refresh().await.err();
            let is_away = error.is_some();
            if let Some(error) = error.filter(|_| !was_away) {
                tracing::warn!(%error, "keys cannot be read: those that are known stay valid");
            }
            was_away = is_away;
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Makes a key.
    ///
    /// # Errors
    /// See [`Problem`]; nothing is made then.
    pub async fn create(&self, new: NewKey) -> Result<(Record, Secret), Problem> {
        let mut record = new.record(&self.config())?;
        if self.is_configured(&record.id) {
            return Err(Problem::Exists);
        }
        let secret = Secret::new().map_err(|_| Problem::NoRandomness)?;
        record.sha256 = secret.sha256();
        record.created_ms = self.clock.wall_ms();
        record.changed_ms = record.created_ms;
        self.store.insert(&record).await?;
        self.changed(&record.id, "made").await;
        Ok((record, secret))
    }

    /// Changes a key.
    ///
    /// # Errors
    /// See [`Problem`]; nothing is changed then.
    pub async fn change(&self, id: &str, change: Change) -> Result<Record, Problem> {
        let mut record = self.find(id).await?;
        change.apply(&mut record, &self.config())?;
        self.update(record, "changed").await
    }

    /// Gives a key another secret. The old one stays valid for so many seconds.
    ///
    /// # Errors
    /// See [`Problem`]; nothing is changed then.
    pub async fn rotate(&self, id: &str, grace: u64) -> Result<(Record, Secret), Problem> {
        if grace > LONGEST_GRACE {
            let message = format!("must be at most {LONGEST_GRACE} (30 days)");
            return Err(Problem::field("grace_seconds", message));
        }
        let mut record = self.find(id).await?;
        let secret = Secret::new().map_err(|_| Problem::NoRandomness)?;
        let old = std::mem::replace(&mut record.sha256, secret.sha256());
        record.previous = (grace > 0).then(|| Previous {
            sha256: old,
            until: (self.clock.wall_ms() / 1000).saturating_add(grace),
        });
        let record = self.update(record, "rotated").await?;
        Ok((record, secret))
    }

    /// Takes a key away.
    ///
    /// # Errors
    /// See [`Problem`].
    pub async fn delete(&self, id: &str) -> Result<(), Problem> {
        self.refuse_configured(id)?;
        self.store.delete(id).await?;
        self.changed(id, "deleted").await;
        Ok(())
    }

    async fn find(&self, id: &str) -> Result<Record, Problem> {
        self.refuse_configured(id)?;
        self.store.one(id).await?.ok_or(Problem::NotFound)
    }

    async fn update(&self, mut record: Record, what: &'static str) -> Result<Record, Problem> {
        record.changed_ms = self.clock.wall_ms();
        self.store.update(&record).await?;
        self.changed(&record.id, what).await;
        Ok(record)
    }

    /// Where it cannot be read again at once, it will be by [`watch`](Self::watch).
    async fn changed(&self, id: &str, what: &'static str) {
        tracing::info!(key = id, "a key was {what}");
        let _ = self.refresh().await;
    }

    fn is_configured(&self, id: &str) -> bool {
        self.config().keys.iter().any(|key| key.id == id)
    }

    fn refuse_configured(&self, id: &str) -> Result<(), Problem> {
        match self.is_configured(id) {
            true => Err(Problem::Configured),
            false => Ok(()),
        }
    }
}
