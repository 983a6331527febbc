//! What there is to say of a request.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use tidegate::chat::Operation;
use tidegate::config::routing::Need;
use tidegate::config::runtime::{Model, VirtualKey};
use tidegate::dialects::openai_chat::{self as dialect, Scan};
use tidegate::limiter::estimate;
use tidegate::policies::auth::Key;
use tidegate::role::Reply;
use tidegate::role::gateway::wishes::{self, Asked as Wished};
use tidegate::routing::facts::{self, Facts};
use tidegate::routing::profile::Profile;

use super::Request;
use super::play::Played;
use super::stage::{self, Sight, StageStory};
use crate::config::{Config, Profile as Timeouts};

/// A request, and what becomes of it. Its serialization is what `--json` shows.
#[derive(Debug, Serialize)]
pub(super) struct Story {
    /// Who asks; absent where everybody may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<Asker>,
    /// What is asked; absent where that cannot be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request: Option<Asked>,
    /// Where it would go, in the order in which that is tried.
    pub(super) stages: Vec<StageStory>,
    /// How it would be refused; absent where it would be sent on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refused: Option<Refused>,
}

/// Who asks.
#[derive(Debug, Serialize)]
pub(super) struct Asker {
    pub(super) id: String,
    pub(super) team: Option<String>,
    pub(super) organization: Option<String>,
    /// The models that it may use; `None`: all.
    pub(super) models: Option<Vec<String>>,
    pub(super) routing_headers: bool,
}

/// What is asked.
#[derive(Debug, Serialize)]
pub(super) struct Asked {
    pub(super) model: String,
    /// The name that the request has for it, where that is another.
    pub(super) alias: Option<String>,
    pub(super) operation: &'static str,
    pub(super) stream: bool,
    /// An estimate.
    pub(super) input_tokens: u64,
    pub(super) max_output_tokens: Option<u64>,
    /// With how many the cost is reckoned.
    pub(super) expected_output_tokens: u64,
    pub(super) needs: Vec<&'static str>,
    /// Answers with status 200 that are left for the next attempt.
    pub(super) fall_back_on: Vec<&'static str>,
    pub(super) timeouts_ms: Times,
}

/// Those timeouts that count for such a request, in milliseconds.
#[derive(Debug, Default, Serialize)]
pub(super) struct Times {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) first_token: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) idle: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) response: Option<u64>,
    pub(super) total: u64,
}

/// How it would be refused.
#[derive(Debug, Serialize)]
pub(super) struct Refused {
    pub(super) status: u16,
    pub(super) body: Value,
}

/// Tells what becomes of a request.
pub(super) fn tell(config: &Config, request: &Request, played: Played) -> Story {
    let key = request.key.as_ref().map(key_of).unwrap_or_default();
    let scan = match request.operation() {
        Operation::Chat => dialect::scan(&request.body),
        Operation::Embeddings => dialect::scan_embeddings(&request.body),
    };
    let scan = scan.ok();
    let models = &config.gateway.models;
    let model = scan.as_ref().and_then(|scan| {
        let mut models = models.iter();
        models.find(|model| is_called(model, &scan.model))
    });
    let mut story = Story {
        key: request.key.as_ref().map(asker),
        request: None,
        stages: Vec::new(),
        refused: None,
    };
    let plan = match played {
        Played::Planned(plan) => Some(plan),
        Played::Refused(reply) => {
            story.refused = Some(refused(&reply));
            None
        }
    };
    let (Some(scan), Some(model)) = (&scan, model) else {
        return story;
    };
    let wished = match key.routing_headers {
        // What cannot be read is refused.
        true => wishes::read(&request.headers, model).unwrap_or_default(),
        false => Wished::default(),
    };
    let most_input = estimate::input_tokens(&request.body);
    let (headers, body) = (&request.headers, &request.body);
    let facts = Facts::of(model, &key, headers, body, scan, most_input);
    let profile = Profile::of(model, &facts, wished.routing);
    let mut asked = asked(config, request, model, scan, &profile);
    if let Some(total) = wished.timeout_ms {
        asked.timeouts_ms.total = total;
    }
    story.request = Some(asked);
    let sight = Sight {
        key: &key,
        facts: &facts,
        profile: &profile,
        budgets_count: config.gateway.limits.is_some(),
        plan: plan.as_deref(),
    };
    story.stages = stage::all(model, &sight);
    story
}

fn is_called(model: &Model, name: &str) -> bool {
    model.name == name || model.aliases.iter().any(|alias| alias == name)
}

/// The key, as the filter knows it.
fn key_of(key: &VirtualKey) -> Key {
    Key {
        id: key.id.clone(),
        team: key.team.clone(),
        organization: key.organization.clone(),
        models: key.models.clone(),
        routing_headers: key.routing_headers,
        ..Key::default()
    }
}

fn asker(key: &VirtualKey) -> Asker {
    Asker {
        id: key.id.clone(),
        team: key.team.clone(),
        organization: key.organization.clone(),
        models: key.models.clone(),
        routing_headers: key.routing_headers,
    }
}

fn asked(
    config: &Config,
    request: &Request,
    model: &Model,
    scan: &Scan<'_>,
    profile: &Profile,
) -> Asked {
    let operation = match request.operation() {
        Operation::Chat => "chat completion",
        Operation::Embeddings => "embeddings",
    };
    let needs = facts::needs(&request.body, scan);
    let mut profiles = config.profiles.iter();
    let timeouts = profiles.find(|profile| profile.name == model.timeouts);
    Asked {
        model: model.name.clone(),
        alias: (model.name != scan.model).then(|| scan.model.to_string()),
        operation,
        stream: profile.stream,
        input_tokens: profile.input_tokens,
        max_output_tokens: profile.max_output,
        expected_output_tokens: profile.output_tokens(None),
        needs: needs.iter().map(Need::name).collect(),
        fall_back_on: model.fall_back_on.into(),
        timeouts_ms: timeouts
            .map(|of| times(of, profile.stream))
            .unwrap_or_default(),
    }
}

fn times(timeouts: &Timeouts, stream: bool) -> Times {
    let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let streamed = |time| stream.then(|| ms(time));
    Times {
        first_token: streamed(timeouts.first_token),
        idle: streamed(timeouts.idle),
        response: (!stream).then(|| ms(timeouts.response)),
        total: ms(timeouts.total),
    }
}

fn refused(reply: &Reply) -> Refused {
    Refused {
        status: reply.status,
        body: serde_json::from_slice(&reply.body).unwrap_or_default(),
    }
}
