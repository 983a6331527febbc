//! Claims in Redis: a key each, which ends by itself.

use redis::{Cmd, FromRedisValue as _, Value, cmd};

use super::Redis;
use crate::store::{Boxed, Claim, Claims};

const TAKEN: &str = "taken";
const DONE: &str = "done";

impl Claims for Redis {
    fn claim<'a>(&'a self, name: &'a str, ms: u64) -> Boxed<'a, anyhow::Result<Claim>> {
        Box::pin(async move {
            let key = key(name);
            let set = self.run(&key, set(&key, TAKEN, ms).arg("NX")).await?;
            if set != Value::Nil {
                return Ok(Claim::Mine);
            }
            let there = self.run(&key, cmd("GET").arg(&key)).await?;
            let there = Option::<String>::from_redis_value(there)?;
            Ok(match there.as_deref() {
                Some(DONE) => Claim::Done,
                // Where it has gone meanwhile, it is nobody's the next time.
                _ => Claim::Taken,
            })
        })
    }

    fn done<'a>(&'a self, name: &'a str, ms: u64) -> Boxed<'a, anyhow::Result<()>> {
        Box::pin(async move {
            let key = key(name);
            self.run(&key, &set(&key, DONE, ms)).await.map(drop)
        })
    }

    fn release<'a>(&'a self, name: &'a str) -> Boxed<'a, anyhow::Result<()>> {
        Box::pin(async move {
            let key = key(name);
            self.run(&key, cmd("DEL").arg(&key)).await.map(drop)
        })
    }
}

fn key(name: &str) -> String {
    format!("tidegate:claim:{name}")
}

fn set(key: &str, value: &str, ms: u64) -> Cmd {
    let mut set = cmd("SET");
    set.arg(key).arg(value).arg("PX").arg(ms.max(1));
    set
}
