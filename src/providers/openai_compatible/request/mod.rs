//! The client's request on its way to the provider: its own bytes, but for what must differ.
//!
//! Only places are edited: the model's name, the wish for token counts in a stream, and fields that
//! the preset's vendor does not take as they are. All other bytes stay the client's. Where the last
//! edit is near the front, only the front is replaced and the rest of the body, however large, is
//! not copied: Envoy can replace a prefix of its buffer.
//!
//! What is left out or brought into range is reported, or refused where the target is strict.

mod allowed_tools;
mod messages;
mod model;
pub(super) mod params;
mod streaming;

use std::borrow::Cow;

use super::edit::{Fate, Member, Splice, apply, splices};
use super::options;
use super::preset::{Models, Preset};
use super::stream::AnswerOptions;
use crate::chat::{Error, Operation, Warning};
use crate::dialects::openai_chat::{Field, Scan};
use crate::providers::TargetOptions;
use crate::providers::losses::Losses;
use allowed_tools::AllowedTools;
use model::ModelRules;
use params::Fields;

/// Edits that all lie in so many bytes are made as a prefix.
const PREFIX_LIMIT: usize = 64 * 1024;

/// A request as the provider wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// What becomes of the client's body.
    pub edit: Edit,
    /// Path below the base URL; may end with a query of its own.
    pub path: Cow<'static, str>,
    /// What could not be given to the provider as it was.
    pub warnings: Vec<Warning>,
    /// How the answer is to be passed on.
    pub answer: AnswerOptions,
}

/// What becomes of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// It goes as it is.
    Unchanged,
    /// Its first `replaced` bytes become these; the rest goes as it is.
    Prefix {
        /// How many bytes are replaced.
        replaced: usize,
        /// What comes in their place.
        bytes: Vec<u8>,
    },
    /// It becomes this.
    Whole(Vec<u8>),
}

/// Prepares the client's body, which `scan` has found in order, for a provider.
///
/// # Errors
/// 400 naming the field, where the provider cannot do what the client asks, or the target says to
/// refuse it.
pub(super) fn prepare(
    preset: &Preset,
    body: &[u8],
    scan: &Scan<'_>,
    target: &TargetOptions<'_>,
) -> Result<Prepared, Error> {
    let members: Vec<Member<'_>> = scan.fields.iter().map(Member::of).collect();
    let fields = Fields {
        body,
        members: &members,
    };
    let mut losses = Losses::new(target.strict, "this model's provider");
    let mut request = Request {
        preset,
        scan,
        target,
        fields,
        is_streamed: scan.stream || streaming::is_needed(preset, fields, target),
        tools: allowed_tools::emulate(preset, fields, &mut losses)?,
        model_rules: ModelRules::of(preset, target.model, scan),
    };
    let mut fates = Vec::with_capacity(members.len());
    for (field, member) in scan.fields.iter().zip(&members) {
        fates.push(request.fate(field, member, &mut losses)?);
    }
    let mut splices = splices(&members, &fates);
    splices.extend(streaming::wishes(preset, scan, request.is_streamed));
    splices.extend(messages::splices(preset, fields, target, &mut losses)?);
    Ok(Prepared {
        edit: edit(body, splices),
        path: (preset.path)(Operation::Chat, target),
        warnings: losses.into_warnings(),
        answer: AnswerOptions {
            usage: streaming::client_usage(body, scan),
            think_tags: options::think_tags(preset, target.options),
            choices: choices(fields),
            answer_id: None,
            bill: None,
            may_stop: false,
        },
    })
}

/// How many choices the client asks for.
fn choices(fields: Fields<'_>) -> usize {
    let asked = fields.value("n").map(serde_json::from_slice);
    asked.and_then(Result::ok).unwrap_or(1)
}

/// What becomes of the model's name.
pub(super) fn model(scan: &Scan<'_>, target: &TargetOptions<'_>) -> Fate {
    if scan.model == target.model {
        return Fate::Stays;
    }
    Fate::Becomes(serde_json::Value::from(target.model).to_string())
}

/// A request on its way.
struct Request<'a> {
    preset: &'a Preset,
    scan: &'a Scan<'a>,
    target: &'a TargetOptions<'a>,
    fields: Fields<'a>,
    /// Whether the provider is asked for a stream, be it the client's wish or not.
    is_streamed: bool,
    tools: Option<AllowedTools>,
    model_rules: ModelRules,
}

impl Request<'_> {
    /// What becomes of a top-level field.
    fn fate(
        &mut self,
        field: &Field<'_>,
        member: &Member<'_>,
        losses: &mut Losses,
    ) -> Result<Fate, Error> {
        let (preset, body) = (self.preset, self.fields.body);
        match (&*member.name, &mut self.tools) {
            ("model", _) => return Ok(model(self.scan, self.target)),
            ("stream", _) if self.is_streamed && !self.scan.stream => {
                return Ok(Fate::Becomes("true".to_owned()));
            }
            ("stream_options", _) => return streaming::options(preset, self.scan, losses),
            ("reasoning_effort", _) if preset.models == Models::OpenAi => {
                return self.model_rules.effort(member.json(body), losses);
            }
            ("tools", Some(allowed)) => return Ok(allowed.tools()),
            ("tool_choice", Some(allowed)) => return Ok(allowed.choice()),
            _ => {}
        }
        let rule = preset.rule(&member.name, self.target.model);
        if let Some(param) = rule.or_else(|| self.model_rules.rule(&member.name)) {
            return params::ruled(param, member.json(body), self.fields, losses);
        }
        if field.is_known || preset.lacks.contains(&&*member.name) {
            return params::known(preset, &member.name, member.json(body), losses);
        }
        params::unknown(preset, body, member, self.scan, self.target, losses)
    }
}

/// What the splices make of the body. They do not overlap.
pub(super) fn edit(body: &[u8], mut splices: Vec<Splice>) -> Edit {
    splices.sort_by_key(|splice| (splice.range.start, splice.range.end));
    let Some(last) = splices.last() else {
        return Edit::Unchanged;
    };
    let replaced = last.range.end;
    if replaced <= PREFIX_LIMIT {
        let bytes = apply(body.get(..replaced).unwrap_or(body), &splices);
        return Edit::Prefix { replaced, bytes };
    }
    Edit::Whole(apply(body, &splices))
}

#[cfg(test)]
mod tests;
