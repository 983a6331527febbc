//! Editing the members of each choice's `delta` or `message`.

use super::members::{self, Fate, Member};
use super::splice::{Splice, apply};
use crate::json::{Fault, Kind, Reader};

/// The answer with the fates that `decide` gives the members of each choice's part; `None` where
/// all of them stay, or where the answer has another form.
pub(in super::super) fn edited_parts(
    json: &[u8],
    part: &str,
    mut decide: impl FnMut(u64, &[Member<'_>]) -> Vec<Fate>,
) -> Option<Vec<u8>> {
    let mut splices = Vec::new();
    let mut place = 0;
    let report = |index: Option<u64>, found: Vec<Member<'_>>| {
        let fates = decide(index.unwrap_or(place), &found);
        splices.extend(members::splices(&found, &fates));
        place = place.saturating_add(1);
    };
    each_part(json, part, report).ok()?;
    splices.sort_by_key(|splice: &Splice| splice.range.start);
    (!splices.is_empty()).then(|| apply(json, &splices))
}

/// Reports each choice: its index, if it tells one, and the members of its part.
fn each_part<'a>(
    json: &'a [u8],
    part: &str,
    mut report: impl FnMut(Option<u64>, Vec<Member<'a>>),
) -> Result<(), Fault> {
    let mut reader = Reader::new(json)?;
    reader.object(|reader, name| {
        if name.text != "choices" || reader.kind()? != Kind::Array {
            return reader.skip();
        }
        reader.array(|reader| {
            let (index, members) = choice(reader, part)?;
            report(index, members);
            Ok(())
        })
    })
}

fn choice<'a>(
    reader: &mut Reader<'a>,
    part: &str,
) -> Result<(Option<u64>, Vec<Member<'a>>), Fault> {
    let mut index = None;
    let mut found = Vec::new();
    reader.object(|reader, name| {
        match (&*name.text, reader.kind()?) {
            ("index", Kind::Integer) => index = Some(reader.integer()?),
            (text, Kind::Object) if text == part => found = members(reader)?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok((index, found))
}

/// Takes an object.
fn members<'a>(reader: &mut Reader<'a>) -> Result<Vec<Member<'a>>, Fault> {
    let mut found = Vec::new();
    reader.object(|reader, name| {
        found.push(Member::take(reader, name)?);
        Ok(())
    })?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without_role(json: &str) -> Option<String> {
        let decide = |_, members: &[Member<'_>]| {
            let fate = |member: &Member<'_>| match &*member.name {
                "role" => Fate::Goes,
                "a" => Fate::IsNamed("b"),
                _ => Fate::Stays,
            };
            members.iter().map(fate).collect()
        };
        let edited = edited_parts(json.as_bytes(), "delta", decide)?;
        Some(String::from_utf8(edited).unwrap())
    }

    #[test]
    fn members_of_each_part_are_edited_and_all_else_stays() {
        let json = r#"{"role":1, "choices":[ {"delta":{"role":"x","a" : 1},"index":3}, {"delta":{"c":{"role":2}, "role":"y"},"role":4} ],"z":1e2}"#;
        assert_eq!(
            without_role(json).unwrap(),
            r#"{"role":1, "choices":[ {"delta":{"b":1},"index":3}, {"delta":{"c":{"role":2}},"role":4} ],"z":1e2}"#
        );
    }

    #[test]
    fn an_answer_with_nothing_to_edit_or_of_another_form_is_none() {
        for json in [
            r#"{"choices":[{"delta":{"c":1}}]}"#,
            r#"{"choices":[{"message":{"role":1}}]}"#,
            r#"{"choices":[{"delta":null}]}"#,
            r#"{"choices":null}"#,
            r#"{"choices":[7]}"#,
            r#"{"choices":[{"index":-1,"delta":{"role":1}}]}"#,
            "[1]",
            "{",
        ] {
            assert_eq!(without_role(json), None, "{json}");
        }
    }

    #[test]
    fn a_choice_without_index_counts_by_its_place() {
        let mut seen = Vec::new();
        let json = br#"{"choices":[{"delta":{}},{"delta":{},"index":7},{}]}"#;
        edited_parts(json, "delta", |index, _| {
            seen.push(index);
            Vec::new()
        });
        assert_eq!(seen, [0, 7, 2]);
    }
}
