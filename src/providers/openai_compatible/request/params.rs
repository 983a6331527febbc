//! Top-level fields that the vendor treats differently, and fields that nobody knows.

use serde_json::{Map, Value};

use crate::chat::Error;
use crate::dialects::openai_chat::{Scan, fields};
use crate::providers::losses::Losses;
use crate::providers::openai_compatible::edit::{Fate, Member};
use crate::providers::openai_compatible::preset::{Param, Preset, Rule};
use crate::providers::{self, TargetOptions, UnknownFields, Wire};

/// What becomes of a field of OpenAI's API.
pub(in super::super) fn known(
    params: &'static [Param],
    body: &[u8],
    member: &Member<'_>,
    members: &[Member<'_>],
    losses: &mut Losses,
) -> Result<Fate, Error> {
    let Some(param) = params.iter().find(|param| param.name == member.name) else {
        return Ok(Fate::Stays);
    };
    let json = member.json(body);
    let value_of = |name: &str| Some(members.iter().find(|m| m.name == name)?.json(body));
    match param.rule {
        Rule::Refused => left_out(param.name, json, losses),
        Rule::RefusedBut(values) if is_one_of(values, json) => Ok(Fate::Stays),
        Rule::RefusedBut(_) => left_out(param.name, json, losses),
        Rule::Unsaid(value) if is_one_of(&[value], json) => Ok(Fate::Goes),
        Rule::Unsaid(_) => Ok(Fate::Stays),
        Rule::OffByChoice if value_of("tool_choice") == Some(b"\"none\"") => {
            losses.emulated("tool_choice");
            Ok(Fate::Goes)
        }
        Rule::OffByChoice => Ok(Fate::Stays),
        Rule::Named(name) if value_of(name).is_some() => left_out(param.name, json, losses),
        Rule::Named(name) => Ok(Fate::IsNamed(name)),
        Rule::AtMost(limit) => at_most(limit, param.name, json, losses),
        Rule::Only(values) if is_one_of(values, json) => Ok(Fate::Stays),
        Rule::Only(_) => Err(refused(param.name)),
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
        return match addressed.wire {
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
fn left_out(name: &'static str, json: &[u8], losses: &mut Losses) -> Result<Fate, Error> {
    let is_nothing = matches!(json, b"null" | b"false" | b"0" | b"0.0" | b"[]" | b"{}");
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

fn is_one_of(values: &[&str], json: &[u8]) -> bool {
    let Ok(value) = serde_json::from_slice::<Value>(json) else {
        return false;
    };
    let is_allowed =
        |allowed: &&str| serde_json::from_str(allowed).is_ok_and(|v: Value| v == value);
    value.is_null() || values.iter().any(is_allowed)
}
