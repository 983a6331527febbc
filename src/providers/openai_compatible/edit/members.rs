use std::borrow::Cow;
use std::ops::Range;

use super::splice::Splice;
use crate::dialects::openai_chat::Field;
use crate::json::{Fault, Name, Reader};

/// A member of an object.
#[derive(Debug, Clone)]
pub(in super::super) struct Member<'a> {
    pub(in super::super) name: Cow<'a, str>,
    /// Where its value is.
    pub(in super::super) value: Range<usize>,
    /// Where name and value are.
    pub(in super::super) place: Range<usize>,
}

/// What becomes of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Fate {
    /// It stays as it is.
    Stays,
    /// It is left out.
    Goes,
    /// It gets another name.
    IsNamed(&'static str),
    /// It gets another value, as JSON.
    Becomes(String),
    /// These members take its place.
    Gives(String),
}

impl<'a> Member<'a> {
    /// A top-level field as a member.
    pub(in super::super) fn of(field: &'a Field<'_>) -> Self {
        Self {
            name: Cow::Borrowed(&field.name),
            value: field.value.clone(),
            place: field.member.clone(),
        }
    }

    /// Takes the member of this name.
    pub(in super::super) fn take(reader: &mut Reader<'a>, name: &Name<'a>) -> Result<Self, Fault> {
        let value = reader.span()?;
        Ok(Self {
            name: name.text.clone(),
            place: name.start..value.end,
            value,
        })
    }

    /// The JSON of its value.
    pub(in super::super) fn json<'b>(&self, body: &'b [u8]) -> &'b [u8] {
        body.get(self.value.clone()).unwrap_or_default()
    }
}

/// The edits that give each member of an object its fate.
pub(in super::super) fn splices(members: &[Member<'_>], fates: &[Fate]) -> Vec<Splice> {
    let renamed = members.iter().zip(fates).filter_map(changed);
    renamed.chain(removals(members, fates)).collect()
}

fn changed((member, fate): (&Member<'_>, &Fate)) -> Option<Splice> {
    let (range, text) = match fate {
        Fate::Stays | Fate::Goes => return None,
        Fate::IsNamed(name) => (
            member.place.start..member.value.start,
            Cow::Owned(format!("\"{name}\":")),
        ),
        Fate::Becomes(json) => (member.value.clone(), Cow::Owned(json.clone())),
        Fate::Gives(members) => (member.place.clone(), Cow::Owned(members.clone())),
    };
    Some(Splice { range, text })
}

/// Each run of members that go takes one comma along: the one behind it, or at the end of the
/// object the one before it.
fn removals(members: &[Member<'_>], fates: &[Fate]) -> Vec<Splice> {
    let mut removals = Vec::new();
    let mut before: Option<&Member<'_>> = None;
    let mut run: Option<Range<usize>> = None;
    for (member, fate) in members.iter().zip(fates) {
        if *fate == Fate::Goes {
            let start = run.map_or(member.place.start, |run| run.start);
            run = Some(start..member.place.end);
            continue;
        }
        if let Some(run) = run.take() {
            removals.push(run.start..member.place.start);
        }
        before = Some(member);
    }
    if let Some(run) = run {
        let start = before.map_or(run.start, |before| before.place.end);
        removals.push(start..run.end);
    }
    let text = Cow::Borrowed("");
    let splice = |range| Splice {
        range,
        text: text.clone(),
    };
    removals.into_iter().map(splice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialects::openai_chat::scan;
    use crate::providers::openai_compatible::edit::apply;

    /// The body with the fields of these names gone.
    fn without(body: &str, names: &[&str]) -> String {
        let scan = scan(body.as_bytes()).unwrap();
        let members: Vec<_> = scan.fields.iter().map(Member::of).collect();
        let fates: Vec<_> = members
            .iter()
            .map(|member| match names.contains(&&*member.name) {
                true => Fate::Goes,
                false => Fate::Stays,
            })
            .collect();
        String::from_utf8(apply(body.as_bytes(), &splices(&members, &fates))).unwrap()
    }

    #[test]
    fn a_member_takes_one_comma_along_wherever_it_stands() {
        let body = r#"{ "a" : 1, "model":"m" , "b":[2] ,"c":3 }"#;
        assert_eq!(without(body, &["a"]), r#"{ "model":"m" , "b":[2] ,"c":3 }"#);
        assert_eq!(without(body, &["b"]), r#"{ "a" : 1, "model":"m" , "c":3 }"#);
        assert_eq!(
            without(body, &["c"]),
            r#"{ "a" : 1, "model":"m" , "b":[2] }"#
        );
    }

    #[test]
    fn neighbours_go_together() {
        let body = r#"{"a":1,"b":2,"model":"m","c":3,"d":4}"#;
        assert_eq!(without(body, &["a", "b"]), r#"{"model":"m","c":3,"d":4}"#);
        assert_eq!(without(body, &["c", "d"]), r#"{"a":1,"b":2,"model":"m"}"#);
        assert_eq!(without(body, &["a", "b", "c", "d"]), r#"{"model":"m"}"#);
    }
}
