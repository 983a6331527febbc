//! Top-level fields that the vendor treats differently, and fields that nobody knows.

use serde_json::{Map, Value};

use crate::chat::{Error, Operation};
use crate::dialects::openai_chat::{Scan, fields};
use crate::providers::losses::Losses;
use crate::providers::openai_compatible::edit::{Fate, Member};
use crate::providers::openai_compatible::preset::{Param, Preset, Rule, Words};
use crate::providers::{self, Asked, TargetOptions, UnknownFields, Wire};

/// A request's top-level fields, of which one is looked at.
#[derive(Clone, Copy)]
pub(in super::super) struct Fields<'a> {
    pub(in super::super) body: &'a [u8],
    pub(in super::super) members: &'a [Member<'a>],
}

impl<'a> Fields<'a> {
    /// The JSON of a field.
    pub(super) fn value(&self, name: &str) -> Option<&'a [u8]> {
        let member = self.members.iter().find(|member| member.name == name)?;
        Some(member.json(self.body))
    }

    /// Whether a field is there and has one of these values.
    pub(super) fn has(&self, name: &str, values: &[&str]) -> bool {
        let value = self.value(name);
        value.is_some_and(|json| json != b"null" && is_one_of(values, json))
    }
}

/// What becomes of a field that the preset has a rule for.
pub(in super::super) fn ruled(
    param: &Param,
    json: &[u8],
    fields: Fields<'_>,
    losses: &mut Losses,
) -> Result<Fate, Error> {
    match param.rule {
        Rule::Taken => Ok(Fate::Stays),
        Rule::Refused => left_out(param.name, json, losses),
        Rule::RefusedBut(values) if is_one_of(values, json) => Ok(Fate::Stays),
        Rule::RefusedBut(_) => left_out(param.name, json, losses),
        Rule::Unsaid(value) if is_one_of(&[value], json) => Ok(Fate::Goes),
        Rule::Unsaid(_) => Ok(Fate::Stays),
        Rule::Fixed(values) if is_one_of(values, json) => Ok(Fate::Goes),
        Rule::Fixed(_) => losses.dropped(param.name).map(|()| Fate::Goes),
        Rule::OffByChoice if fields.has("tool_choice", &["\"none\""]) => {
            losses.emulated("tool_choice");
            Ok(Fate::Goes)
        }
        Rule::OffByChoice => Ok(Fate::Stays),
        Rule::Named(name) if fields.value(name).is_some() => left_out(param.name, json, losses),
        Rule::Named(name) => Ok(Fate::IsNamed(name)),
        Rule::AtMost(limit) => at_most(limit, param.name, json, losses),
        Rule::Only(values) if is_one_of(values, json) => Ok(Fate::Stays),
        Rule::OnlyUnsaid(value) if is_one_of(&[value], json) => Ok(Fate::Goes),
        Rule::Only(_) | Rule::OnlyUnsaid(_) => Err(refused(param.name)),
        Rule::Words(words) => worded(&words, param.name, json, fields, losses),
        Rule::MootBeside(other, values) if fields.has(other, values) => Ok(Fate::Goes),
        Rule::MootBeside(..) => Ok(Fate::Stays),
        Rule::IgnoredUnless(others) if others.iter().any(|(name, v)| fields.has(name, &[v])) => {
            Ok(Fate::Stays)
        }
        Rule::IgnoredUnless(_) => left_out(param.name, json, losses),
    }
}

/// What becomes of a field of OpenAI's API, or of many vendors, that the preset has no rule for.
pub(super) fn known(
    preset: &Preset,
    name: &str,
    json: &[u8],
    losses: &mut Losses,
) -> Result<Fate, Error> {
    match preset.lacks.iter().find(|lacking| **lacking == name) {
        Some(name) => left_out(name, json, losses),
        None => Ok(Fate::Stays),
    }
}

/// What becomes of a field that OpenAI's API does not know.
pub(in super::super) fn unknown(
    preset: &Preset,
    body: &[u8],
    member: &Member<'_>,
    scan: &Scan<'_>,
    target: &TargetOptions<'_>,
    losses: &mut Losses,
) -> Result<Fate, Error> {
    let is_vendors = |name: &str| preset.extras.contains(&name);
    if is_vendors(&member.name) {
        return Ok(Fate::Stays);
    }
    if let Some(addressed) = providers::find(&member.name) {
        let asked = Asked {
            operation: Operation::Chat,
            model: target.model,
            options: target.options,
            scan,
        };
        return match addressed.wire.resolve(&asked) {
            Wire::OpenAi(other) if std::ptr::eq(other, preset) => own(body, member, scan),
            // Meant for the case that another provider answers.
            _ => Ok(Fate::Goes),
        };
    }
    if providers::addresses_one(&member.name) {
        return Ok(Fate::Goes);
    }
    match target.unknown_fields {
        UnknownFields::Pass => Ok(Fate::Stays),
        UnknownFields::Drop => {
            losses.unknown(&member.name);
            Ok(Fate::Goes)
        }
        UnknownFields::Refuse => {
            let names = scan.unknown_fields().map(|field| &*field.name);
            let names: Vec<_> = names.filter(|name| !is_vendors(name)).collect();
            let message = format!("Unknown parameters: {}.", names.join(", "));
            let error = Error::invalid(message).with_param(&*member.name);
            Err(error.with_code("unknown_parameter"))
        }
    }
}

/// `groq: {…}` for Groq: its members take its place. They may add to the request, not change it.
fn own(body: &[u8], member: &Member<'_>, scan: &Scan<'_>) -> Result<Fate, Error> {
    let wrong = |path: &str| {
        let message = format!("'{path}' must be a field that OpenAI's API does not have.");
        Err(Error::invalid(message).with_param(path))
    };
    let json = member.json(body);
    let Ok(own) = serde_json::from_slice::<Map<String, Value>>(json) else {
        return wrong(&member.name);
    };
    let is_taken = |name: &str| scan.fields.iter().any(|field| field.name == name);
    for name in own.keys() {
        if fields::is_known(name) || is_taken(name) || fields::differently_cased(name).is_some() {
            return wrong(&format!("{}.{name}", member.name));
        }
    }
    let inner = json
        .strip_prefix(b"{")
        .and_then(|json| json.strip_suffix(b"}"));
    match inner.and_then(|inner| std::str::from_utf8(inner).ok()) {
        Some(members) if !own.is_empty() => Ok(Fate::Gives(members.to_owned())),
        _ => Ok(Fate::Goes),
    }
}

/// The provider cannot do what this field asks.
fn refused(param: &str) -> Error {
    Error::invalid(format!(
        "The parameter '{param}' cannot be used with this model's provider."
    ))
    .with_param(param)
    .with_code("unsupported_parameter")
}

/// A field that asks for nothing, or for what happens anyhow, is no loss.
pub(super) fn left_out(
    name: &'static str,
    json: &[u8],
    losses: &mut Losses,
) -> Result<Fate, Error> {
    let is_nothing = match name {
        // Calls side by side are what happens where nobody says a word.
        "parallel_tool_calls" => matches!(json, b"null" | b"true"),
        _ => matches!(json, b"null" | b"false" | b"0" | b"0.0" | b"[]" | b"{}"),
    };
    if !is_nothing {
        losses.dropped(name)?;
    }
    Ok(Fate::Goes)
}

fn at_most(
    limit: &'static str,
    name: &'static str,
    json: &[u8],
    losses: &mut Losses,
) -> Result<Fate, Error> {
    let number = serde_json::from_slice::<f64>(json);
    match (number, limit.parse::<f64>()) {
        (Ok(number), Ok(most)) if number > most => {
            losses.clamped(name)?;
            Ok(Fate::Becomes(limit.to_owned()))
        }
        _ => Ok(Fate::Stays),
    }
}

/// A value in the vendor's words.
fn worded(
    words: &Words,
    name: &'static str,
    json: &[u8],
    fields: Fields<'_>,
    losses: &mut Losses,
) -> Result<Fate, Error> {
    if is_one_of(words.takes, json) {
        return Ok(Fate::Stays);
    }
    let is_this = |from: &str| is_one_of(&[from], json);
    if let Some((_, word)) = words.same.iter().find(|(from, _)| is_this(from)) {
        return Ok(Fate::Becomes((*word).to_owned()));
    }
    if let Some((_, word)) = words.near.iter().find(|(from, _)| is_this(from)) {
        losses.clamped(name)?;
        return Ok(Fate::Becomes((*word).to_owned()));
    }
    match words.other.iter().find(|(from, _)| is_this(from)) {
        // What the client says itself in the vendor's words stands.
        Some((_, (other, _))) if fields.value(other).is_some() => Ok(Fate::Goes),
        Some((_, (other, value))) => {
            losses.emulated(name);
            Ok(Fate::Gives(format!("\"{other}\":{value}")))
        }
        None => left_out(name, json, losses),
    }
}

/// Whether a value is one of these; `null` is as good as absent.
fn is_one_of(values: &[&str], json: &[u8]) -> bool {
    let Ok(value) = serde_json::from_slice::<Value>(json) else {
        return false;
    };
    let is_allowed =
        |allowed: &&str| serde_json::from_str(allowed).is_ok_and(|v: Value| v == value);
    value.is_null() || values.iter().any(is_allowed)
}
