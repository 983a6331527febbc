//! Claims of a token, as Envoy hands over dynamic metadata: a serialized
//! `envoy.config.core.v3.Metadata`.
//!
//! ```text
//! Metadata  = *( 1: MapEntry { 1: filter, 2: Struct } )
//! Struct    = *( 1: MapEntry { 1: name, 2: Value } )
//! Value     = 1: null / 2: number / 3: text / 4: bool / 5: Struct / 6: ListValue
//! ListValue = *( 1: Value )
//! ```
//!
//! It is read as a whole, because a part of it loses its types on the way: a claim that is a text then
//! looks like another that is a list (Envoy 1.40).
//!
//! What cannot be read is a claim that is not there, which lets nobody in.
//! (<https://protobuf.dev/programming-guides/encoding/>, checked 2026-11-25)

use crate::config::identity::Claim;

/// An object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Object<'a>(&'a [u8]);

/// What a claim is, as far as it can be compared. A number cannot: Envoy keeps it as a double, in
/// which large ones are equal that are not the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value<'a> {
    Text(&'a str),
    Object(Object<'a>),
    List(&'a [u8]),
    Other,
}

impl<'a> Object<'a> {
    /// What a filter has left in Envoy's metadata.
    pub(super) fn of_filter(metadata: &'a [u8], filter: &str) -> Option<Self> {
        entry(metadata, filter).map(Self)
    }

    /// An object inside this one.
    pub(super) fn object(self, name: &str) -> Option<Object<'a>> {
        match self.value(name)? {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }

    /// A text inside this one.
    pub(super) fn text(self, name: &str) -> Option<&'a str> {
        match self.value(name)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether a claim of this name is as it must be.
    pub(super) fn has(self, name: &str, wanted: &Claim) -> bool {
        match (self.value(name), wanted) {
            (Some(Value::Text(text)), Claim::Text(wanted)) => text == wanted,
            (Some(Value::List(list)), Claim::Items(wanted)) => {
                wanted.iter().all(|item| is_in(list, item))
            }
            (Some(Value::Object(object)), Claim::Object(wanted)) => {
                wanted.iter().all(|(name, claim)| object.has(name, claim))
            }
            _ => false,
        }
    }

    fn value(self, name: &str) -> Option<Value<'a>> {
        entry(self.0, name).map(Value::read)
    }
}

impl<'a> Value<'a> {
    fn read(bytes: &'a [u8]) -> Self {
        match Fields(bytes).next() {
            Some((3, text)) => std::str::from_utf8(text).map_or(Self::Other, Self::Text),
            Some((5, object)) => Self::Object(Object(object)),
            Some((6, list)) => Self::List(list),
            _ => Self::Other,
        }
    }
}

fn is_in(list: &[u8], text: &str) -> bool {
    let mut values = Fields(list).filter(|(number, _)| *number == 1);
    values.any(|(_, value)| Value::read(value) == Value::Text(text))
}

/// The value of a map's entry.
fn entry<'a>(map: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut entries = Fields(map).filter(|(number, _)| *number == 1);
    let (_, entry) = entries.find(|(_, entry)| field(entry, 1) == Some(name.as_bytes()))?;
    field(entry, 2)
}

fn field(message: &[u8], wanted: u64) -> Option<&[u8]> {
    let mut fields = Fields(message);
    fields.find_map(|(number, value)| (number == wanted).then_some(value))
}

/// The fields of a message, each with its number and, where it has a length, its bytes. Ends at the
/// first that cannot be read.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = (u64, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => {
                self.varint()?;
                &[]
            }
            1 => self.take(8)?,
            2 => {
                let length = self.varint()?;
                self.take(usize::try_from(length).ok()?)?
            }
            5 => self.take(4)?,
            _ => return None,
        };
        Some((tag >> 3, value))
    }
}

impl<'a> Fields<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value as Json, json};

    use super::*;

    /// Metadata of a filter on the wire.
    pub(in crate::policies) fn metadata(filter: &str, json: &Json) -> Vec<u8> {
        let entry = [tagged(1, filter.as_bytes()), tagged(2, &encoded(json))].concat();
        let other = [
            tagged(1, b"other"),
            tagged(2, &encoded(&json!({"sub": "other"}))),
        ]
        .concat();
        [tagged(1, &other), tagged(1, &entry)].concat()
    }

    fn encoded(json: &Json) -> Vec<u8> {
        let entry = |(name, value): (&String, &Json)| {
            let entry = [tagged(1, name.as_bytes()), tagged(2, &encoded_value(value))];
            tagged(1, &entry.concat())
        };
        json.as_object().unwrap().iter().flat_map(entry).collect()
    }

    fn encoded_value(value: &Json) -> Vec<u8> {
        match value {
            Json::Null => vec![0x08, 0],
            Json::Number(number) => {
                let number = number.as_f64().unwrap().to_le_bytes();
                [&[0x11], &number[..]].concat()
            }
            Json::String(text) => tagged(3, text.as_bytes()),
            Json::Bool(truth) => vec![0x20, u8::from(*truth)],
            Json::Object(_) => tagged(5, &encoded(value)),
            Json::Array(items) => {
                let items = items
                    .iter()
                    .flat_map(|item| tagged(1, &encoded_value(item)));
                tagged(6, &items.collect::<Vec<_>>())
            }
        }
    }

    fn tagged(number: u8, value: &[u8]) -> Vec<u8> {
        let mut out = vec![number << 3 | 2];
        let mut length = value.len();
        while length >= 0x80 {
            out.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
            length >>= 7;
        }
        out.push(u8::try_from(length).unwrap());
        [out, value.to_vec()].concat()
    }

    fn claim(json: Json) -> Claim {
        serde_json::from_value(json).unwrap()
    }

    fn token() -> Vec<u8> {
        encoded(&json!({
            "iss": "https://login.example", "iat": 1_800_000_000, "admin": true, "nothing": null,
            "sub": "svc", "groups": ["ml", 7, "research"], "realm_access": {"roles": ["user", "llm"]},
            "long": "x".repeat(300),
        }))
    }

    #[test]
    fn a_claim_is_compared_by_its_kind_and_value() {
        let token = token();
        for (name, wanted, fits) in [
            ("sub", json!("svc"), true),
            ("long", json!("x".repeat(300)), true),
            ("groups", json!(["research", "ml"]), true),
            ("realm_access", json!({"roles": ["llm"]}), true),
            ("sub", json!("svc2"), false),
            ("sub", json!(["svc"]), false),
            ("groups", json!("ml"), false),
            ("groups", json!(["ml", "other"]), false),
            ("groups", json!(["7"]), false),
            ("iat", json!("1800000000"), false),
            ("admin", json!("true"), false),
            ("nothing", json!(""), false),
            ("absent", json!(""), false),
            ("absent", json!({}), false),
            (
                "realm_access",
                json!({"roles": ["llm"], "more": "x"}),
                false,
            ),
        ] {
            let has = Object(&token).has(name, &claim(wanted.clone()));
            assert_eq!(has, fits, "{name}: {wanted}");
        }
    }

    #[test]
    fn a_filter_has_its_own_claims() {
        let metadata = metadata("mine", &json!({"sub": "svc"}));
        let text = |filter| Object::of_filter(&metadata, filter)?.text("sub");
        assert_eq!(text("mine"), Some("svc"));
        assert_eq!(text("other"), Some("other"));
        assert_eq!(text("absent"), None);
    }

    #[test]
    fn what_is_cut_short_has_no_claim_that_was_not_whole() {
        let whole = encoded(&json!({"sub": "svc"}));
        for end in 0..whole.len() {
            assert_eq!(Object(&whole[..end]).text("sub"), None, "{end}");
        }
        assert_eq!(Object(&whole).text("sub"), Some("svc"));
    }

    #[test]
    fn no_bytes_bring_the_reader_down() {
        let token = token();
        let wanted = Claim::Object(BTreeMap::from([(
            "roles".to_owned(),
            claim(json!(["llm"])),
        )]));
        for index in 0..token.len() {
            for byte in [0, 1, 0x7f, 0x80, 0xff] {
                let mut broken = token.clone();
                broken[index] = byte;
                let _ = Object(&broken).has("realm_access", &wanted);
            }
        }
        assert_eq!(Object(&[0xff; 40]).text("sub"), None);
    }
}
