use std::borrow::Cow;
use std::ops::Range;

/// These bytes become that text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Splice {
    pub(in super::super) range: Range<usize>,
    pub(in super::super) text: Cow<'static, str>,
}

/// The bytes with the splices made, which are sorted and do not overlap.
pub(in super::super) fn apply(body: &[u8], splices: &[Splice]) -> Vec<u8> {
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

/// The bytes with the splices made, which do not overlap; they are sorted on the way.
pub(in super::super) fn apply_sorted(body: &[u8], splices: &mut [Splice]) -> Vec<u8> {
    splices.sort_by_key(|splice| (splice.range.start, splice.range.end));
    apply(body, splices)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splices_replace_insert_and_remove() {
        let splice = |range, text: &'static str| Splice {
            range,
            text: text.into(),
        };
        let splices = [splice(1..1, "+"), splice(3..4, "XY"), splice(5..6, "")];
        assert_eq!(apply(b"0123456", &splices), b"0+12XY46");
    }
}
