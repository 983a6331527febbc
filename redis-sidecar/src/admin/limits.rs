//! `/admin/limits` and `/admin/reconcile`: how counters stand, and whether the ledger says the same.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tidegate::config::limits::{Counter, Measure, OnUnavailable, Scope, ScopeKind};
use utoipa::{IntoParams, ToSchema};

use super::Parts;
use super::usage::refusal;
use crate::ledger::SpentQuery;
use crate::limits::Level;
use crate::service::Problem;
use crate::store::{Shown, Standing, Wanted};

/// Counters in one answer, where no number is said, and at most.
const USUAL: usize = 100;
const MOST: usize = 500;
/// Of those that the ledger is asked for, one after the other.
const MOST_RECONCILED: usize = 100;
/// How long all of these questions may take.
const PATIENCE: Duration = Duration::from_secs(30);

type Asks = Result<Query<Asked>, QueryRejection>;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// Counters of this key.
    key: Option<String>,
    /// Counters of this team.
    team: Option<String>,
    /// Counters of this organisation.
    organization: Option<String>,
    /// Counters of this model.
    model: Option<String>,
    /// Counters of all `key`, `team`, `organization`, `model`, or of the `gateway`.
    #[param(value_type = Option<String>)]
    scope: Option<ScopeKind>,
    /// `requests`, `tokens`, `parallel_requests` or `cost`.
    #[param(value_type = Option<String>)]
    measure: Option<Measure>,
    /// Those whose ids come after this one: `next` of the answer before.
    after: Option<String>,
    /// How many at most, from 1 to 500 (of a reconciliation: 100).
    most: Option<usize>,
}

/// Counters by their ids.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Page<T> {
    counters: Vec<T>,
    /// Where there are more: what to say as `after`.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Which counter.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Named {
    id: String,
    /// `key`, `team`, `organization`, `model` or `gateway`.
    scope: &'static str,
    /// Whose it is; empty of the gateway.
    name: String,
    /// `requests`, `tokens`, `parallel_requests` or `cost`.
    measure: &'static str,
    /// What all amounts are in: `requests`, `tokens` or `nano_usd` (10⁻⁹ US dollars).
    unit: &'static str,
    /// `60s` for any minute, `day@UTC` for a day of the calendar; absent of parallel requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<String>,
    /// `counted`; `unseeded` where the store has nothing of it, as nobody has used it or it has
    /// lost its memory; `unavailable` where the store does not answer.
    state: &'static str,
    /// From when on what was used counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
}

/// A counter, and how it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Counted {
    #[serde(flatten)]
    named: Named,
    limit: u64,
    /// What becomes of requests while nobody can count: `allow` or `deny`.
    on_unavailable: &'static str,
    /// What was used within the window.
    #[serde(skip_serializing_if = "Option::is_none")]
    used: Option<u64>,
    /// What gateways have set aside, beside that.
    #[serde(skip_serializing_if = "Option::is_none")]
    outstanding: Option<u64>,
    /// What nobody has set aside or used.
    #[serde(skip_serializing_if = "Option::is_none")]
    remaining: Option<u64>,
    /// In how many milliseconds all that is used will have left the window.
    #[serde(skip_serializing_if = "Option::is_none")]
    reset_ms: Option<u64>,
    /// Workers of gateways that were heard of lately.
    #[serde(skip_serializing_if = "Option::is_none")]
    holders: Option<u64>,
}

/// A counter beside the ledger's rows of the same time.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Reconciled {
    #[serde(flatten)]
    named: Named,
    /// What the counter says was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    counter: Option<u64>,
    /// What gateways have set aside, beside that.
    #[serde(skip_serializing_if = "Option::is_none")]
    outstanding: Option<u64>,
    /// What the ledger's rows come to.
    #[serde(skip_serializing_if = "Option::is_none")]
    ledger: Option<u64>,
    /// The counter's less the ledger's.
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<i64>,
}

#[utoipa::path(get, path = "/admin/limits", params(Asked),
    responses((status = 200, body = Page<Counted>), (status = 400)))]
pub(super) async fn levels(
    State(parts): State<Arc<Parts>>,
    asked: Asks,
) -> Result<Json<Page<Counted>>, Problem> {
    let (standings, next) = page(&parts, wanted(asked, MOST)?).await;
    let counters = standings.into_iter().map(counted).collect();
    Ok(Json(Page { counters, next }))
}

#[utoipa::path(get, path = "/admin/reconcile", params(Asked),
    responses((status = 200, body = Page<Reconciled>), (status = 400), (status = 503)))]
pub(super) async fn reconcile(
    State(parts): State<Arc<Parts>>,
    asked: Asks,
) -> Result<Json<Page<Reconciled>>, Problem> {
    let mut wanted = wanted(asked, MOST_RECONCILED)?;
    wanted.in_ledger = true;
    let compared = tokio::time::timeout(PATIENCE, async {
        let (standings, next) = page(&parts, wanted).await;
        let mut counters = Vec::with_capacity(standings.len());
        for standing in standings {
            counters.push(compared(&parts, standing).await?);
        }
        Ok(Json(Page { counters, next }))
    });
    compared.await.unwrap_or_else(|_| {
        Err(Problem {
            status: StatusCode::SERVICE_UNAVAILABLE,
            message: "this takes too long: ask for fewer counters, with `most`".to_owned(),
        })
    })
}

async fn page(parts: &Parts, wanted: Wanted) -> (Vec<Standing>, Option<String>) {
    let (standings, are_more) = parts.limiter.levels(&wanted).await;
    let last = standings.last().filter(|_| are_more);
    let next = last.map(|standing| standing.counter.id.clone());
    (standings, next)
}

fn wanted(asked: Asks, most: usize) -> Result<Wanted, Problem> {
    let Query(asked) = asked.map_err(|error| Problem::bad_request(error.body_text()))?;
    let named = [
        (ScopeKind::Key, asked.key),
        (ScopeKind::Team, asked.team),
        (ScopeKind::Organization, asked.organization),
        (ScopeKind::Model, asked.model),
    ];
    let scopes = named
        .into_iter()
        .filter_map(|(kind, name)| Some(Scope { kind, name: name? }));
    let asked_most = asked.most.unwrap_or(USUAL.min(most));
    if !(1..=most).contains(&asked_most) {
        let message = format!("most: must be from 1 to {most}");
        return Err(Problem::bad_request(message));
    }
    Ok(Wanted {
        scopes: scopes.collect(),
        kind: asked.scope,
        measure: asked.measure,
        in_ledger: false,
        after: asked.after,
        most: asked_most,
    })
}

fn named(standing: &Standing) -> Named {
    let Counter {
        id, scope, measure, ..
    } = &standing.counter;
    Named {
        id: id.clone(),
        scope: scope.kind.name(),
        name: scope.name.clone(),
        measure: measure.name(),
        unit: match measure {
            Measure::Requests | Measure::ParallelRequests => "requests",
            Measure::Tokens => "tokens",
            Measure::Cost => "nano_usd",
        },
        window: standing.counter.window.name(),
        state: match standing.shown {
            Shown::Level(_) => "counted",
            Shown::Unseeded => "unseeded",
            Shown::Away => "unavailable",
        },
        since: standing.since_ms.and_then(time),
    }
}

fn level(standing: &Standing) -> Option<Level> {
    match standing.shown {
        Shown::Level(level) => Some(level),
        Shown::Unseeded | Shown::Away => None,
    }
}

fn counted(standing: Standing) -> Counted {
    let level = level(&standing);
    let limit = standing.counter.limit;
    Counted {
        named: named(&standing),
        limit,
        on_unavailable: match standing.counter.on_unavailable {
            OnUnavailable::Allow => "allow",
            OnUnavailable::Deny => "deny",
        },
        used: level.map(|level| level.used),
        outstanding: level.map(|level| level.outstanding),
        remaining: level
            .map(|level| limit.saturating_sub(level.used.saturating_add(level.outstanding))),
        reset_ms: level.map(|level| level.reset_ms),
        holders: level.map(|level| level.holders),
    }
}

async fn compared(parts: &Parts, standing: Standing) -> Result<Reconciled, Problem> {
    let level = level(&standing);
    let used = level.map(|level| level.used);
    let ledger = match standing.since_ms {
        Some(since) => Some(in_ledger(parts, &standing.counter, since).await?),
        None => None,
    };
    let difference = used.zip(ledger).and_then(|(used, ledger)| {
        let used = i64::try_from(used).ok()?;
        used.checked_sub(i64::try_from(ledger).ok()?)
    });
    Ok(Reconciled {
        named: named(&standing),
        counter: used,
        outstanding: level.map(|level| level.outstanding),
        ledger,
        difference,
    })
}

async fn in_ledger(parts: &Parts, counter: &Counter, since_ms: u64) -> Result<u64, Problem> {
    let query = SpentQuery {
        scope: counter.scope.clone(),
        measure: counter.measure,
        from_ms: since_ms,
        to_ms: u64::MAX,
        part_ms: u64::MAX,
    };
    let parts = parts.ledger.spent(&query).await.map_err(refusal)?;
    let amounts = parts.iter().map(|part| part.amount);
    Ok(amounts.fold(0, u64::saturating_add))
}

fn time(ms: u64) -> Option<String> {
    let time = jiff::Timestamp::from_millisecond(i64::try_from(ms).ok()?);
    Some(time.ok()?.to_string())
}
