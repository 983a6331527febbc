//! The walk along a shape.

use serde_json::{Map, Value};

use super::{Cases, Field, Kind, Problem, Shape, Step, Violation};

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
    use crate::simulate::shape::{TEXT, optional, required};

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
