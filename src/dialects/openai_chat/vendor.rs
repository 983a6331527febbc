//! What only a vendor has words for, in a member of the vendor's name:
//!
//! ```json
//! {"role": "assistant", "content": "Kiel has 246,000 inhabitants.", "anthropic": {
//!     "blocks": [{"before": {"thinking_blocks": 0, "content": 0, "tool_calls": 0}, "block": {…}}],
//!     "citations": [{"start_index": 0, "end_index": 29, "citation": {…}}],
//!     "stop_reason": "pause_turn"}}
//! ```
//!
//! `block`, `citation` and all else is the vendor's own JSON. In a stream each piece comes whole in
//! a delta of its own, and the elements of the lists have the `index` by which OpenAI's SDKs put
//! deltas together.

use serde::Serialize;
use serde_json::value::RawValue;

use super::json;
use crate::chat::{Before, Vendor, VendorPart};

/// A vendor's member of a whole message.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Member(std::collections::BTreeMap<&'static str, Box<RawValue>>);

impl Member {
    /// All parts together; nothing where there are none.
    pub(super) fn of(vendor: Option<&Vendor>) -> Self {
        let member = vendor.and_then(|vendor| {
            let mut object = Vec::new();
            whole(&vendor.parts, &mut object);
            let object = String::from_utf8(object).ok()?;
            Some((vendor.name, RawValue::from_string(object).ok()?))
        });
        Self(member.into_iter().collect())
    }
}

fn whole(parts: &[VendorPart<'_>], out: &mut Vec<u8>) {
    let blocks = parts
        .iter()
        .filter(|p| matches!(p, VendorPart::Block { .. }));
    let citations = parts
        .iter()
        .filter(|p| matches!(p, VendorPart::Citation { .. }));
    out.push(b'{');
    list("blocks", blocks, out);
    list("citations", citations, out);
    for part in parts {
        if let VendorPart::Note { name, json } = part {
            name_member(name, out);
            line(json, out);
        }
    }
    out.push(b'}');
}

fn list<'p, 'a: 'p>(
    name: &str,
    parts: impl Iterator<Item = &'p VendorPart<'a>>,
    out: &mut Vec<u8>,
) {
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return;
    }
    name_member(name, out);
    out.push(b'[');
    for (at, part) in parts.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        element(part, None, out);
    }
    out.push(b']');
}

fn name_member(name: &str, out: &mut Vec<u8>) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    json::write(name, out);
    out.push(b':');
}

/// Writes one piece as the vendor's member of a delta. `index` is its place among those of its list.
pub(super) fn delta(vendor: &str, part: &VendorPart<'_>, index: u32, out: &mut Vec<u8>) {
    json::write(vendor, out);
    out.push(b':');
    let list = match part {
        VendorPart::Note { name, json } => {
            out.push(b'{');
            name_member(name, out);
            line(json, out);
            out.push(b'}');
            return;
        }
        VendorPart::Block { .. } => "blocks",
        VendorPart::Citation { .. } => "citations",
    };
    out.push(b'{');
    name_member(list, out);
    out.push(b'[');
    element(part, Some(index), out);
    out.extend_from_slice(b"]}");
}

fn element(part: &VendorPart<'_>, index: Option<u32>, out: &mut Vec<u8>) {
    out.push(b'{');
    if let Some(index) = index {
        name_member("index", out);
        json::write(&index, out);
    }
    match part {
        VendorPart::Block { before, json } => {
            name_member("before", out);
            json::write(&Place::from(before), out);
            if let Some(json) = json {
                name_member("block", out);
                line(json, out);
            }
        }
        VendorPart::Citation { start, end, json } => {
            name_member("start_index", out);
            json::write(start, out);
            name_member("end_index", out);
            json::write(end, out);
            name_member("citation", out);
            line(json, out);
        }
        VendorPart::Note { .. } => {}
    }
    out.push(b'}');
}

/// JSON on one line: a line feed in it can only be white space, and would end an event's line.
fn line(json: &str, out: &mut Vec<u8>) {
    let space = |byte| match byte {
        b'\n' | b'\r' => b' ',
        other => other,
    };
    out.extend(json.bytes().map(space));
}

#[derive(Serialize)]
struct Place {
    thinking_blocks: usize,
    content: usize,
    tool_calls: usize,
}

impl From<&Before> for Place {
    fn from(before: &Before) -> Self {
        Self {
            thinking_blocks: before.thinking_blocks,
            content: before.content,
            tool_calls: before.tool_calls,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(content: usize, json: Option<&'static str>) -> VendorPart<'static> {
        let before = Before {
            content,
            ..Before::default()
        };
        let json = json.map(Into::into);
        VendorPart::Block { before, json }
    }

    fn written(part: &VendorPart<'_>) -> String {
        let mut out = Vec::new();
        delta("vendor", part, 3, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_whole_message_has_one_member() {
        let note = |name, json: &'static str| VendorPart::Note {
            name,
            json: json.into(),
        };
        let citation = VendorPart::Citation {
            start: 1,
            end: 2,
            json: "{}".into(),
        };
        let parts = vec![
            note("a", "1"),
            block(7, Some(r#"{"type":"x"}"#)),
            citation,
            block(8, None),
            note("b", "[]"),
        ];
        let name = "vendor";
        let member = Member::of(Some(&Vendor { name, parts }));
        assert_eq!(
            serde_json::to_string(&member).unwrap(),
            concat!(
                r#"{"vendor":{"blocks":[{"before":{"thinking_blocks":0,"content":7,"tool_calls":0},"block":{"type":"x"}},"#,
                r#"{"before":{"thinking_blocks":0,"content":8,"tool_calls":0}}],"#,
                r#""citations":[{"start_index":1,"end_index":2,"citation":{}}],"a":1,"b":[]}}"#
            )
        );
        assert_eq!(serde_json::to_string(&Member::of(None)).unwrap(), "{}");
    }

    #[test]
    fn a_delta_has_one_piece_and_one_line() {
        assert_eq!(
            written(&block(7, Some("{\n\"a\":\r\n1}"))),
            r#""vendor":{"blocks":[{"index":3,"before":{"thinking_blocks":0,"content":7,"tool_calls":0},"block":{ "a":  1}}]}"#
        );
        let json = "null".into();
        assert_eq!(
            written(&VendorPart::Note { name: "n", json }),
            r#""vendor":{"n":null}"#
        );
    }
}
