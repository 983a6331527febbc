//! Whatever a network does to reports and answers, the limit holds: by the store's own sums and,
//! what counts, by a count of what holders really spent.

use proptest::prelude::*;
use tidegate::limiter::protocol::Report;

use self::world::{START, Step, World, step};
use super::*;

mod world;

const WINDOW: u64 = 20_000;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_window_ever_sees_more_than_the_limit(
        steps in prop::collection::vec(step(), 1..120),
        limit in prop_oneof![1..30u64, 1..500u64],
    ) {
        let span = Span::Sliding(WINDOW);
        let mut world = World::new(Terms { limit, span });
        for step in &steps {
            world.go(step);
            let sum = world.state.used() + world.state.outstanding();
            prop_assert!(sum <= limit, "{sum} of {limit} after {step:?}");
            let spent = world.spent_since(world.now.saturating_sub(WINDOW - 1));
            prop_assert!(spent <= limit, "spent {spent} of {limit} after {step:?}");
        }
    }

    #[test]
    fn no_period_ever_sees_more_than_the_limit(
        steps in prop::collection::vec(step(), 1..120),
        limit in 1..500u64,
        length in 5_000..60_000u64,
    ) {
        let span = |now: u64| {
            let start = now - now % length;
            Span::Calendar(PeriodNow { start, ends_in_ms: start + length - now })
        };
        let mut world = World::new(Terms { limit, span: span(START) });
        for step in &steps {
            world.go(step);
            world.terms.span = span(world.now);
            let sum = world.state.used() + world.state.outstanding();
            prop_assert!(sum <= limit, "{sum} of {limit} after {step:?}");
        }
    }

    #[test]
    fn holders_never_have_more_slots_than_there_are(
        steps in prop::collection::vec(step(), 1..120),
        limit in 1..100u64,
    ) {
        let mut world = World::new(Terms { limit, span: Span::Held });
        for step in steps.iter().filter(|step| !matches!(step, Step::Spend(..))) {
            world.go(step);
            let held: u64 = world.holders.iter().map(|holder| holder.has(world.now)).sum();
            prop_assert!(held <= limit, "{held} of {limit} after {step:?}");
            prop_assert!(world.state.outstanding() <= limit);
        }
    }

    #[test]
    fn once_messages_pass_again_all_but_what_was_spent_comes_back(
        steps in prop::collection::vec(step(), 1..120),
        limit in 1..500u64,
    ) {
        let span = Span::Sliding(WINDOW);
        let mut world = World::new(Terms { limit, span });
        steps.iter().for_each(|step| world.go(step));
        world.now += VALID_MS + MARGIN_MS + WINDOW * 2;
        let nobody = Report::default();
        world.state.apply(&world.terms, "probe", &nobody, world.now);
        world.now += WINDOW * 2;
        let all = Report { least: limit, need: limit, want: limit, ..Report::default() };
        let grant = world.state.apply(&world.terms, "last", &all, world.now);
        prop_assert_eq!(grant.granted, limit);
    }
}
