//! Editing a member of the answer itself.

use super::members::{self, Fate, Member};
use super::splice::{Splice, apply};
use crate::json::{Fault, Reader};

/// The object with another value (JSON) for a member; `None` where it has no such member, or is no
/// object.
pub(in super::super) fn with_value(json: &[u8], name: &str, value: &str) -> Option<Vec<u8>> {
    let member = find(json, name).ok()??;
    let splices = members::splices(&[member], &[Fate::Becomes(value.to_owned())]);
    Some(apply(json, &splices))
}

/// The object with `name` set to a value (JSON) in the object that its member `outer` is; `None` where
/// that is none.
pub(in super::super) fn with_inner(
    json: &[u8],
    outer: &str,
    name: &str,
    value: &str,
) -> Option<Vec<u8>> {
    let outer = find(json, outer).ok()??;
    let object = outer.json(json);
    let (place, text) = match find(object, name).ok()? {
        Some(member) => (member.value, value.to_owned()),
        None => {
            let last = object.len().checked_sub(1)?;
            let is_empty = object.get(1..last)?.trim_ascii().is_empty();
            let comma = if is_empty { "" } else { "," };
            (last..last, format!("{comma}\"{name}\":{value}"))
        }
    };
    let start = outer.value.start;
    let splice = Splice {
        range: start + place.start..start + place.end,
        text: text.into(),
    };
    Some(apply(json, &[splice]))
}

fn find<'a>(json: &'a [u8], name: &str) -> Result<Option<Member<'a>>, Fault> {
    let mut reader = Reader::new(json)?;
    let mut found = None;
    reader.object(|reader, member| {
        let taken = Member::take(reader, member)?;
        if taken.name == name {
            found = Some(taken);
        }
        Ok(())
    })?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renamed(json: &str) -> Option<String> {
        let edited = with_value(json.as_bytes(), "id", r#""new""#)?;
        Some(String::from_utf8(edited).unwrap())
    }

    #[test]
    fn a_member_gets_another_value_and_all_else_stays() {
        assert_eq!(
            renamed(r#" { "a":{"id":1}, "id" : "chatcmpl-1" ,"b":[2]}"#).unwrap(),
            r#" { "a":{"id":1}, "id" : "new" ,"b":[2]}"#
        );
    }

    #[test]
    fn a_member_is_set_in_an_inner_object_and_all_else_stays() {
        let set = |json: &str| {
            let edited = with_inner(json.as_bytes(), "usage", "cost", "0.5")?;
            Some(String::from_utf8(edited).unwrap())
        };
        for (json, edited) in [
            (r#"{"usage":{}}"#, r#"{"usage":{"cost":0.5}}"#),
            (
                r#"{"a":1, "usage": { "b":[2] } }"#,
                r#"{"a":1, "usage": { "b":[2] ,"cost":0.5} }"#,
            ),
            (
                r#"{"usage":{"cost":7,"b":2},"c":3}"#,
                r#"{"usage":{"cost":0.5,"b":2},"c":3}"#,
            ),
        ] {
            assert_eq!(set(json).as_deref(), Some(edited));
        }
        for json in [
            r#"{"usage":null}"#,
            r#"{"usage":"}"}"#,
            r#"{"cost":1}"#,
            "[]",
            r#"{"usage":{"#,
        ] {
            assert_eq!(set(json), None, "{json}");
        }
    }

    #[test]
    fn what_has_no_such_member_is_left_alone() {
        for json in [r#"{"a":{"id":1}}"#, "{}", "[]", "", r#"{"id":1"#] {
            assert_eq!(renamed(json), None, "{json}");
        }
    }
}
