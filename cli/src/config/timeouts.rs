//! How long things may take.

use std::time::Duration;

use super::field::{Field, Section};
use super::shadow::Mirror;

/// Name of the timeouts of models that have none of their own.
const DEFAULT_PROFILE: &str = "default";

/// What a model's routes are like: how long things may take, and who gets a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Profile {
    /// `default`, or the model's name.
    pub(crate) name: String,
    /// From the start of an attempt to the first event of its stream.
    pub(crate) first_token: Duration,
    /// From the start of an attempt to the end of an answer that is not streamed.
    pub(crate) response: Duration,
    /// Between two pieces of a stream.
    pub(crate) idle: Duration,
    /// All attempts together, until the end of the answer.
    pub(crate) total: Duration,
    /// Who gets copies of requests that take these routes.
    pub(crate) mirror: Option<Mirror>,
    /// The next attempt may be at the same target, which needs a moment.
    pub(crate) pauses: bool,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            name: DEFAULT_PROFILE.to_owned(),
            first_token: Duration::from_secs(60),
            response: Duration::from_secs(300),
            idle: Duration::from_secs(120),
            total: Duration::from_secs(600),
            mirror: None,
            pauses: false,
        }
    }
}

impl Profile {
    /// The same under the name of a model that has routes of its own.
    pub(super) fn named(&self, model: &str) -> Self {
        Self {
            name: model.to_owned(),
            ..self.clone()
        }
    }
}

/// Timeouts for everything.
#[derive(Debug, Clone)]
pub(crate) struct Defaults {
    pub(crate) connect: Duration,
    pub(crate) profile: Profile,
}

/// The file's `timeouts`.
pub(crate) fn defaults(field: Option<Field<'_>>) -> Defaults {
    let connect = Duration::from_secs(5);
    let profile = Profile::default();
    let known = ["connect", "first_token", "response", "idle", "total"];
    match field.and_then(|field| field.section(&known, &[])) {
        Some(section) => Defaults {
            connect: read(&section, "connect", connect),
            profile: read_profile(&section, &profile),
        },
        None => Defaults { connect, profile },
    }
}

/// A provider's `timeouts`: the time to connect is its own, the others belong to models.
pub(crate) fn connect(field: Option<Field<'_>>, default: Duration) -> Duration {
    match field.and_then(|field| field.section(&["connect"], &[])) {
        Some(section) => read(&section, "connect", default),
        None => default,
    }
}

/// A model's `timeouts`; what is not said there is as in `default`.
pub(crate) fn of_model(field: &Field<'_>, name: &str, default: &Profile) -> Option<Profile> {
    if name == DEFAULT_PROFILE {
        field.report("a model called `default` cannot have timeouts of its own; rename it");
    }
    let section = field.section(&["first_token", "response", "idle", "total"], &[])?;
    let name = name.to_owned();
    Some(Profile {
        name,
        ..read_profile(&section, default)
    })
}

fn read_profile(section: &Section<'_>, default: &Profile) -> Profile {
    let total = read(section, "total", default.total);
    for name in ["first_token", "response"] {
        let field = section.optional(name);
        let longer = field.filter(|field| field.duration().is_some_and(|said| said > total));
        if let Some(field) = longer {
            field.report("is longer than `total`, so it could never pass");
        }
    }
    // A default that is longer than a total that was said is not a mistake of the person.
    Profile {
        name: default.name.clone(),
        first_token: read(section, "first_token", default.first_token).min(total),
        response: read(section, "response", default.response).min(total),
        idle: read(section, "idle", default.idle),
        total,
        mirror: None,
        pauses: false,
    }
}

fn read(section: &Section<'_>, name: &str, default: Duration) -> Duration {
    let own = section.optional(name).and_then(|field| field.duration());
    own.unwrap_or(default)
}
