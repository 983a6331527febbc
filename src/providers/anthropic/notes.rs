//! What Anthropic tells of an answer that OpenAI's fields have no place for: shown under
//! `anthropic` where it says anything.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::is_same;
use super::wire::read::{Asides, Usage};
use crate::chat::VendorPart;

/// Reasons that a finish reason tells in full.
const TOLD: &[&str] = &["end_turn", "max_tokens", "tool_use"];

/// Values that say nothing.
const NOTHING: &[&str] = &[
    "null",
    "[]",
    "{}",
    r#"{"applied_edits":[]}"#,
    r#""not_available""#,
    r#""standard""#,
];

/// The notes so far: in a stream a later one takes the place of an earlier one.
#[derive(Debug, Default)]
pub(super) struct Notes {
    answer: BTreeMap<&'static str, String>,
    usage: BTreeMap<&'static str, String>,
}

impl Notes {
    /// Takes what is told besides content and cost.
    pub(super) fn asides(&mut self, asides: &Asides<'_>) {
        for (name, json) in [
            ("stop_sequence", asides.stop_sequence),
            ("stop_details", asides.stop_details),
            ("container", asides.container),
            ("context_management", asides.context_management),
            ("input_transformations", asides.input_transformations),
            ("diagnostics", asides.diagnostics),
        ] {
            note(&mut self.answer, name, json);
        }
    }

    /// Takes what of the cost is no count of tokens that OpenAI has, too.
    pub(super) fn usage(&mut self, usage: &Usage<'_>) {
        let has_hour = usage
            .cache_creation()
            .is_some_and(|split| split.ephemeral_1h_input_tokens.is_some_and(|n| n > 0));
        let is_used = |json: &&RawValue| json.get().bytes().any(|byte| matches!(byte, b'1'..=b'9'));
        let is_list = |json: &&RawValue| json.get().matches('{').nth(1).is_some();
        for (name, json) in [
            ("cache_creation", usage.cache_creation.filter(|_| has_hour)),
            ("server_tool_use", usage.server_tool_use.filter(is_used)),
            ("iterations", usage.iterations.filter(is_list)),
            ("fallback_credit", usage.fallback_credit),
            ("speed", usage.speed),
            ("inference_geo", usage.inference_geo),
        ] {
            note(&mut self.usage, name, json);
        }
    }

    /// All notes of an answer that has ended for this reason.
    pub(super) fn parts(&self, stop_reason: Option<&str>) -> Vec<VendorPart<'static>> {
        let untold = stop_reason.filter(|reason| !TOLD.contains(reason));
        let reason = untold.and_then(|reason| serde_json::to_string(reason).ok());
        let usage = (!self.usage.is_empty()).then(|| object(&self.usage));
        let others = self.answer.iter().map(|(name, json)| (*name, json.clone()));
        let reason = reason.map(|json| ("stop_reason", json));
        let usage = usage.map(|json| ("usage", json));
        let notes = reason.into_iter().chain(others).chain(usage);
        notes
            .map(|(name, json)| VendorPart::Note {
                name,
                json: json.into(),
            })
            .collect()
    }
}

fn note(notes: &mut BTreeMap<&'static str, String>, name: &'static str, json: Option<&RawValue>) {
    let Some(json) = json else { return };
    if !NOTHING.iter().any(|nothing| is_same(json.get(), nothing)) {
        notes.insert(name, json.get().to_owned());
    }
}

fn object(members: &BTreeMap<&'static str, String>) -> String {
    let members = members
        .iter()
        .map(|(name, json)| format!(r#""{name}":{json}"#));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::anthropic::wire::read::Message;

    fn notes(message: &str, stop_reason: &str) -> Vec<String> {
        let message: Message<'_> = serde_json::from_str(message).unwrap();
        let mut notes = Notes::default();
        notes.asides(&message.asides());
        if let Some(usage) = &message.usage {
            notes.usage(usage);
        }
        let parts = notes.parts(Some(stop_reason));
        let shown = parts.into_iter().map(|part| match part {
            VendorPart::Note { name, json } => format!("{name} {json}"),
            other => panic!("{other:?}"),
        });
        shown.collect()
    }

    #[test]
    fn an_ordinary_answer_needs_no_notes() {
        let message = r#"{"stop_sequence":null,"container":null,"context_management":{ "applied_edits": [] },
            "usage":{"speed":"standard","inference_geo":"not_available","iterations":[{"type":"message"}],
            "server_tool_use":{"web_search_requests":0,"web_fetch_requests":0},
            "cache_creation":{"ephemeral_5m_input_tokens":7,"ephemeral_1h_input_tokens":0}}}"#;
        assert!(notes(message, "end_turn").is_empty());
    }

    #[test]
    fn what_openai_has_no_place_for_is_noted() {
        let message = r#"{"stop_sequence":"Paris","container":{"id":"c1"},
            "usage":{"speed":"fast","inference_geo":"us","server_tool_use":{"web_search_requests":2},
            "cache_creation":{"ephemeral_1h_input_tokens":20}}}"#;
        assert_eq!(
            notes(message, "stop_sequence"),
            [
                r#"stop_reason "stop_sequence""#,
                r#"container {"id":"c1"}"#,
                r#"stop_sequence "Paris""#,
                concat!(
                    r#"usage {"cache_creation":{"ephemeral_1h_input_tokens":20},"inference_geo":"us","#,
                    r#""server_tool_use":{"web_search_requests":2},"speed":"fast"}"#
                ),
            ]
        );
    }
}
