//! A streamed block that only Anthropic has words for, put together so that it can come back.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Delta;
use crate::providers::json::{Str, fields};

/// Bytes that the open blocks may have together; a page that was fetched comes in one frame.
pub(super) const LIMIT: usize = 16 * 1024 * 1024;

#[derive(Deserialize)]
struct Tag<'a> {
    #[serde(borrow, rename = "type")]
    kind: Str<'a>,
}

/// The block so far.
pub(super) struct Kept {
    kind: String,
    json: String,
    /// Members that deltas add to, and what they add.
    added: Vec<(String, String)>,
    size: usize,
    /// Bytes that it may have.
    room: usize,
    is_broken: bool,
}

impl Kept {
    /// The beginning of a block of at most this many bytes.
    pub(super) fn new(json: &RawValue, room: usize) -> Self {
        let tag = serde_json::from_str::<Tag<'_>>(json.get());
        let kind = tag.map_or(String::new(), |tag| tag.kind.chars().take(64).collect());
        let is_broken = json.get().len() > room;
        let json = if is_broken { "" } else { json.get() };
        Self {
            kind,
            json: json.to_owned(),
            added: Vec::new(),
            size: json.len(),
            room,
            is_broken,
        }
    }

    /// Bytes that it has.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// The block's `type`, as far as it can be told.
    pub(super) fn kind(&self) -> &str {
        &self.kind
    }

    /// Adds a delta. One that is not understood spoils the block: half of one is worse than none.
    pub(super) fn add(&mut self, delta: &Delta<'_>) {
        match delta {
            Delta::Text(text) => self.extend("text", text),
            Delta::Thinking(text) => self.extend("thinking", text),
            Delta::Signature(signature) => self.extend("signature", signature),
            Delta::InputJson(json) => self.extend("input", json),
            Delta::Vendor(Some(json)) => self.add_members(json),
            Delta::Citation(_) | Delta::Vendor(None) => self.is_broken = true,
        }
    }

    /// The whole block.
    pub(super) fn finish(self) -> Option<String> {
        if self.is_broken {
            return None;
        }
        if self.added.is_empty() {
            return Some(self.json);
        }
        let whole: &RawValue = serde_json::from_str(&self.json).ok()?;
        let mut members: Vec<(String, String)> = fields(whole, "content_block")
            .ok()?
            .into_iter()
            .map(|(name, json)| (name.into_owned(), json.get().to_owned()))
            .collect();
        for (name, more) in self.added {
            let at = members.iter().position(|(member, _)| *member == name);
            let before = at.map(|at| members.remove(at).1);
            let whole = joined(&name, before.as_deref(), &more)?;
            members.insert(at.unwrap_or(members.len()), (name, whole));
        }
        object(&members)
    }

    /// All texts of a delta belong to the block's members of the same names.
    fn add_members(&mut self, delta: &RawValue) {
        let Ok(members) = fields(delta, "delta") else {
            self.is_broken = true;
            return;
        };
        for (name, json) in members.iter().filter(|(name, _)| name != "type") {
            match serde_json::from_str::<Option<String>>(json.get()) {
                Ok(text) => self.extend(name, text.as_deref().unwrap_or_default()),
                Err(_) => self.is_broken = true,
            }
        }
    }

    fn extend(&mut self, name: &str, more: &str) {
        self.is_broken |= self.size.saturating_add(more.len()) > self.room;
        if self.is_broken || more.is_empty() {
            return;
        }
        self.size = self.size.saturating_add(more.len());
        match self.added.iter_mut().find(|(member, _)| member == name) {
            Some((_, text)) => text.push_str(more),
            None => self.added.push((name.to_owned(), more.to_owned())),
        }
    }
}

/// A member's JSON with what deltas have added. The input of a call comes as JSON, all else as text.
fn joined(name: &str, before: Option<&str>, more: &str) -> Option<String> {
    if name == "input" {
        let json: &RawValue = serde_json::from_str(more).ok()?;
        return Some(json.get().to_owned());
    }
    let before: Option<String> = serde_json::from_str(before.unwrap_or("null")).ok()?;
    serde_json::to_string(&(before.unwrap_or_default() + more)).ok()
}

fn object(members: &[(String, String)]) -> Option<String> {
    let mut object = String::from("{");
    for (at, (name, json)) in members.iter().enumerate() {
        object.push_str(if at == 0 { "" } else { "," });
        object.push_str(&serde_json::to_string(name).ok()?);
        object.push(':');
        object.push_str(json);
    }
    object.push('}');
    Some(object)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::anthropic::wire::read::StreamEvent;

    fn put_together(start: &str, deltas: &[&str]) -> Option<String> {
        let mut kept = Kept::new(serde_json::from_str(start).unwrap(), 1000);
        for delta in deltas {
            let frame = format!(r#"{{"type":"content_block_delta","index":0,"delta":{delta}}}"#);
            let event = StreamEvent::parse(None, frame.as_bytes()).unwrap();
            let StreamEvent::BlockDelta { delta, .. } = event else {
                panic!("a delta")
            };
            kept.add(&delta);
        }
        kept.finish()
    }

    #[test]
    fn the_input_of_a_call_is_json() {
        let start = r#"{"type":"server_tool_use","id":"s","name":"web_search","input":{}}"#;
        let deltas = [
            r#"{"type":"input_json_delta","partial_json":""}"#,
            r#"{"type":"input_json_delta","partial_json":"{\"n\": 1.50"}"#,
            r#"{"type":"input_json_delta","partial_json":"}"}"#,
        ];
        assert_eq!(
            put_together(start, &deltas).unwrap(),
            r#"{"type":"server_tool_use","id":"s","name":"web_search","input":{"n": 1.50}}"#
        );
        assert_eq!(
            put_together(start, &deltas[..2]),
            None,
            "half a call is none"
        );
    }

    #[test]
    fn texts_are_joined_whatever_they_are_called() {
        let start = r#"{"type":"compaction","content":null}"#;
        let deltas = [
            r#"{"type":"compaction_delta","content":"The ","encrypted_content":null}"#,
            r#"{"type":"compaction_delta","content":"story.","encrypted_content":"x"}"#,
        ];
        assert_eq!(
            put_together(start, &deltas).unwrap(),
            r#"{"type":"compaction","content":"The story.","encrypted_content":"x"}"#
        );
    }

    #[test]
    fn a_block_without_deltas_is_kept_as_it_is() {
        let start = r#"{ "type":"web_search_tool_result", "content":[] }"#;
        assert_eq!(put_together(start, &[]).as_deref(), Some(start));
    }

    #[test]
    fn what_is_too_long_is_not_kept() {
        let start: &RawValue = serde_json::from_str(r#"{"type":"x"}"#).unwrap();
        assert_eq!(Kept::new(start, 11).finish(), None);
        let mut kept = Kept::new(start, 14);
        kept.extend("text", "ab");
        kept.extend("text", "c");
        assert_eq!((kept.size(), kept.finish()), (14, None));
    }

    #[test]
    fn what_is_not_understood_spoils_the_block() {
        let start = r#"{"type":"novelty"}"#;
        assert_eq!(
            put_together(start, &[r#"{"type":"novel_delta","count":7}"#]),
            None
        );
    }
}
