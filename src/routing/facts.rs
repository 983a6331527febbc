//! What the choice of a target depends on: facts of one request.

use crate::config::routing::{Condition, Need, Needs};
use crate::config::runtime::{Model, Target};
use crate::dialects::openai_chat::Scan;
use crate::headers::Headers;
use crate::policies::auth::Key;

use super::look;

/// What is known of a request before it is planned.
#[derive(Debug, Default)]
pub struct Facts<'a> {
    /// Whether the answer is streamed.
    pub stream: bool,
    /// About how many input tokens it has.
    pub input_tokens: u64,
    /// The most output tokens that the client wants.
    pub max_output: Option<u64>,
    /// What it needs; looked for only where a target asks.
    pub needs: Needs,
    /// Whose it is, by the parts that conditions name.
    pub key_id: &'a str,
    /// The key's team.
    pub team: Option<&'a str>,
    /// Whether [`Condition::headers`] and the like hold: the client's headers and the body.
    pub said: Said<'a>,
}

/// What the client says in headers and body.
#[derive(Debug, Default, Clone, Copy)]
pub struct Said<'a> {
    headers: Option<&'a Headers>,
    body: Option<(&'a [u8], &'a Scan<'a>)>,
}

impl<'a> Facts<'a> {
    /// Facts of a request for `model`, which has at most `most_input` input tokens.
    pub fn of(
        model: &Model,
        key: &'a Key,
        headers: &'a Headers,
        body: &'a [u8],
        scan: &'a Scan<'_>,
        most_input: u64,
    ) -> Self {
        let wants_needs = |target: &Target| {
            let by_condition = target.when.as_ref().is_some_and(|c| !c.needs.is_empty());
            target.supports.is_some() || by_condition
        };
        let needs = if model.targets().any(wants_needs) {
            needs(body, scan)
        } else {
            Needs::NONE
        };
        Self {
            stream: scan.stream,
            // What is estimated for limits is the most it can be; texts come to about half of it.
            input_tokens: most_input / 2,
            max_output: scan.max_output,
            needs,
            key_id: &key.id,
            team: key.team.as_deref(),
            said: Said {
                headers: Some(headers),
                body: Some((body, scan)),
            },
        }
    }

    /// Why a target is not for this request; `None` where it is.
    pub fn mismatch(&self, target: &Target) -> Option<Mismatch> {
        if let Some(condition) = &target.when
            && !self.meets(condition)
        {
            return Some(Mismatch::Condition);
        }
        if let Some(supports) = target.supports
            && let Some(need) = self.needs.without(supports).iter().next()
        {
            return Some(Mismatch::Need(need));
        }
        // An estimate, by which nothing is refused that might fit: half as many tokens would be too
        // many as well.
        let least = self.input_tokens / 2;
        if target.context_window.is_some_and(|window| least > window) {
            return Some(Mismatch::ContextLength);
        }
        None
    }

    fn meets(&self, condition: &Condition) -> bool {
        let is_one = |list: &[String], value: Option<&str>| {
            list.is_empty() || value.is_some_and(|value| list.iter().any(|item| item == value))
        };
        let headers = |(name, value): &(String, String)| {
            let said = self.said.headers.and_then(|headers| headers.text(name));
            said == Some(value)
        };
        is_one(&condition.keys, Some(self.key_id))
            && is_one(&condition.teams, self.team)
            && condition
                .input_tokens_over
                .is_none_or(|least| self.input_tokens > least)
            && condition
                .input_tokens_up_to
                .is_none_or(|most| self.input_tokens <= most)
            && condition.needs.without(self.needs).is_empty()
            && condition.headers.iter().all(headers)
            && self.meets_metadata(&condition.metadata)
    }

    fn meets_metadata(&self, wanted: &[(String, String)]) -> bool {
        if wanted.is_empty() {
            return true;
        }
        let Some(metadata) = self.said.field("metadata") else {
            return false;
        };
        wanted
            .iter()
            .all(|(name, value)| look::has_member(metadata, name, value))
    }
}

impl<'a> Said<'a> {
    /// What a body says.
    fn of(body: &'a [u8], scan: &'a Scan<'a>) -> Self {
        Self {
            headers: None,
            body: Some((body, scan)),
        }
    }

    /// The first value of a header of the client's.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers?.text(name)
    }

    /// The value of a top-level field, as it is written.
    pub fn field(&self, name: &str) -> Option<&'a str> {
        let (body, scan) = self.body?;
        let field = scan.fields.iter().find(|field| field.name == name)?;
        str::from_utf8(body.get(field.value.clone())?).ok()
    }
}

/// Why a target is not for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mismatch {
    /// Its condition does not hold.
    Condition,
    /// It cannot do this.
    Need(Need),
    /// The prompt does not fit into its context.
    ContextLength,
}

/// Whether the answer is to be JSON.
pub fn wants_json(body: &[u8], scan: &Scan<'_>) -> bool {
    let format = Said::of(body, scan).field("response_format");
    let is = |kind| format.is_some_and(|format| look::has_member(format, "type", kind));
    is("json_schema") || is("json_object")
}

/// What a request needs of a target.
pub fn needs(body: &[u8], scan: &Scan<'_>) -> Needs {
    let said = Said::of(body, scan);
    let reasons = |effort: &str| effort != "none";
    [
        (Need::Tools, scan.has_tools),
        (
            Need::Vision,
            said.field("messages").is_some_and(look::has_pictures),
        ),
        (
            Need::JsonSchema,
            said.field("response_format")
                .is_some_and(|format| look::has_member(format, "type", "json_schema")),
        ),
        (
            Need::Reasoning,
            scan.reasoning_effort.as_deref().is_some_and(reasons),
        ),
    ]
    .into_iter()
    .filter(|(_, is_needed)| *is_needed)
    .map(|(need, _)| need)
    .collect()
}
