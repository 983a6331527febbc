//! A connection to one server process.
//!
//! It never reconnects: another process may be there by then. What is broken is dropped, and a new
//! link finds out whom it talks to.

use std::time::Duration;

use anyhow::Context as _;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, ConnectionInfo, Pipeline, Value, cmd};

use super::script::Texts;

const CONNECT: Duration = Duration::from_millis(500);
const RESPONSE: Duration = Duration::from_millis(500);

/// A connection to one server process, with its scripts loaded.
pub(super) struct Link {
    connection: MultiplexedConnection,
    /// The process' run id.
    pub(super) run: String,
    /// Whether it is a node of a cluster.
    pub(super) cluster: bool,
    pub(super) counter_sha: String,
    pub(super) seed_sha: String,
    pub(super) show_sha: String,
}

impl Link {
    pub(super) async fn open(info: ConnectionInfo) -> anyhow::Result<Self> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(RESPONSE));
        let client = Client::open(info)?;
        let opening = client.get_multiplexed_async_connection_with_config(&config);
        let mut connection = opening.await?;
        let facts: String = cmd("INFO").query_async(&mut connection).await?;
        let run = fact(&facts, "run_id").context("Redis does not tell its run_id")?;
        let hexadecimal = run.bytes().all(|byte| byte.is_ascii_hexdigit());
        anyhow::ensure!(hexadecimal, "Redis tells a strange run_id");
        anyhow::ensure!(fact(&facts, "role") == Some("master"), "Redis is a replica");
        warn_of_eviction(&facts);
        let texts = Texts::of(run);
        let mut load = Pipeline::new();
        load.cmd("SCRIPT").arg("LOAD").arg(&texts.counter);
        load.cmd("SCRIPT").arg("LOAD").arg(&texts.seed);
        load.cmd("SCRIPT").arg("LOAD").arg(&texts.show);
        let (counter_sha, seed_sha, show_sha) = load.query_async(&mut connection).await?;
        Ok(Self {
            run: run.to_owned(),
            cluster: fact(&facts, "cluster_enabled") == Some("1"),
            connection,
            counter_sha,
            seed_sha,
            show_sha,
        })
    }

    pub(super) async fn send(&self, command: &Cmd) -> redis::RedisResult<Value> {
        let mut connection = self.connection.clone();
        connection
            .send_packed_command(command)
            .await?
            .extract_error()
    }

    /// Sends all at once; the answers are in the same order, errors of single ones included.
    pub(super) async fn send_all(&self, commands: Vec<Cmd>) -> redis::RedisResult<Vec<Value>> {
        let count = commands.len();
        let mut pipeline = Pipeline::with_capacity(count);
        for command in commands {
            pipeline.add_command(command);
        }
        let mut connection = self.connection.clone();
        connection.send_packed_commands(&pipeline, 0, count).await
    }
}

fn fact<'a>(facts: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = facts.lines().filter_map(|line| line.split_once(':'));
    lines
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.trim())
}

/// A counter that is evicted forgets what is outstanding.
fn warn_of_eviction(facts: &str) {
    let policy = fact(facts, "maxmemory_policy").unwrap_or("noeviction");
    if policy != "noeviction" {
        tracing::warn!(
            policy,
            "Redis may evict counters: limits need maxmemory-policy noeviction"
        );
    }
}
