//! Putting edits into a body.

use std::borrow::Cow;
use std::ops::Range;

use super::Edit;

/// Edits that all lie in so many bytes are made as a prefix.
const PREFIX_LIMIT: usize = 64 * 1024;

/// These bytes of the body become that text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Splice {
    pub(super) range: Range<usize>,
    pub(super) text: Cow<'static, str>,
}

/// What the splices make of the body. They do not overlap.
pub(super) fn edit(body: &[u8], mut splices: Vec<Splice>) -> Edit {
    splices.sort_by_key(|splice| (splice.range.start, splice.range.end));
    let Some(last) = splices.last() else {
        return Edit::Unchanged;
    };
    let replaced = last.range.end;
    if replaced <= PREFIX_LIMIT {
        let bytes = apply(body.get(..replaced).unwrap_or(body), &splices);
        return Edit::Prefix { replaced, bytes };
    }
    Edit::Whole(apply(body, &splices))
}

fn apply(body: &[u8], splices: &[Splice]) -> Vec<u8> {
    let added: usize = splices.iter().map(|splice| splice.text.len()).sum();
    let mut out = Vec::with_capacity(body.len().saturating_add(added));
    let mut done = 0;
    for splice in splices {
        out.extend_from_slice(body.get(done..splice.range.start).unwrap_or_default());
        out.extend_from_slice(splice.text.as_bytes());
        done = splice.range.end;
    }
    out.extend_from_slice(body.get(done..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn splice(range: Range<usize>, text: &'static str) -> Splice {
        Splice {
            range,
            text: text.into(),
        }
    }

    #[test]
    fn without_splices_nothing_changes() {
        assert_eq!(edit(b"body", Vec::new()), Edit::Unchanged);
    }

    #[test]
    fn splices_near_the_front_replace_a_prefix() {
        let splices = vec![splice(3..4, "XY"), splice(1..1, "+")];
        let expected = Edit::Prefix {
            replaced: 4,
            bytes: b"0+12XY".to_vec(),
        };
        assert_eq!(edit(b"0123456", splices), expected);
    }

    #[test]
    fn a_splice_far_behind_makes_a_new_body() {
        let body = vec![b'x'; PREFIX_LIMIT + 10];
        let end = body.len();
        let splices = vec![splice(0..1, ""), splice(end..end, "y")];
        let Edit::Whole(bytes) = edit(&body, splices) else {
            panic!("the whole body is made anew");
        };
        assert_eq!(bytes.len(), body.len());
        assert_eq!(bytes.last(), Some(&b'y'));
    }
}
