//! The stores that the suite runs over.

use std::sync::Arc;

use tempfile::TempDir;
use tidegate::config::sidecar;
use tidegate_sidecar::database::Database;

use crate::cluster;

/// A new, empty database.
pub(crate) struct Store {
    pub(crate) database: Arc<Database>,
    config: sidecar::Database,
    _folder: Option<TempDir>,
}

pub(crate) async fn sqlite() -> Store {
    let folder = tempfile::tempdir().unwrap();
    // A name in which everything would mean something in a URL.
    let path = folder.path().join("ledger ?#%20ä.db");
    Store::new(sidecar::Database::Sqlite(path), Some(folder))
}

pub(crate) async fn postgres() -> Store {
    let url = cluster::shared().new_database().await;
    Store::new(sidecar::Database::Postgres(url), None)
}

impl Store {
    fn new(config: sidecar::Database, folder: Option<TempDir>) -> Self {
        Self {
            database: Arc::new(Database::open(&config).unwrap()),
            config,
            _folder: folder,
        }
    }

    /// The same database once more, as another sidecar has it.
    pub(crate) fn again(&self) -> Arc<Database> {
        Arc::new(Database::open(&self.config).unwrap())
    }
}

/// Makes a test of each named function, for each store.
macro_rules! conformance {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::stores::sqlite().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::stores::postgres().await).await;
            })*
        }
    };
}
pub(crate) use conformance;
