//! Which node keeps which key: one for all, or those of a cluster, as it says itself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use redis::cluster_routing::Slot;
use redis::{ConnectionAddr, ConnectionInfo, FromRedisValue as _, Value, cmd};

use super::link::Link;
use super::node::Node;
use crate::clock::Clock;

/// How long what a cluster said is good for at least, in milliseconds.
const REFRESH_MS: u64 = 200;

/// Where keys are.
enum Map {
    /// Every key is on this node.
    One(Arc<Node>),
    /// By the cluster's slots.
    Slots(HashMap<Slot, Arc<Node>>),
}

/// The nodes of a Redis.
pub(super) struct Nodes {
    info: ConnectionInfo,
    clock: Arc<dyn Clock>,
    /// By `host:port`; the first one that was configured, too.
    known: Mutex<HashMap<String, Arc<Node>>>,
    map: Mutex<Option<(Arc<Map>, u64)>>,
}

impl Nodes {
    pub(super) fn new(info: ConnectionInfo, clock: Arc<dyn Clock>) -> Self {
        let nodes = Self {
            info: info.clone(),
            clock,
            known: Mutex::default(),
            map: Mutex::default(),
        };
        nodes.node(info);
        nodes
    }

    /// The node of a key. Fails where no node can be asked, or none has it.
    pub(super) async fn of(&self, key: &str) -> anyhow::Result<Arc<Node>> {
        match &*self.map().await? {
            Map::One(node) => Ok(Arc::clone(node)),
            Map::Slots(slots) => {
                let node = slots.get(&Slot::for_key(key)).map(Arc::clone);
                node.context("the cluster has no node for a counter")
            }
        }
    }

    /// All nodes that keep keys.
    pub(super) async fn all(&self) -> anyhow::Result<Vec<Arc<Node>>> {
        match &*self.map().await? {
            Map::One(node) => Ok(vec![Arc::clone(node)]),
            Map::Slots(slots) => {
                let mut nodes: Vec<_> = slots.values().map(Arc::clone).collect();
                nodes.sort_by_key(Arc::as_ptr);
                nodes.dedup_by(|one, other| Arc::ptr_eq(one, other));
                Ok(nodes)
            }
        }
    }

    /// Something was not where it should be: asks anew, if that was not done just now.
    pub(super) fn doubt(&self) {
        let now = self.clock.steady_ms();
        let mut map = locked(&self.map);
        if matches!(&*map, Some((_, asked)) if *asked + REFRESH_MS <= now) {
            *map = None;
        }
    }

    async fn map(&self) -> anyhow::Result<Arc<Map>> {
        if let Some((map, _)) = &*locked(&self.map) {
            return Ok(Arc::clone(map));
        }
        let map = Arc::new(self.discover().await?);
        *locked(&self.map) = Some((Arc::clone(&map), self.clock.steady_ms()));
        Ok(map)
    }

    async fn discover(&self) -> anyhow::Result<Map> {
        let known: Vec<_> = locked(&self.known).values().map(Arc::clone).collect();
        let mut failed = anyhow::anyhow!("no node is known");
        for node in known {
            match self.ask(&node).await {
                Ok(map) => return Ok(map),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    async fn ask(&self, node: &Arc<Node>) -> anyhow::Result<Map> {
        let link = node.link().await?;
        if !link.cluster {
            return Ok(Map::One(Arc::clone(node)));
        }
        self.slots(&link)
            .await
            .inspect_err(|error| node.discard(&link, &error.to_string()))
    }

    /// `CLUSTER SLOTS`: ranges, each with its first and last slot, its master's host and port, and
    /// more that is not needed here.
    async fn slots(&self, link: &Link) -> anyhow::Result<Map> {
        let told = link.send(cmd("CLUSTER").arg("SLOTS")).await?;
        let mut slots = HashMap::new();
        for range in Vec::<Vec<Value>>::from_redis_value(told)? {
            let [first, last, master, ..] = &range[..] else {
                anyhow::bail!("Redis tells strange slots");
            };
            let first = u16::from_redis_value_ref(first)?;
            let last = u16::from_redis_value_ref(last)?;
            let node = self.node(self.place(Vec::<Value>::from_redis_value_ref(master)?)?);
            let range = (first..=last).filter_map(Slot::new);
            slots.extend(range.map(|slot| (slot, Arc::clone(&node))));
        }
        Ok(Map::Slots(slots))
    }

    /// Without a host, it is the host that was asked.
    fn place(&self, master: Vec<Value>) -> anyhow::Result<ConnectionInfo> {
        let [host, port, ..] = &master[..] else {
            anyhow::bail!("Redis tells a strange node");
        };
        let host = Option::<String>::from_redis_value_ref(host)?.filter(|host| !host.is_empty());
        let mut address = self.info.addr().clone();
        match &mut address {
            ConnectionAddr::Tcp(there, at)
            | ConnectionAddr::TcpTls {
                host: there,
                port: at,
                ..
            } => {
                *at = u16::from_redis_value_ref(port)?;
                if let Some(host) = host {
                    *there = host;
                }
            }
            _ => anyhow::bail!("a cluster cannot be reached by a Unix socket"),
        }
        Ok(self.info.clone().set_addr(address))
    }

    fn node(&self, info: ConnectionInfo) -> Arc<Node> {
        let address = info.addr().to_string();
        let new = || Arc::new(Node::new(info, Arc::clone(&self.clock)));
        Arc::clone(locked(&self.known).entry(address).or_insert_with(new))
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
