//! The store that the configuration names.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use tidegate::config::sidecar::{Database, SidecarConfig};

use super::{Claims, LimitStore, Memory, Redis, ReportStore};
use crate::clock::Clock;

/// Where counters are kept.
pub enum Store {
    /// In Redis.
    Redis(Arc<Redis>),
    /// In this process, with the file that it leaves to the next process, where there is a place for one.
    Memory(Arc<Memory>, Option<PathBuf>),
}

impl Store {
    /// Where the configuration says. Fails where that is no place, and names the field or file.
    pub fn open(config: &SidecarConfig, clock: &Arc<dyn Clock>) -> anyhow::Result<Self> {
        let clock = Arc::clone(clock);
        if let Some(url) = &config.redis {
            let redis = Redis::new(url, clock).context("redis")?;
            return Ok(Self::Redis(Arc::new(redis)));
        }
        let Database::Sqlite(database) = &config.database else {
            return Ok(Self::Memory(Arc::new(Memory::new(clock)), None));
        };
        let file = database.with_added_extension("limits");
        let memory = Memory::restore(clock, &file).with_context(|| file.display().to_string())?;
        Ok(Self::Memory(Arc::new(memory), Some(file)))
    }

    /// It, as a store.
    pub fn limits(&self) -> Arc<dyn LimitStore> {
        match self {
            Self::Redis(redis) => Arc::clone(redis) as _,
            Self::Memory(memory, _) => Arc::clone(memory) as _,
        }
    }

    /// It, as who says what is done.
    pub fn claims(&self) -> Arc<dyn Claims> {
        match self {
            Self::Redis(redis) => Arc::clone(redis) as _,
            Self::Memory(memory, _) => Arc::clone(memory) as _,
        }
    }

    /// It, as where sidecars leave reports for each other; nothing where there is only one sidecar.
    pub fn reports(&self) -> Option<Arc<dyn ReportStore>> {
        match self {
            Self::Redis(redis) => Some(Arc::clone(redis) as _),
            Self::Memory(..) => None,
        }
    }

    /// Leaves what there is to the next process. Nothing must be granted afterwards.
    pub fn close(self) -> anyhow::Result<()> {
        match self {
            Self::Redis(_) | Self::Memory(_, None) => Ok(()),
            Self::Memory(memory, Some(file)) => {
                let kept = memory.keep(&file);
                kept.with_context(|| file.display().to_string())
            }
        }
    }
}
