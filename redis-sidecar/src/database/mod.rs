//! The database: rows of the ledger, and keys.
//!
//! SQLite or PostgreSQL, by one set of statements: what differs is asked of [`Kind`]. Nothing here
//! waits for the database at start: it is reached, and brought up to date, when it is first needed,
//! and again after it was away. Who asks while it is away is told [`Error::Away`] within seconds.

mod error;

use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use anyhow::Context as _;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::Migrator;
use sqlx::{AnyConnection, AnyPool, ConnectOptions as _, Executor as _};
use tidegate::config::sidecar;
use tokio::sync::OnceCell;

pub use error::Error;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// How long anybody waits for a connection.
const PATIENCE: Duration = Duration::from_secs(3);
const SQLITE_READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 8;

/// A statement that takes longer is ended: the filter has given up on it.
const POSTGRES_SESSION: &str = "SET statement_timeout = '30s'; SET lock_timeout = '10s'; \
     SET idle_in_transaction_session_timeout = '30s'";

/// Acknowledged is on the disk: `FULL` waits for it at each commit.
const SQLITE_SESSION: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
     PRAGMA busy_timeout = 5000";

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file, one writer at a time.
    Sqlite,
    /// A server.
    Postgres,
}

/// A database that is reached when it is needed.
#[derive(Debug)]
pub struct Database {
    kind: Kind,
    read: AnyPool,
    write: AnyPool,
    is_ready: OnceCell<()>,
}

impl Database {
    /// The database that is configured; it is not reached yet.
    ///
    /// # Errors
    /// Where the URL is not one.
    pub fn open(config: &sidecar::Database) -> anyhow::Result<Self> {
        sqlx::any::install_default_drivers();
        match config {
            sidecar::Database::Sqlite(path) => {
                let options = options(&sqlite_url(path))?;
                let pool = |most| pool(most, SQLITE_SESSION).connect_lazy_with(options.clone());
                Ok(Self::new(Kind::Sqlite, pool(SQLITE_READERS), pool(1)))
            }
            sidecar::Database::Postgres(url) => {
                let pool = pool(POSTGRES_CONNECTIONS, POSTGRES_SESSION);
                let pool = pool.connect_lazy_with(options(url)?);
                Ok(Self::new(Kind::Postgres, pool.clone(), pool))
            }
        }
    }

    fn new(kind: Kind, read: AnyPool, write: AnyPool) -> Self {
        let is_ready = OnceCell::new();
        Self {
            kind,
            read,
            write,
            is_ready,
        }
    }

    /// Which one it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Where to read.
    ///
    /// # Errors
    /// [`Error::Away`] where it cannot be reached or is too old to be brought up to date.
    pub async fn reader(&self) -> Result<&AnyPool, Error> {
        self.bring_up_to_date().await?;
        Ok(&self.read)
    }

    /// Where to write.
    ///
    /// # Errors
    /// As for [`reader`](Self::reader).
    pub async fn writer(&self) -> Result<&AnyPool, Error> {
        self.bring_up_to_date().await?;
        Ok(&self.write)
    }

    /// Finds out whether it can be written, by a change that is taken back.
    ///
    /// # Errors
    /// [`Error::Away`] where it cannot: it is not reached, it only lets itself be read, or others
    /// write for longer than anybody waits.
    pub async fn check_writable(&self) -> Result<(), Error> {
        let mut transaction = self.writer().await?.begin().await?;
        sqlx::query("UPDATE key_changes SET count = count")
            .execute(&mut *transaction)
            .await?;
        Ok(transaction.rollback().await?)
    }

    /// Ends all connections, those in use when they are done.
    pub async fn close(&self) {
        self.write.close().await;
        self.read.close().await;
    }

    async fn bring_up_to_date(&self) -> Result<(), Error> {
        let migrations = match self.kind {
            Kind::Sqlite => &SQLITE,
            Kind::Postgres => &POSTGRES,
        };
        let migrate = || async {
            let done = migrations.run(&self.write).await;
            done.map_err(|error| Error::Away(format!("migrations: {error}")))
        };
        self.is_ready.get_or_try_init(migrate).await.map(|_| ())
    }
}

fn pool(most: u32, session: &'static str) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(most)
        .acquire_timeout(PATIENCE)
        .after_connect(move |connection: &mut AnyConnection, _| {
            Box::pin(async move { connection.execute(session).await.map(|_| ()) })
        })
}

/// Statements are not logged: they may hold hashes of keys.
fn options(url: &str) -> anyhow::Result<AnyConnectOptions> {
    let options = AnyConnectOptions::from_str(url).context("the database's URL is not valid")?;
    Ok(options.disable_statement_logging())
}

/// The path as a URL, with all that means something there escaped.
fn sqlite_url(path: &Path) -> String {
    let mut url = String::from("sqlite://");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' => url.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => url.push(char::from(*byte)),
            byte => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url.push_str("?mode=rwc");
    url
}
