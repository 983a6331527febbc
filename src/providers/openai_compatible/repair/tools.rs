//! Tool calls, whole and in pieces.
//!
//! OpenAI's SDK joins the pieces of a call by `index`, which must be there, and appends every
//! string of a later piece to the earlier ones: a repeated id or name would come out doubled. So
//! only the first piece of a call keeps its id, and indexes are counted here, from 0 without gaps.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

/// Calls that one choice may have; pieces of further ones pass as they are.
const LIMIT: usize = 1024;

/// Characters of an id or a name that are remembered.
const KEPT: usize = 256;

/// The calls of one choice so far, in the order of their indexes.
#[derive(Debug, Default)]
pub(in super::super) struct Calls {
    calls: Vec<Call>,
}

#[derive(Debug)]
struct Call {
    vendor_index: Option<u64>,
    id: Option<String>,
    name: String,
}

impl Calls {
    /// Repairs the pieces in a delta. `seed` tells this answer and choice from all others.
    pub(in super::super) fn repair(&mut self, delta: &mut Map<String, Value>, seed: &str) {
        let Some(Value::Array(pieces)) = delta.get_mut("tool_calls") else {
            return;
        };
        for piece in pieces {
            if let Value::Object(piece) = piece {
                self.repair_piece(piece, seed);
            }
        }
    }

    fn repair_piece(&mut self, piece: &mut Map<String, Value>, seed: &str) {
        let id = text(piece, "id")
            .filter(|id| *id != "null")
            .map(str::to_owned);
        let vendor_index = piece.get("index").and_then(Value::as_u64);
        let is_named = name(piece).is_some_and(|name| !name.is_empty());
        let place = match self.find(vendor_index, id.as_deref(), is_named) {
            Some(place) => {
                self.continue_call(place, piece);
                place
            }
            None if self.calls.len() < LIMIT => self.begin_call(vendor_index, id, piece, seed),
            None => return,
        };
        piece.insert("index".to_owned(), json!(place));
    }

    /// The open call that a piece belongs to. An id and a name of its own make a piece a new call
    /// even where its index is taken: Google's compatible endpoint gives every call index 0.
    fn find(&self, vendor_index: Option<u64>, id: Option<&str>, is_named: bool) -> Option<usize> {
        let with_id = |id: &str| {
            let id = kept(id);
            (self.calls.iter()).position(|call| call.id.as_ref() == Some(&id))
        };
        match (id, vendor_index) {
            (Some(id), _) if is_named => with_id(id),
            (_, Some(_)) => (self.calls.iter()).rposition(|call| call.vendor_index == vendor_index),
            (Some(id), None) => with_id(id),
            (None, None) => self.calls.len().checked_sub(1),
        }
    }

    fn begin_call(
        &mut self,
        vendor_index: Option<u64>,
        id: Option<String>,
        piece: &mut Map<String, Value>,
        seed: &str,
    ) -> usize {
        let place = self.calls.len();
        if id.is_none() {
            piece.insert("id".to_owned(), made_id(seed, place).into());
        }
        complete_call(piece);
        self.calls.push(Call {
            vendor_index,
            id: id.as_deref().map(kept),
            name: kept(name(piece).unwrap_or_default()),
        });
        place
    }

    /// A later piece brings arguments, and maybe more of the name; the rest has been said.
    fn continue_call(&mut self, place: usize, piece: &mut Map<String, Value>) {
        piece.shift_remove("id");
        let Some(call) = self.calls.get_mut(place) else {
            return;
        };
        let said = name(piece).is_none_or(|name| name.is_empty() || kept(name) == call.name);
        if let (false, Some(more)) = (said, name(piece)) {
            call.name = kept(&format!("{}{more}", call.name));
        }
        if let Some(Value::Object(function)) = piece.get_mut("function") {
            if said {
                function.shift_remove("name");
            }
            arguments_as_text(function, "");
        }
    }
}

/// Repairs the calls of a whole message.
pub(in super::super) fn whole_calls(message: &mut Map<String, Value>, seed: &str) {
    let Some(Value::Array(calls)) = message.get_mut("tool_calls") else {
        return;
    };
    for (place, call) in calls.iter_mut().enumerate() {
        let Value::Object(call) = call else { continue };
        if text(call, "id").is_none_or(|id| id == "null") {
            call.insert("id".to_owned(), made_id(seed, place).into());
        }
        complete_call(call);
        if let Some(Value::Object(function)) = call.get_mut("function") {
            arguments_as_text(function, "{}");
        }
    }
}

/// What the first piece of a call must have.
fn complete_call(piece: &mut Map<String, Value>) {
    if text(piece, "type").is_none() {
        piece.insert("type".to_owned(), json!("function"));
    }
    if let Some(Value::Object(function)) = piece.get_mut("function") {
        arguments_as_text(function, "");
    }
}

/// Mistral may send arguments as an object (SDK mistralai 3.7.0, checked 2026-11-21).
fn arguments_as_text(function: &mut Map<String, Value>, absent: &str) {
    let text = match function.get("arguments") {
        Some(Value::String(text)) if !text.is_empty() => return,
        Some(Value::String(_) | Value::Null) | None => absent.to_owned(),
        Some(arguments) => arguments.to_string(),
    };
    function.insert("arguments".to_owned(), text.into());
}

/// An id for a call that came without one: the same for the same answer, and no other's.
fn made_id(seed: &str, place: usize) -> String {
    let digest = Sha256::digest(format!("{seed}/{place}"));
    let mut id = "call_".to_owned();
    for byte in digest.iter().take(12) {
        let _ = write!(id, "{byte:02x}");
    }
    id
}

/// So much of an id or a name as is remembered.
fn kept(text: &str) -> String {
    text.chars().take(KEPT).collect()
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    let text = object.get(name)?.as_str()?;
    (!text.is_empty()).then_some(text)
}

fn name(piece: &Map<String, Value>) -> Option<&str> {
    piece.get("function")?.get("name")?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repaired(pieces: &[Value]) -> Vec<Value> {
        let mut calls = Calls::default();
        let mut out = Vec::new();
        for piece in pieces {
            let mut delta = Map::from_iter([("tool_calls".to_owned(), json!([piece]))]);
            calls.repair(&mut delta, "seed");
            out.push(delta["tool_calls"][0].clone());
        }
        out
    }

    #[test]
    fn mistrals_call_without_index_and_type_gets_both() {
        let out = repaired(&[
            json!({"id":"gSIMJiOkT","function":{"name":"weather","arguments":"{}"}}),
            json!({"id":"hSIMJiOkU","function":{"name":"weather","arguments":"{}"}}),
        ]);
        assert_eq!(
            out[0],
            json!({"id":"gSIMJiOkT","type":"function","index":0,
                   "function":{"name":"weather","arguments":"{}"}})
        );
        assert_eq!(out[1]["index"], 1);
    }

    #[test]
    fn qwens_blank_ids_and_names_do_not_come_again() {
        let out = repaired(&[
            json!({"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":""}}),
            json!({"index":0,"id":"","type":"function","function":{"name":"","arguments":"{\"a\""}}),
            json!({"index":0,"id":"","type":"function","function":{"arguments":":1}"}}),
        ]);
        assert_eq!(
            out[1],
            json!({"index":0,"type":"function","function":{"arguments":"{\"a\""}})
        );
        assert_eq!(out[2]["function"], json!({"arguments":":1}"}));
    }

    #[test]
    fn a_repeated_id_and_name_do_not_come_again() {
        let piece = json!({"index":0,"id":"call_1","function":{"name":"f","arguments":"1"}});
        let out = repaired(&[piece.clone(), piece]);
        assert_eq!(out[1], json!({"index":0,"function":{"arguments":"1"}}));
    }

    #[test]
    fn a_name_in_pieces_stays_in_pieces() {
        let out = repaired(&[
            json!({"index":0,"id":"call_1","function":{"name":"get_"}}),
            json!({"index":0,"function":{"name":"weather"}}),
        ]);
        assert_eq!(out[1]["function"]["name"], "weather");
    }

    #[test]
    fn indexes_are_dense_whatever_the_vendor_counts() {
        let out = repaired(&[
            json!({"index":1,"id":"a","function":{"name":"f","arguments":""}}),
            json!({"index":3,"id":"b","function":{"name":"g","arguments":""}}),
            json!({"index":1,"function":{"arguments":"1"}}),
            json!({"index":3,"function":{"arguments":"2"}}),
        ]);
        let indexes: Vec<_> = out.iter().map(|piece| piece["index"].clone()).collect();
        assert_eq!(indexes, [json!(0), json!(1), json!(0), json!(1)]);
    }

    #[test]
    fn calls_that_share_an_index_are_told_apart_by_their_ids() {
        let out = repaired(&[
            json!({"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}),
            json!({"index":0,"id":"b","function":{"name":"f","arguments":"{}"}}),
        ]);
        assert_eq!((&out[0]["index"], &out[1]["index"]), (&json!(0), &json!(1)));
    }

    #[test]
    fn an_id_that_changes_within_a_call_is_told_once() {
        let out = repaired(&[
            json!({"index":0,"id":"a","function":{"name":"f","arguments":""}}),
            json!({"index":0,"id":"b","function":{"arguments":"{}"}}),
        ]);
        assert_eq!(out[1], json!({"index":0,"function":{"arguments":"{}"}}));
    }

    #[test]
    fn a_call_without_id_gets_one_of_its_own() {
        let out = repaired(&[
            json!({"index":0,"id":"","function":{"name":"f","arguments":"{}"}}),
            json!({"index":1,"id":"null","function":{"name":"f","arguments":"{}"}}),
        ]);
        let id = |piece: &Value| piece["id"].as_str().unwrap().to_owned();
        assert!(id(&out[0]).starts_with("call_") && id(&out[0]).len() == 29);
        assert_ne!(id(&out[0]), id(&out[1]));
    }

    #[test]
    fn arguments_that_are_an_object_become_text() {
        let out = repaired(&[json!({"id":"a","function":{"name":"f","arguments":{"b":1,"a":2}}})]);
        assert_eq!(out[0]["function"]["arguments"], r#"{"b":1,"a":2}"#);
    }

    #[test]
    fn a_whole_call_is_completed() {
        let mut message = Map::from_iter([(
            "tool_calls".to_owned(),
            json!([{"function":{"name":"f","arguments":null}},{"id":"x","type":"function","function":{"name":"g","arguments":{"a":1}}}]),
        )]);
        whole_calls(&mut message, "seed");
        let calls = &message["tool_calls"];
        assert_eq!(calls[0]["type"], "function");
        assert_eq!(calls[0]["function"]["arguments"], "{}");
        assert!(calls[0]["id"].as_str().unwrap().starts_with("call_"));
        assert_eq!(calls[1]["id"], "x");
        assert_eq!(calls[1]["function"]["arguments"], r#"{"a":1}"#);
    }

    #[test]
    fn calls_without_end_are_not_kept_without_end() {
        let mut calls = Calls::default();
        for place in 0..(LIMIT + 10) {
            let piece = json!({"id":format!("id{place}"),"function":{"name":"f","arguments":"{}"}});
            let mut delta = Map::from_iter([("tool_calls".to_owned(), json!([piece]))]);
            calls.repair(&mut delta, "seed");
        }
        assert_eq!(calls.calls.len(), LIMIT);
    }
}
