//! Old days go, and coming days get their place, once an hour.

use std::sync::Arc;
use std::time::Duration;

use sqlx::AnyPool;

use super::{DAY_MS, Ledger};
use crate::clock::Clock;
use crate::database::Error;

const INTERVAL: Duration = Duration::from_secs(3600);
const AFTER_A_FAILURE: Duration = Duration::from_secs(30);
/// Days whose place is made ahead: the sidecar may be away from its database over a weekend.
pub(super) const AHEAD: u64 = 7;
/// Rows deleted in one transaction of SQLite's only writer.
const PORTION: u64 = 2_000;

/// Does so for as long as it is polled.
pub async fn keep_house(ledger: Arc<dyn Ledger>, retention_days: u32, clock: Arc<dyn Clock>) {
    loop {
        let today = clock.wall_ms() / DAY_MS;
        let first = today.saturating_sub(u64::from(retention_days));
        let pause = match ledger.retain(first, today.saturating_add(AHEAD)).await {
            Ok(()) => INTERVAL,
            Err(error) => {
                tracing::warn!(%error, "old days of the ledger could not be dropped");
                AFTER_A_FAILURE
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// Deletes the rows of the days before `first`, from SQLite.
pub(super) async fn delete_before(pool: &AnyPool, first: u64) -> Result<(), Error> {
    const ATTEMPTS: &str = "DELETE FROM attempts WHERE (day, request_id, attempt) IN \
         (SELECT day, request_id, attempt FROM attempts WHERE day < $1 LIMIT $2)";
    const REQUESTS: &str = "DELETE FROM requests WHERE (day, request_id) IN \
         (SELECT day, request_id FROM requests WHERE day < $1 LIMIT $2)";
    for sql in [ATTEMPTS, REQUESTS] {
        let mut deleted = PORTION;
        while deleted == PORTION {
            let query = sqlx::query(sql)
                .bind(first.cast_signed())
                .bind(PORTION.cast_signed());
            deleted = query.execute(pool).await?.rows_affected();
        }
    }
    Ok(())
}
