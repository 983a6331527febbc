//! A file over another: its sections, as a whole, take the place of the other's.

use super::{Node, Value};

impl Node {
    /// Whether this is a mapping with such a key.
    pub(crate) fn has(&self, name: &str) -> bool {
        match &self.value {
            Value::Map(entries) => entries.iter().any(|(key, _)| key.name == name),
            _ => false,
        }
    }

    /// This mapping, with the entries of `overlay` in the place of those of the same name, and
    /// behind those that it has not. What is no mapping is left as it is.
    pub(crate) fn overlaid(&self, overlay: &Self) -> Self {
        let (Value::Map(own), Value::Map(over)) = (&self.value, &overlay.value) else {
            return self.clone();
        };
        let kept = own.iter().filter(|(key, _)| !overlay.has(&key.name));
        Self {
            at: self.at,
            value: Value::Map(kept.chain(over).cloned().collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::yaml::load;

    fn keys(base: &str, overlay: &str) -> String {
        let node = load(base).unwrap().overlaid(&load(overlay).unwrap());
        format!("{:?}", node.value)
    }

    #[test]
    fn a_section_takes_the_place_of_the_other_as_a_whole() {
        let merged = load("a: 1\nb: {c: 2, d: 3}\n").unwrap();
        let merged = merged.overlaid(&load("b: {e: 4}\nf: 5\n").unwrap());
        for (name, there) in [("a", true), ("b", true), ("f", true), ("g", false)] {
            assert_eq!(merged.has(name), there, "{name}");
        }
        let text = format!("{:?}", merged.value);
        assert!(text.contains("\"e\"") && !text.contains("\"c\""), "{text}");
    }

    #[test]
    fn what_is_no_mapping_changes_nothing() {
        assert_eq!(keys("a: 1\n", ""), keys("a: 1\n", "{}"));
        assert_eq!(keys("[1]", "a: 1\n"), keys("[1]", "{}"));
    }
}
