//! Pieces of JSON that providers read and write alike.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::chat::Error;

/// Most fields of one object that are looked at: duplicates are found by comparing all of them.
const MAX_FIELDS: usize = 64;

/// A string that is borrowed where it has no escapes, also inside an `Option`, where serde would
/// always copy a bare `Cow`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Str<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Str<'a> {
    pub(super) fn into_cow(self) -> Cow<'a, str> {
        self.0
    }
}

impl std::ops::Deref for Str<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// Reads a field that counts as absent when it is not what it should be.
pub(super) fn lenient<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let json = Option::<&'de RawValue>::deserialize(deserializer)?;
    Ok(json.and_then(|json| serde_json::from_str(json.get()).ok()))
}

/// Fields of an object, as the client wrote them.
#[derive(Debug, Default)]
pub(super) struct Fields<'a>(pub(super) Vec<(Cow<'a, str>, &'a RawValue)>);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// The fields of an object in the client's order, a later one in place of an earlier one.
///
/// # Errors
/// Where it is no object, or has too many fields.
pub(super) fn fields<'a>(
    json: &'a RawValue,
    param: &str,
) -> Result<Vec<(Cow<'a, str>, &'a RawValue)>, Error> {
    serde_json::from_str::<Object<'a>>(json.get())
        .map(|object| object.0)
        .map_err(|_| {
            Error::invalid(format!(
                "`{param}` must be an object of at most {MAX_FIELDS} fields"
            ))
            .with_param(param)
        })
}

struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut fields: Vec<(Cow<'de, str>, &'de RawValue)> = Vec::new();
                while let Some((name, json)) = map.next_entry::<Str<'de>, &'de RawValue>()? {
                    let name = name.into_cow();
                    fields.retain(|(earlier, _)| *earlier != name);
                    fields.push((name, json));
                    if fields.len() > MAX_FIELDS {
                        return Err(serde::de::Error::custom("too many fields"));
                    }
                }
                Ok(Object(fields))
            }
        }

        deserializer.deserialize_map(Fields)
    }
}
