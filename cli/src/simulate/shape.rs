//! Tables that say what a vendor accepts, and the walk that finds what is wrong.
//!
//! A dialect writes its fields down as constants ([`Shape`], [`Field`]); [`check`]
//! walks a JSON value along them and returns the first [`Violation`]: where it is
//! and what is wrong with it, without words. The words are the vendor's and live in
//! the dialect's `error.rs`, so that one table cannot make two vendors sound alike.
//!
//! The walk is depth first in the order of the document, unknown fields of an object
//! before missing ones, and stops at the first violation, as the vendors do.

use serde_json::{Map, Value};

/// What a value must look like.
#[derive(Debug)]
pub(crate) enum Shape {
    Any,
    Bool,
    Integer {
        min: i64,
        max: i64,
    },
    Number {
        min: f64,
        max: f64,
    },
    Text {
        min: usize,
        max: usize,
    },
    /// A text of the given characters, `pattern` being the vendor's way to say so.
    Name {
        pattern: &'static str,
        max: usize,
        allows: fn(char) -> bool,
    },
    OneOf(&'static [&'static str]),
    List {
        of: &'static Shape,
        min: usize,
        max: usize,
    },
    /// An object with free keys.
    Map {
        of: &'static Shape,
        max: usize,
    },
    /// An object with these fields and no other.
    Object(&'static [Field]),
    /// An object with these fields and any other.
    Open(&'static [Field]),
    /// An object whose fields depend on one of them.
    Tagged {
        tag: &'static str,
        /// The case of an object without the tag.
        default: Option<&'static str>,
        cases: Cases,
    },
    /// The first shape of the value's JSON type.
    Either(&'static [Shape]),
    Nullable(&'static Shape),
}

/// The fields of an object by the value of its tag.
pub(crate) type Cases = &'static [(&'static str, &'static [Field])];

/// A field of an object.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) required: bool,
}

pub(crate) const fn required(name: &'static str, shape: Shape) -> Field {
    Field {
        name,
        shape,
        required: true,
    }
}

pub(crate) const fn optional(name: &'static str, shape: Shape) -> Field {
    Field {
        name,
        shape,
        required: false,
    }
}

pub(crate) const TEXT: Shape = Shape::Text {
    min: 0,
    max: usize::MAX,
};
pub(crate) const FREE_OBJECT: Shape = Shape::Map {
    of: &Shape::Any,
    max: usize::MAX,
};

pub(crate) const fn list(of: &'static Shape) -> Shape {
    Shape::List {
        of,
        min: 0,
        max: usize::MAX,
    }
}

/// One step from the document's root to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Field(String),
    Index(usize),
    /// Not in the document: the case that a tag chose.
    Case(&'static str),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Violation {
    pub(crate) path: Vec<Step>,
    pub(crate) problem: Problem,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Problem {
    Missing,
    Unknown,
    WrongType {
        expected: Vec<Kind>,
        got: Kind,
    },
    NotOneOf {
        got: String,
        allowed: Vec<&'static str>,
    },
    UnknownCase {
        tag: &'static str,
        got: String,
        allowed: Vec<&'static str>,
    },
    MissingTag {
        tag: &'static str,
    },
    Below {
        min: String,
        got: String,
        kind: Kind,
    },
    Above {
        max: String,
        got: String,
        kind: Kind,
    },
    TooShort {
        min: usize,
        got: usize,
        kind: Kind,
    },
    TooLong {
        max: usize,
        got: usize,
        kind: Kind,
    },
    NoMatch {
        pattern: &'static str,
    },
}

/// JSON types as vendors tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool,
    Integer,
    Number,
    Text,
    List,
    ListOfObjects,
    Object,
}

impl Kind {
    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Bool,
            Value::Number(number) if number.is_f64() => Self::Number,
            Value::Number(_) => Self::Integer,
            Value::String(_) => Self::Text,
            Value::Array(_) => Self::List,
            Value::Object(_) => Self::Object,
        }
    }
}

/// Finds the first thing that is wrong with `value`.
pub(crate) fn check(value: &Value, shape: &Shape) -> Result<(), Violation> {
    let mut walk = Walk { path: Vec::new() };
    walk.value(value, shape).map_err(|problem| Violation {
        path: walk.path,
        problem,
    })
}

/// The path leads to the value being looked at; it is left where a problem is found.
struct Walk {
    path: Vec<Step>,
}

impl Walk {
    fn value(&mut self, value: &Value, shape: &Shape) -> Result<(), Problem> {
        match (shape, value) {
            (Shape::Any, _) | (Shape::Bool, Value::Bool(_)) => Ok(()),
            (Shape::Nullable(_), Value::Null) => Ok(()),
            (Shape::Nullable(inner), _) => self.nullable(value, inner),
            (Shape::Either(options), _) => self.either(value, options),
            (Shape::Integer { min, max }, Value::Number(number)) => integer(number, *min, *max),
            (Shape::Number { min, max }, Value::Number(number)) => decimal(number, *min, *max),
            (Shape::Text { min, max }, Value::String(text)) => text_length(text, *min, *max),
            (
                Shape::Name {
                    pattern,
                    max,
                    allows,
                },
                Value::String(text),
            ) => name(text, pattern, *max, *allows),
            (Shape::OneOf(allowed), Value::String(text)) => one_of(text, allowed),
            (Shape::List { of, min, max }, Value::Array(items)) => {
                length(items.len(), *min, *max, Kind::List)?;
                self.items(items, of)
            }
            (Shape::Map { of, max }, Value::Object(object)) => {
                length(object.len(), 0, *max, Kind::Object)?;
                self.entries(object, of)
            }
            (Shape::Object(fields), Value::Object(object)) => self.object(object, fields, None),
            (Shape::Open(fields), Value::Object(object)) => self.open(object, fields),
            (
                Shape::Tagged {
                    tag,
                    default,
                    cases,
                },
                Value::Object(object),
            ) => self.tagged(object, tag, *default, cases),
            (shape, value) => Err(Problem::WrongType {
                expected: shape.kinds(),
                got: Kind::of(value),
            }),
        }
    }

    fn nullable(&mut self, value: &Value, inner: &Shape) -> Result<(), Problem> {
        self.value(value, inner)
    }

    fn either(&mut self, value: &Value, options: &[Shape]) -> Result<(), Problem> {
        match options.iter().find(|option| option.fits(value)) {
            Some(option) => self.value(value, option),
            None => Err(Problem::WrongType {
                expected: options.iter().flat_map(Shape::kinds).collect(),
                got: Kind::of(value),
            }),
        }
    }

    fn items(&mut self, items: &[Value], of: &Shape) -> Result<(), Problem> {
        for (index, item) in items.iter().enumerate() {
            self.below(Step::Index(index), item, of)?;
        }
        Ok(())
    }

    fn entries(&mut self, object: &Map<String, Value>, of: &Shape) -> Result<(), Problem> {
        for (key, value) in object {
            self.below(Step::Field(key.clone()), value, of)?;
        }
        Ok(())
    }

    fn object(
        &mut self,
        object: &Map<String, Value>,
        fields: &[Field],
        tag: Option<&str>,
    ) -> Result<(), Problem> {
        for (key, value) in object {
            if tag == Some(key.as_str()) {
                continue;
            }
            match fields.iter().find(|field| field.name == key) {
                Some(field) => self.below(Step::Field(key.clone()), value, &field.shape)?,
                None => return self.fail(Step::Field(key.clone()), Problem::Unknown),
            }
        }
        self.nothing_missing(object, fields)
    }

    fn open(&mut self, object: &Map<String, Value>, fields: &[Field]) -> Result<(), Problem> {
        for field in fields {
            if let Some(value) = object.get(field.name) {
                self.below(Step::Field(field.name.to_owned()), value, &field.shape)?;
            }
        }
        self.nothing_missing(object, fields)
    }

    fn nothing_missing(
        &mut self,
        object: &Map<String, Value>,
        fields: &[Field],
    ) -> Result<(), Problem> {
        match fields
            .iter()
            .find(|field| field.required && !object.contains_key(field.name))
        {
            Some(field) => self.fail(Step::Field(field.name.to_owned()), Problem::Missing),
            None => Ok(()),
        }
    }

    fn tagged(
        &mut self,
        object: &Map<String, Value>,
        tag: &'static str,
        default: Option<&'static str>,
        cases: Cases,
    ) -> Result<(), Problem> {
        let chosen = match (object.get(tag), default) {
            (Some(Value::String(chosen)), _) => chosen,
            (None | Some(Value::Null), Some(default)) => default,
            (Some(value), _) => {
                let problem = Problem::WrongType {
                    expected: vec![Kind::Text],
                    got: Kind::of(value),
                };
                return self.fail(Step::Field(tag.to_owned()), problem);
            }
            (None, None) => return Err(Problem::MissingTag { tag }),
        };
        let Some((case, fields)) = cases.iter().find(|(case, _)| *case == chosen) else {
            let allowed = cases.iter().map(|(case, _)| *case).collect();
            return Err(Problem::UnknownCase {
                tag,
                got: chosen.to_owned(),
                allowed,
            });
        };
        self.path.push(Step::Case(case));
        self.object(object, fields, Some(tag))?;
        self.path.pop();
        Ok(())
    }

    fn below(&mut self, step: Step, value: &Value, shape: &Shape) -> Result<(), Problem> {
        self.path.push(step);
        self.value(value, shape)?;
        self.path.pop();
        Ok(())
    }

    fn fail(&mut self, step: Step, problem: Problem) -> Result<(), Problem> {
        self.path.push(step);
        Err(problem)
    }
}

impl Shape {
    fn fits(&self, value: &Value) -> bool {
        let got = Kind::of(value);
        self.kinds().iter().any(|kind| match kind {
            Kind::Number => matches!(got, Kind::Number | Kind::Integer),
            Kind::ListOfObjects => got == Kind::List,
            kind => *kind == got,
        })
    }

    /// The JSON types that this shape takes, for the error message.
    fn kinds(&self) -> Vec<Kind> {
        match self {
            Self::Any => vec![],
            Self::Bool => vec![Kind::Bool],
            Self::Integer { .. } => vec![Kind::Integer],
            Self::Number { .. } => vec![Kind::Number],
            Self::Text { .. } | Self::Name { .. } | Self::OneOf(_) => vec![Kind::Text],
            Self::List {
                of: Self::Tagged { .. } | Self::Object(_),
                ..
            } => {
                vec![Kind::ListOfObjects]
            }
            Self::List { .. } => vec![Kind::List],
            Self::Map { .. } | Self::Object(_) | Self::Open(_) | Self::Tagged { .. } => {
                vec![Kind::Object]
            }
            Self::Either(options) => options.iter().flat_map(Self::kinds).collect(),
            Self::Nullable(inner) => inner.kinds(),
        }
    }
}

fn integer(number: &serde_json::Number, min: i64, max: i64) -> Result<(), Problem> {
    if number.is_f64() {
        return Err(Problem::WrongType {
            expected: vec![Kind::Integer],
            got: Kind::Number,
        });
    }
    // What does not fit into 64 bits is above every limit.
    let value = number.as_i64().unwrap_or(i64::MAX);
    let (got, kind) = (number.to_string(), Kind::Integer);
    if value < min {
        return Err(Problem::Below {
            min: min.to_string(),
            got,
            kind,
        });
    }
    if value > max {
        return Err(Problem::Above {
            max: max.to_string(),
            got,
            kind,
        });
    }
    Ok(())
}

fn decimal(number: &serde_json::Number, min: f64, max: f64) -> Result<(), Problem> {
    let value = number.as_f64().unwrap_or(f64::NAN);
    let (got, kind) = (number.to_string(), Kind::Number);
    if value < min {
        return Err(Problem::Below {
            min: min.to_string(),
            got,
            kind,
        });
    }
    if value > max {
        return Err(Problem::Above {
            max: max.to_string(),
            got,
            kind,
        });
    }
    Ok(())
}

fn text_length(text: &str, min: usize, max: usize) -> Result<(), Problem> {
    // Characters are counted only where it can matter: prompts are long.
    if text.len() >= min && text.len() <= max {
        return Ok(());
    }
    length(text.chars().count(), min, max, Kind::Text)
}

fn length(got: usize, min: usize, max: usize, kind: Kind) -> Result<(), Problem> {
    if got < min {
        return Err(Problem::TooShort { min, got, kind });
    }
    if got > max {
        return Err(Problem::TooLong { max, got, kind });
    }
    Ok(())
}

fn name(
    text: &str,
    pattern: &'static str,
    max: usize,
    allows: fn(char) -> bool,
) -> Result<(), Problem> {
    length(text.chars().count(), 1, max, Kind::Text)?;
    match text.chars().all(allows) {
        true => Ok(()),
        false => Err(Problem::NoMatch { pattern }),
    }
}

fn one_of(text: &str, allowed: &[&'static str]) -> Result<(), Problem> {
    match allowed.contains(&text) {
        true => Ok(()),
        false => Err(Problem::NotOneOf {
            got: text.to_owned(),
            allowed: allowed.to_vec(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const POINT: Shape = Shape::Object(&[
        required("x", Shape::Integer { min: 0, max: 9 }),
        optional("label", Shape::Nullable(&TEXT)),
    ]);
    const DRAWING: Shape = Shape::Object(&[required(
        "parts",
        Shape::List {
            of: &Shape::Tagged {
                tag: "type",
                default: None,
                cases: &[
                    ("point", &[required("at", POINT)]),
                    ("note", &[required("text", TEXT)]),
                ],
            },
            min: 1,
            max: 3,
        },
    )]);

    fn field(name: &str) -> Step {
        Step::Field(name.to_owned())
    }

    #[test]
    fn a_value_of_the_right_shape_passes() {
        let drawing = json!({"parts": [
            {"type": "point", "at": {"x": 1, "label": null}}, {"type": "note", "text": "hi"}]});
        assert_eq!(check(&drawing, &DRAWING), Ok(()));
    }

    #[test]
    fn an_unknown_field_is_found_with_its_path_and_the_case_of_its_object() {
        let drawing = json!({"parts": [{"type": "note", "text": "hi", "size": 3}]});
        let violation = check(&drawing, &DRAWING).unwrap_err();
        assert_eq!(
            violation.path,
            [
                field("parts"),
                Step::Index(0),
                Step::Case("note"),
                field("size")
            ]
        );
        assert_eq!(violation.problem, Problem::Unknown);
    }

    #[test]
    fn a_missing_field_is_found_inside_nested_objects() {
        let violation =
            check(&json!({"parts": [{"type": "point", "at": {}}]}), &DRAWING).unwrap_err();
        assert_eq!(violation.problem, Problem::Missing);
        assert_eq!(violation.path.last(), Some(&field("x")));
    }

    #[test]
    fn a_decimal_where_an_integer_belongs_is_a_wrong_type() {
        let violation = check(&json!({"x": 1.5}), &POINT).unwrap_err();
        assert_eq!(
            violation.problem,
            Problem::WrongType {
                expected: vec![Kind::Integer],
                got: Kind::Number
            }
        );
    }

    #[test]
    fn limits_are_part_of_the_problem() {
        let violation = check(&json!({"x": 12}), &POINT).unwrap_err();
        let problem = Problem::Above {
            max: "9".to_owned(),
            got: "12".to_owned(),
            kind: Kind::Integer,
        };
        assert_eq!(violation.problem, problem);
        let violation = check(&json!({"parts": []}), &DRAWING).unwrap_err();
        assert_eq!(
            violation.problem,
            Problem::TooShort {
                min: 1,
                got: 0,
                kind: Kind::List
            }
        );
    }

    #[test]
    fn an_unknown_case_names_the_known_ones() {
        let violation = check(&json!({"parts": [{"type": "line"}]}), &DRAWING).unwrap_err();
        assert_eq!(
            violation.problem,
            Problem::UnknownCase {
                tag: "type",
                got: "line".to_owned(),
                allowed: vec!["point", "note"]
            }
        );
    }
}
