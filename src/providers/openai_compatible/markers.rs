//! Telling by a few bytes whether JSON needs a closer look.
//!
//! A name in quotes, a colon and the first byte of a value cannot occur inside a JSON string, where
//! quotes are escaped; so a marker never misses a field, and what it finds wrongly (the same name
//! deeper in the object) costs a parse and nothing else.

use std::sync::LazyLock;

use memchr::memmem::Finder;

/// A name and what its value must begin with.
pub(super) struct Marker {
    name: Finder<'static>,
    value: fn(u8) -> bool,
}

impl Marker {
    fn new(name: &'static str, value: fn(u8) -> bool) -> Self {
        Self {
            name: Finder::new(name),
            value,
        }
    }

    /// Whether the field is there, with such a value.
    pub(super) fn is_in(&self, json: &[u8]) -> bool {
        self.name
            .find_iter(json)
            .filter_map(|at| json.get(at.saturating_add(self.name.needle().len())..))
            .filter_map(value_start)
            .any(self.value)
    }
}

/// First byte of the value, if `rest` goes on like the rest of a member.
fn value_start(rest: &[u8]) -> Option<u8> {
    let rest = rest.trim_ascii_start().strip_prefix(b":")?;
    rest.trim_ascii_start().first().copied()
}

/// The markers, built once.
pub(super) struct Markers {
    pub(super) usage: Marker,
    pub(super) error: Marker,
    pub(super) finish: Marker,
    pub(super) reasoning: Marker,
    pub(super) role: Marker,
    pub(super) tool_calls: Marker,
    pub(super) list_content: Marker,
}

pub(super) static MARKERS: LazyLock<Markers> = LazyLock::new(|| Markers {
    usage: Marker::new("\"usage\"", |first| first == b'{'),
    error: Marker::new("\"error\"", |first| first != b'n'),
    finish: Marker::new("\"finish_reason\"", |first| first == b'"'),
    reasoning: Marker::new("\"reasoning\"", |first| first != b'n'),
    role: Marker::new("\"role\"", |_| true),
    tool_calls: Marker::new("\"tool_calls\"", |first| first == b'['),
    list_content: Marker::new("\"content\"", |first| first == b'['),
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_whatever_the_space_around_its_colon() {
        assert!(MARKERS.usage.is_in(br#"{"usage":{"a":1}}"#));
        assert!(MARKERS.usage.is_in(b"{\"usage\" :\n\t {}}"));
    }

    #[test]
    fn a_null_field_is_no_marker() {
        assert!(!MARKERS.usage.is_in(br#"{"usage":null}"#));
        assert!(!MARKERS.error.is_in(br#"{"error":null}"#));
    }

    #[test]
    fn text_that_speaks_of_the_field_is_no_marker() {
        assert!(!MARKERS.usage.is_in(br#"{"content":"\"usage\":{}"}"#));
        assert!(!MARKERS.usage.is_in(br#"{"content":"usage"}"#));
        assert!(!MARKERS.finish.is_in(br#"{"finish_reason":null}"#));
    }

    #[test]
    fn a_later_occurrence_counts_too() {
        assert!(MARKERS.usage.is_in(br#"{"usage":null,"x":{"usage":{}}}"#));
    }

    #[test]
    fn json_that_ends_after_the_name_is_no_marker() {
        assert!(!MARKERS.usage.is_in(br#"{"usage""#));
        assert!(!MARKERS.usage.is_in(br#"{"usage":"#));
    }
}
