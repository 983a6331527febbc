//! Pieces of JSON that providers read and write alike.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::chat::Error;
use crate::json::{Fault, FaultKind, Reader};

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

/// Reads a count that is absent when it is not what it should be, as [`lenient`] does, but in one
/// go: counts are in most events of a stream.
pub(super) fn lenient_count<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<u64>, D::Error> {
    deserializer.deserialize_any(Count)
}

struct Count;

impl<'de> Visitor<'de> for Count {
    type Value = Option<u64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_u64<E>(self, count: u64) -> Result<Option<u64>, E> {
        Ok(Some(count))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Option<u64>, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Option<u64>, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Option<u64>, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Option<u64>, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Option<u64>, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Option<u64>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<u64>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

/// A list that mostly has one item, which needs no memory of its own.
#[derive(Debug)]
pub(super) struct Few<T> {
    first: Option<T>,
    rest: Vec<T>,
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self {
            first: None,
            rest: Vec::new(),
        }
    }
}

impl<T> Few<T> {
    /// Takes a list of at most so many items.
    ///
    /// # Errors
    /// [`Fault`] where there are more of them, something else comes, or `item` fails.
    pub(super) fn read<'a>(
        reader: &mut Reader<'a>,
        limit: u32,
        mut item: impl FnMut(&mut Reader<'a>) -> Result<T, Fault>,
    ) -> Result<Self, Fault> {
        let mut few = Self::default();
        let mut room = limit;
        reader.array(|reader| {
            let too_many = || reader.fault(FaultKind::Syntax("there are too many items"));
            room = room.checked_sub(1).ok_or_else(too_many)?;
            match few.first {
                None => few.first = Some(item(reader)?),
                Some(_) => few.rest.push(item(reader)?),
            }
            Ok(())
        })?;
        Ok(few)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.first.iter().chain(&self.rest)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Few<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Items<T> {
            type Value = Few<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Few<T>, A::Error> {
                let first = list.next_element()?;
                let mut rest = Vec::new();
                while let Some(item) = list.next_element()? {
                    rest.push(item);
                }
                Ok(Few { first, rest })
            }
        }

        deserializer.deserialize_seq(Items(PhantomData))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_held_up_to_its_limit() {
        let read = |text: &'static str| {
            let mut reader = Reader::new(text.as_bytes()).unwrap();
            Few::read(&mut reader, 3, Reader::integer::<u64>)
        };
        for (text, items) in [("[]", &[][..]), ("[1]", &[1]), ("[1,2,3]", &[1, 2, 3])] {
            assert!(read(text).unwrap().iter().eq(items), "{text}");
        }
        assert!(read("[1,2,3,4]").is_err());
    }
}
