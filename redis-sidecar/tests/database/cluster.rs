//! A PostgreSQL of the tests' own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/database/cluster.sh");
/// Where Debian has it.
const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";

/// A running cluster. It ends when this is dropped, or the process is over: then its pipe is closed.
pub(crate) struct Cluster {
    folder: PathBuf,
    pipes: Mutex<Option<(ChildStdin, BufReader<ChildStdout>)>>,
    shell: Child,
}

/// The one that tests share which do not harm it.
pub(crate) fn shared() -> &'static Cluster {
    static SHARED: LazyLock<Cluster> = LazyLock::new(Cluster::start);
    &SHARED
}

impl Cluster {
    pub(crate) fn start() -> Self {
        let programs = std::env::var_os("POSTGRES_BIN").unwrap_or_else(|| PROGRAMS.into());
        assert!(
            Path::new(&programs).join("initdb").is_file(),
            "these tests need PostgreSQL 15: apt-get install postgresql-15, or say in POSTGRES_BIN \
             where initdb and postgres are"
        );
        let mut shell = as_somebody_else();
        let folder = folder();
        let mut shell = shell
            .args(["sh", SCRIPT])
            .args([folder.as_os_str(), &programs])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let pipes = (shell.stdin.take().unwrap(), shell.stdout.take().unwrap());
        let cluster = Self {
            folder,
            pipes: Mutex::new(Some((pipes.0, BufReader::new(pipes.1)))),
            shell,
        };
        cluster.tell("start");
        cluster
    }

    /// `kill` or `start`; returns when it is done.
    pub(crate) fn tell(&self, word: &str) {
        let mut pipes = self.pipes.lock().unwrap_or_else(PoisonError::into_inner);
        let pipes = pipes.as_mut().unwrap();
        writeln!(pipes.0, "{word}").unwrap();
        let mut answer = String::new();
        pipes.1.read_line(&mut answer).unwrap();
        assert_eq!(answer.trim(), word, "PostgreSQL does not {word}");
    }

    /// URL of a database that nobody else uses.
    pub(crate) async fn new_database(&self) -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        self.run("postgres", &format!("CREATE DATABASE {name}"))
            .await;
        self.url(&name)
    }

    pub(crate) fn url(&self, database: &str) -> String {
        let folder = self.folder.display();
        format!("postgresql://tidegate@localhost/{database}?host={folder}")
    }

    /// Runs a statement, beside whatever is under test.
    pub(crate) async fn run(&self, database: &str, sql: &str) {
        use sqlx::Connection as _;
        let mut connection = sqlx::PgConnection::connect(&self.url(database))
            .await
            .unwrap();
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        *self.pipes.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let _ = self.shell.wait();
    }
}

/// A folder that belongs to whom PostgreSQL runs as.
fn folder() -> PathBuf {
    let made = as_somebody_else()
        .args(["mktemp", "--directory", "/tmp/tidegate-postgres.XXXXXX"])
        .output()
        .unwrap();
    let path = String::from_utf8(made.stdout).unwrap();
    assert!(made.status.success(), "no folder for PostgreSQL");
    PathBuf::from(path.trim())
}

/// PostgreSQL refuses to run as root: then it is Debian's user of it.
fn as_somebody_else() -> Command {
    let is_root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    if !is_root {
        return Command::new("env");
    }
    let mut command = Command::new("setpriv");
    command.args([
        "--reuid",
        "postgres",
        "--regid",
        "postgres",
        "--clear-groups",
    ]);
    command.current_dir("/");
    command
}
