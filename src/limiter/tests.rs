use super::*;

const NOW: Timestamp = Timestamp(1_000_000_000);

#[test]
fn a_sync_that_is_lost_is_asked_for_again_at_once() {
    let counter = serde_json::from_value(serde_json::json!({
        "id": "c", "scope": {"kind": "key", "name": "k"}, "measure": "requests", "limit": 1_000,
        "window": {"sliding": 60_000}, "on_unavailable": "deny"}));
    let mut limiter = Limiter::new("holder".into());
    let slot = limiter.register(&Rc::new(counter.unwrap()));
    let demand = [Demand { slot, units: 1 }];
    let Admission::Wait(number) = limiter.admit(&demand, false, NOW) else {
        panic!("nobody has granted it anything");
    };
    let (sent, sync) = limiter.sync(NOW).unwrap();
    assert_eq!((sent, sync.counters[0].need), (number, 1));
    assert!(!limiter.is_over(number));
    limiter.lost();
    assert!(limiter.is_over(number), "who waits may come again");
    let again = limiter.admit(&demand, true, NOW);
    assert!(
        matches!(again, Admission::Wait(next) if next > number),
        "{again:?}"
    );
    let (_, sync) = limiter.sync(NOW).unwrap();
    assert_eq!(sync.counters[0].need, 1);
}
