//! Fallback models: for whom, and for which causes.

use std::time::Duration;

use tidegate::clock::Timestamp;
use tidegate::config::routing::{Cause, Causes, Strategy};
use tidegate::config::runtime::{Model, Stage, Target};
use tidegate::policies::auth::Key;
use tidegate::routing::board::{Board, Ending, Failure};
use tidegate::routing::facts::Facts;
use tidegate::routing::profile::{Profile, Wishes};
use tidegate::routing::router::{Router, Unplanned};

use super::{board, router};

/// `m` falls back to `second` for rate limits, and that one to `third` for all usual causes.
fn chain() -> Model {
    let stage = |via: Option<&str>, after, causes| Stage {
        via: via.map(str::to_owned),
        after,
        causes,
        strategy: Strategy::Priority,
        sticky: None,
        targets: vec![Target::new(via.unwrap_or("first"), "m")],
    };
    let rate_limit = Causes::NONE.with(Cause::RateLimit);
    Model {
        name: "m".into(),
        stages: vec![
            stage(None, 0, Causes::NONE),
            stage(Some("second"), 0, rate_limit),
            stage(Some("third"), 1, Causes::usual()),
        ],
        ..Model::default()
    }
}

fn planned(router: &Router, model: &Model, key: &Key) -> Result<Vec<String>, Unplanned> {
    let profile = Profile::of(model, &Facts::default(), Wishes::default());
    let planned = router.plan(0, key, &profile, Timestamp(0))?;
    let names = planned.attempts.iter();
    Ok(names
        .map(|attempt| attempt.target.provider.clone())
        .collect())
}

/// The provider has said when to come back.
fn cool(board: &Board, id: &str, cause: Cause) {
    let failure = Failure {
        cause,
        is_refusal: true,
        retry_after: Some(Duration::from_secs(60)),
    };
    board.ended(board.register(id), Ending::Failed(failure), Timestamp(0));
}

#[test]
fn a_model_that_the_key_may_not_use_leads_nowhere() {
    let (model, board) = (chain(), board(1));
    let router = router(&model, &board);
    let limited = |models: &[&str]| Key {
        models: Some(models.iter().map(|name| (*name).to_owned()).collect()),
        ..Key::default()
    };
    let names = |models: &[&str]| planned(&router, &model, &limited(models)).unwrap();
    assert_eq!(
        names(&["m", "second", "third"]),
        ["first", "second", "third"]
    );
    assert_eq!(names(&["m", "second"]), ["first", "second"]);
    assert_eq!(names(&["m", "third"]), ["first"]);
}

#[test]
fn what_cools_down_opens_the_fallbacks_for_its_cause_only() {
    let model = chain();
    for (cause, expected) in [
        (
            Cause::RateLimit,
            Ok(vec!["second".to_owned(), "third".to_owned()]),
        ),
        (
            Cause::Error,
            Err(Unplanned::Cooling {
                retry_after: Duration::from_secs(60),
                cause: Cause::Error,
            }),
        ),
    ] {
        let board = board(1);
        let router = router(&model, &board);
        cool(&board, "first/m", cause);
        assert_eq!(planned(&router, &model, &Key::default()), expected);
    }
}
