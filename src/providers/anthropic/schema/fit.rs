//! Whether a schema fits, read in one pass without a tree.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{FORMATS, SHAPES};
use crate::providers::anthropic::wire::read::Str;

/// A schema that fits: reading anything else fails.
pub(super) struct Fit;

impl<'de> Deserialize<'de> for Fit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SchemaVisitor)
    }
}

struct SchemaVisitor;

impl<'de> Visitor<'de> for SchemaVisitor {
    type Value = Fit;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a schema that the API takes")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fit, A::Error> {
        let (mut is_object, mut is_closed, mut has_shape) = (false, false, false);
        while let Some(name) = map.next_key::<Str<'de>>()? {
            has_shape |= SHAPES.contains(&&*name);
            match &*name {
                "type" => is_object = map.next_value::<TypeNames>()?.has_object,
                "additionalProperties" => is_closed = !map.next_value::<bool>()?,
                "properties" | "$defs" | "definitions" => {
                    map.next_value::<Fields>()?;
                }
                "items" => {
                    map.next_value::<Fit>()?;
                }
                "anyOf" | "allOf" => {
                    map.next_value::<Vec<Fit>>()?;
                }
                "enum" => {
                    map.next_value::<Vec<Primitive>>()?;
                }
                "const" => {
                    map.next_value::<Primitive>()?;
                }
                "format" => expect(FORMATS.contains(&&*map.next_value::<Str<'de>>()?))?,
                "minItems" => expect(map.next_value::<u64>()? <= 1)?,
                "required" | "description" | "title" | "default" | "$ref" => {
                    map.next_value::<IgnoredAny>()?;
                }
                _ => return Err(A::Error::custom("an unknown keyword")),
            }
        }
        expect(has_shape && (is_closed || !is_object))?;
        Ok(Fit)
    }
}

fn expect<E: Error>(fits: bool) -> Result<(), E> {
    if fits {
        Ok(())
    } else {
        Err(E::custom("does not fit"))
    }
}

/// An object whose values are schemas.
struct Fields;

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldsVisitor;

        impl<'de> Visitor<'de> for FieldsVisitor {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("schemas by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                while map.next_entry::<IgnoredAny, Fit>()?.is_some() {}
                Ok(Fields)
            }
        }

        deserializer.deserialize_map(FieldsVisitor)
    }
}

/// The name of a type, or several.
struct TypeNames {
    has_object: bool,
}

impl<'de> Deserialize<'de> for TypeNames {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NamesVisitor;

        impl<'de> Visitor<'de> for NamesVisitor {
            type Value = TypeNames;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a type's name or a list of them")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<TypeNames, E> {
                Ok(TypeNames {
                    has_object: name == "object",
                })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<TypeNames, A::Error> {
                let mut has_object = false;
                while let Some(name) = seq.next_element::<Str<'de>>()? {
                    has_object |= &*name == "object";
                }
                Ok(TypeNames { has_object })
            }
        }

        deserializer.deserialize_any(NamesVisitor)
    }
}

/// A value without parts.
struct Primitive;

impl<'de> Deserialize<'de> for Primitive {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PrimitiveVisitor;

        impl Visitor<'_> for PrimitiveVisitor {
            type Value = Primitive;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, number, boolean or null")
            }

            fn visit_str<E: Error>(self, _: &str) -> Result<Primitive, E> {
                Ok(Primitive)
            }

            fn visit_u64<E: Error>(self, _: u64) -> Result<Primitive, E> {
                Ok(Primitive)
            }

            fn visit_i64<E: Error>(self, _: i64) -> Result<Primitive, E> {
                Ok(Primitive)
            }

            fn visit_f64<E: Error>(self, _: f64) -> Result<Primitive, E> {
                Ok(Primitive)
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<Primitive, E> {
                Ok(Primitive)
            }

            fn visit_unit<E: Error>(self) -> Result<Primitive, E> {
                Ok(Primitive)
            }
        }

        deserializer.deserialize_any(PrimitiveVisitor)
    }
}
