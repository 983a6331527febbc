//! Reports of targets in Redis: one script writes and reads them.
//!
//! Unlike counters, they may be lost: a Redis that has forgotten them is told them anew within
//! seconds, so no process of it is believed more than another one.

use redis::{FromRedisValue as _, Value, cmd};
use tidegate::routing::board::report::FORGOTTEN_AFTER;

use super::Redis;
use crate::store::Boxed;
use crate::store::reports::{Read, ReportStore, Written};
use crate::targets::MOST_TELLERS;

const EXCHANGE: &str = include_str!("reports.lua");
/// Both keys have the same hash tag: a cluster keeps them on one node.
const REPORTS: &str = "tidegate:{targets}:reports";
const WRITTEN: &str = "tidegate:{targets}:written";

impl ReportStore for Redis {
    fn exchange<'a>(
        &'a self,
        since: u64,
        written: &'a [Written],
    ) -> Boxed<'a, anyhow::Result<Read>> {
        Box::pin(async move {
            // Redis keeps what it has made of a script's text.
            let mut command = cmd("EVAL");
            command.arg(EXCHANGE).arg(2).arg(REPORTS).arg(WRITTEN);
            command.arg(FORGOTTEN_AFTER.as_millis().to_string());
            command.arg(MOST_TELLERS).arg(since);
            for Written { teller, text } in written {
                command.arg(teller).arg(text);
            }
            let answer = self.run(REPORTS, &command).await?;
            read(answer)
        })
    }
}

fn read(answer: Value) -> anyhow::Result<Read> {
    let answer = Vec::<Value>::from_redis_value(answer)?;
    let Some((now, reports)) = answer.split_first() else {
        anyhow::bail!("Redis tells no time");
    };
    let report = |pair: &[Value]| match pair {
        [age, text] => Ok((
            u64::from_redis_value_ref(age)?,
            String::from_redis_value_ref(text)?,
        )),
        _ => anyhow::bail!("Redis tells half of a report"),
    };
    Ok(Read {
        now: u64::from_redis_value_ref(now)?,
        reports: reports.chunks(2).map(report).collect::<Result<_, _>>()?,
    })
}
