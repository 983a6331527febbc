//! Counters in Redis, for any number of sidecars.
//!
//! A counter is a hash and a sorted set with the counter's id as their hash tag, and every step on
//! it is one script: so it is atomic, and works in a cluster. The time is Redis' own; calendar
//! periods, which need time zones, are told by the sidecar.
//!
//! **Lost memory.** A Redis process that was started anew may have nothing, or what it had an hour
//! ago; one that took over from a failed master may lack the last moments. Neither says so. So a
//! counter's numbers are good only for the process that wrote them: it is named in the hash, and
//! in the script (`script.rs`). In another process the counter is taken for unseeded, and the
//! process must have been admitted, after a quarantine, before counters begin in it.
//!
//! **Failure.** What cannot be asked is [`Answer::Away`] within about a second; after that, at once,
//! until the node answers again. Redis must not evict (`maxmemory-policy noeviction`).

use std::sync::Arc;

use anyhow::Context as _;
use futures_util::future::join_all;
use redis::{Client, ErrorKind, FromRedisValue as _, RedisError, ServerErrorKind, Value, cmd};

use self::link::Link;
use self::node::Node;
use self::nodes::Nodes;
use super::{Answer, Ask, Boxed, LimitStore, Memo, Shown};
use crate::clock::Clock;
use crate::limits::{Seed, Terms};

mod claims;
mod link;
mod node;
mod nodes;
mod reports;
mod script;

#[cfg(test)]
mod tests;

/// How long a process is remembered as admitted, in seconds: longer than any limit's window.
const MARKER_SECONDS: u64 = 400 * 86_400;

/// Counters in Redis.
pub struct Redis {
    nodes: Nodes,
    clock: script::Override,
}

impl Redis {
    /// Connects later. Fails where the URL is none, without showing it.
    pub fn new(url: &str, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let client = Client::open(url).context("not a URL of a Redis")?;
        Ok(Self {
            nodes: Nodes::new(client.get_connection_info().clone(), clock),
            clock: script::Override::default(),
        })
    }

    /// From now on the scripts see this time instead of Redis' own.
    #[cfg(test)]
    pub(super) fn set_clock(&self, now_ms: u64) {
        self.clock.set(now_ms);
    }

    /// Places of counters by the node that keeps them.
    async fn by_node(
        &self,
        ids: impl Iterator<Item = &str> + Send,
    ) -> Vec<(Arc<Node>, Vec<usize>)> {
        let mut groups: Vec<(Arc<Node>, Vec<usize>)> = Vec::new();
        for (place, id) in ids.enumerate() {
            let [key, _] = script::keys(id);
            let Ok(node) = self.nodes.of(&key).await else {
                continue;
            };
            match groups
                .iter_mut()
                .find(|(there, _)| Arc::ptr_eq(there, &node))
            {
                Some((_, places)) => places.push(place),
                None => groups.push((node, vec![place])),
            }
        }
        groups
    }

    async fn apply_on(&self, node: &Arc<Node>, holder: &str, asks: Vec<&Ask>) -> Vec<Answer> {
        let Ok(link) = node.link().await else {
            self.nodes.doubt();
            return vec![Answer::Away; asks.len()];
        };
        let command = |ask: &&Ask| {
            script::apply(
                &link.counter_sha,
                &self.clock,
                holder,
                &ask.terms,
                &ask.report,
            )
        };
        let answers = link.send_all(asks.iter().map(command).collect()).await;
        let answers = match answers {
            Ok(answers) => answers,
            Err(error) => {
                self.broken(node, &link, &error);
                return vec![Answer::Away; asks.len()];
            }
        };
        let mut understood = Vec::with_capacity(asks.len());
        let mut memo = None;
        for (ask, answer) in asks.iter().zip(answers) {
            let answer = match self.understand(node, &link, &ask.report.id, answer) {
                Some(answer) => answer,
                None => self.unseeded(&link, &mut memo).await,
            };
            understood.push(answer);
        }
        understood.resize(asks.len(), Answer::Away);
        understood
    }

    async fn show_on(&self, node: &Arc<Node>, counters: Vec<&(&str, Terms)>) -> Vec<Shown> {
        let Ok(link) = node.link().await else {
            self.nodes.doubt();
            return vec![Shown::Away; counters.len()];
        };
        let command =
            |(id, terms): &&(&str, Terms)| script::show(&link.show_sha, &self.clock, id, terms);
        let answers = link.send_all(counters.iter().map(command).collect()).await;
        let answers = answers.inspect_err(|error| self.broken(node, &link, error));
        let understand = |answer: Value| {
            let level = answer.extract_error().and_then(script::level);
            match level {
                Ok(Some(level)) => Shown::Level(level),
                Ok(None) => Shown::Unseeded,
                Err(error) => {
                    self.broken(node, &link, &error);
                    Shown::Away
                }
            }
        };
        let answers = answers.unwrap_or_default();
        answers.into_iter().map(understand).collect()
    }

    /// Nothing where the process does not know the counter.
    fn understand(&self, node: &Node, link: &Arc<Link>, id: &str, answer: Value) -> Option<Answer> {
        let granted = answer
            .extract_error()
            .and_then(|answer| script::grant(id, answer));
        match granted {
            Ok(granted) => {
                node.content();
                granted.map(Answer::Grant)
            }
            Err(error) => {
                self.broken(node, link, &error);
                Some(Answer::Away)
            }
        }
    }

    async fn unseeded(&self, link: &Link, memo: &mut Option<Memo>) -> Answer {
        if memo.is_none() {
            *memo = self.memo(link).await.ok();
        }
        memo.clone().map_or(Answer::Away, Answer::Unseeded)
    }

    async fn memo(&self, link: &Link) -> anyhow::Result<Memo> {
        let marker = script::marker(&link.run);
        let told = self.run(&marker, cmd("EXISTS").arg(&marker)).await?;
        Ok(Memo {
            server: Arc::from(&*link.run),
            admitted: bool::from_redis_value(told)?,
        })
    }

    /// Runs a command on the node of a key.
    async fn run(&self, key: &str, command: &redis::Cmd) -> anyhow::Result<Value> {
        let node = self.nodes.of(key).await?;
        let link = node.link().await.inspect_err(|_| self.nodes.doubt())?;
        let answer = link.send(command).await;
        Ok(answer.inspect_err(|error| self.broken(&node, &link, error))?)
    }

    /// A timeout or a broken connection makes a link worthless; `NOSCRIPT` and `READONLY` say that
    /// another process or role is there. Others, such as `OOM`, leave it as it is.
    fn broken(&self, node: &Node, link: &Arc<Link>, error: &RedisError) {
        let why = error.to_string();
        match error.kind() {
            ErrorKind::Server(ServerErrorKind::NoScript | ServerErrorKind::ReadOnly) => {
                node.discard(link, &why);
            }
            ErrorKind::Server(_) | ErrorKind::Extension => node.complain(&why),
            _ => node.discard(link, &why),
        }
        self.nodes.doubt();
    }
}

/// Answers by node, in the order of what was asked; what no node has answered stays as it is.
fn in_order<T>(
    groups: &[(Arc<Node>, Vec<usize>)],
    answers: Vec<Vec<T>>,
    mut all: Vec<T>,
) -> Vec<T> {
    for ((_, places), group) in groups.iter().zip(answers) {
        for (place, answer) in places.iter().zip(group) {
            if let Some(there) = all.get_mut(*place) {
                *there = answer;
            }
        }
    }
    all
}

impl LimitStore for Redis {
    fn apply<'a>(&'a self, holder: &'a str, asks: &'a [Ask]) -> Boxed<'a, Vec<Answer>> {
        Box::pin(async move {
            let ids = asks.iter().map(|ask| ask.report.id.as_str());
            let groups = self.by_node(ids).await;
            let each = groups.iter().map(|(node, places)| {
                let asks = places.iter().filter_map(|place| asks.get(*place)).collect();
                self.apply_on(node, holder, asks)
            });
            let answers = join_all(each).await;
            in_order(&groups, answers, vec![Answer::Away; asks.len()])
        })
    }

    fn show<'a>(&'a self, counters: &'a [(&'a str, Terms)]) -> Boxed<'a, Vec<Shown>> {
        Box::pin(async move {
            let groups = self.by_node(counters.iter().map(|(id, _)| *id)).await;
            let each = groups.iter().map(|(node, places)| {
                let there = places.iter().filter_map(|place| counters.get(*place));
                self.show_on(node, there.collect())
            });
            let shown = join_all(each).await;
            in_order(&groups, shown, vec![Shown::Away; counters.len()])
        })
    }

    fn seed<'a>(
        &'a self,
        server: &'a str,
        id: &'a str,
        terms: &'a Terms,
        seeds: &'a [Seed],
    ) -> Boxed<'a, anyhow::Result<()>> {
        Box::pin(async move {
            let [key, _] = script::keys(id);
            let node = self.nodes.of(&key).await?;
            let link = node.link().await?;
            anyhow::ensure!(link.run == server, "another Redis process is there by now");
            let command = script::seed(&link.seed_sha, &self.clock, id, terms, seeds);
            let answer = link.send(&command).await;
            answer.inspect_err(|error| self.broken(&node, &link, error))?;
            Ok(())
        })
    }

    fn admit<'a>(&'a self, server: &'a str) -> Boxed<'a, anyhow::Result<()>> {
        Box::pin(async move {
            let marker = script::marker(server);
            let mut command = cmd("SET");
            command.arg(&marker).arg(1).arg("EX").arg(MARKER_SECONDS);
            self.run(&marker, &command).await.map(drop)
        })
    }

    fn servers(&self) -> Boxed<'_, Vec<Memo>> {
        Box::pin(async move {
            let mut memos = Vec::new();
            for node in self.nodes.all().await.unwrap_or_default() {
                match node.link().await {
                    Ok(link) => memos.extend(self.memo(&link).await.ok()),
                    Err(_) => self.nodes.doubt(),
                }
            }
            memos
        })
    }

    fn health(&self) -> Boxed<'_, anyhow::Result<()>> {
        Box::pin(async move {
            for node in self.nodes.all().await? {
                let link = node.link().await.inspect_err(|_| self.nodes.doubt())?;
                let answer = link.send(&cmd("PING")).await;
                answer.inspect_err(|error| self.broken(&node, &link, error))?;
            }
            Ok(())
        })
    }
}
