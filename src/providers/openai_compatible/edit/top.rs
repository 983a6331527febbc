//! Editing a member of the answer itself.

use super::members::{self, Fate, Member};
use super::splice::apply;
use crate::json::{Fault, Reader};

/// The object with another value (JSON) for a member; `None` where it has no such member, or is no
/// object.
pub(in super::super) fn with_value(json: &[u8], name: &str, value: &str) -> Option<Vec<u8>> {
    let member = find(json, name).ok()??;
    let splices = members::splices(&[member], &[Fate::Becomes(value.to_owned())]);
    Some(apply(json, &splices))
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
    fn what_has_no_such_member_is_left_alone() {
        for json in [r#"{"a":{"id":1}}"#, "{}", "[]", "", r#"{"id":1"#] {
            assert_eq!(renamed(json), None, "{json}");
        }
    }
}
