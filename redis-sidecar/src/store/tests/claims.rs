//! What is done once, whichever sidecar does it.

use std::time::Duration;

use super::stage::Stage;
use crate::store::Claim;

run_over_all_stores!(
    what_is_claimed_is_done_once_by_whoever_is_first,
    a_claim_ends_by_itself,
);

async fn what_is_claimed_is_done_once_by_whoever_is_first(stage: Stage) {
    let (first, other) = (&stage.claims[0], stage.claims.last().unwrap());
    let name = "key/dev/cost/day@UTC 80 1800000000000";
    assert_eq!(first.claim(name, 60_000).await.unwrap(), Claim::Mine);
    assert_eq!(other.claim(name, 60_000).await.unwrap(), Claim::Taken);
    assert_eq!(other.claim("another", 60_000).await.unwrap(), Claim::Mine);
    first.release(name).await.unwrap();
    assert_eq!(other.claim(name, 60_000).await.unwrap(), Claim::Mine);
    other.done(name, 60_000).await.unwrap();
    for claims in [first, other] {
        assert_eq!(claims.claim(name, 60_000).await.unwrap(), Claim::Done);
    }
}

async fn a_claim_ends_by_itself(stage: Stage) {
    let claims = &stage.claims[0];
    claims.claim("taken", 50).await.unwrap();
    claims.done("done", 50).await.unwrap();
    // Redis goes by its own clock, the memory by the test's.
    tokio::time::sleep(Duration::from_millis(100)).await;
    stage.pass(100);
    for name in ["taken", "done"] {
        let claim = claims.claim(name, 60_000).await.unwrap();
        assert_eq!(claim, Claim::Mine, "{name}");
    }
}
