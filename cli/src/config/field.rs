//! A place in the configuration that is being read: a node, its path, and where problems go.
//!
//! Every reader returns `None` after it has reported a problem, and the caller goes on with the
//! other fields: that is how one run finds everything.

use std::ops::RangeInclusive;
use std::time::Duration;

use tidegate::config::written::duration_ms;

use super::problem::{Problem, Problems, did_you_mean};
use crate::yaml::{Key, Node, Position, Value};

/// A value in the file.
#[derive(Debug, Clone)]
pub(crate) struct Field<'a> {
    path: String,
    node: &'a Node,
    problems: &'a Problems,
}

impl<'a> Field<'a> {
    pub(crate) fn root(node: &'a Node, problems: &'a Problems) -> Self {
        let path = String::new();
        Self {
            path,
            node,
            problems,
        }
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Reports a problem with this value.
    pub(crate) fn report(&self, message: impl Into<String>) {
        self.report_at(self.node.at, message.into());
    }

    /// Reports a name that is not one of `known`, with the nearest of them.
    pub(crate) fn report_unknown<'k>(
        &self,
        what: &str,
        name: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) {
        let hint = did_you_mean(name, known).unwrap_or_default();
        self.report(format!("{what} `{name}`{hint}"));
    }

    pub(crate) fn is_null(&self) -> bool {
        self.node.value == Value::Null
    }

    pub(crate) fn is_list(&self) -> bool {
        matches!(self.node.value, Value::List(_))
    }

    pub(crate) fn is_map(&self) -> bool {
        matches!(self.node.value, Value::Map(_))
    }

    /// Text, quoted or not, that is not empty.
    pub(crate) fn text(&self) -> Option<&'a str> {
        match &self.node.value {
            Value::Scalar { text, .. } if !text.trim().is_empty() => Some(text),
            Value::Scalar { .. } | Value::Null => self.fail("must not be empty"),
            other => self.fail(format!("must be text, not {}", kind(other))),
        }
    }

    /// A whole number in `range`.
    pub(crate) fn integer(&self, range: RangeInclusive<u64>) -> Option<u64> {
        let text = self.text()?;
        let number = text.parse().ok().filter(|number| range.contains(number));
        if number.is_none() {
            self.report(format!(
                "must be a whole number from {} to {}, not `{text}`",
                range.start(),
                range.end()
            ));
        }
        number
    }

    /// `true`, `false`, `on` or `off`.
    pub(crate) fn switch(&self) -> Option<bool> {
        match self.text()? {
            "true" | "on" => Some(true),
            "false" | "off" => Some(false),
            other => self.fail(format!("must be `on` or `off`, not `{other}`")),
        }
    }

    /// `1500ms`, `5s` or `2m`: more than nothing, at most a day.
    pub(crate) fn duration(&self) -> Option<Duration> {
        let text = self.text()?;
        let duration = parse_duration(text);
        if duration.is_none() {
            self.report(format!(
                "must be a duration such as `1500ms`, `5s` or `2m`, up to a day, not `{text}`"
            ));
        }
        duration
    }

    /// One of these words.
    pub(crate) fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        if let Some((_, choice)) = choices.iter().find(|(name, _)| *name == text) {
            return Some(*choice);
        }
        let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
        let hint = did_you_mean(text, names.iter().copied()).unwrap_or_default();
        self.fail(format!(
            "must be one of {}, not `{text}`{hint}",
            list(&names)
        ))
    }

    /// The items of a list.
    pub(crate) fn items(&self) -> Option<Vec<Field<'a>>> {
        let Value::List(items) = &self.node.value else {
            return self.fail(format!("must be a list, not {}", kind(&self.node.value)));
        };
        let item = |(index, node)| Field {
            path: format!("{}[{index}]", self.path),
            node,
            problems: self.problems,
        };
        Some(items.iter().enumerate().map(item).collect())
    }

    /// The entries of a mapping whose keys are names that the user chose.
    pub(crate) fn entries(&self) -> Option<Vec<(&'a str, Field<'a>)>> {
        let entries = self.map()?;
        let entry = |(key, node): &'a (Key, Node)| (key.name.as_str(), self.child(&key.name, node));
        Some(entries.iter().map(entry).collect())
    }

    /// A mapping with fixed fields. Other fields are reported; those in `later` as not there yet.
    pub(crate) fn section(&self, known: &[&str], later: &[&str]) -> Option<Section<'a>> {
        let entries = self.map()?;
        for (key, node) in entries {
            let child = self.child(&key.name, node);
            if later.contains(&key.name.as_str()) {
                child.report_at(key.at, "not supported by this version".to_owned());
            } else if !known.contains(&key.name.as_str()) {
                child.report_at(key.at, unknown_field(&key.name, known, later));
            }
        }
        Some(Section {
            field: self.clone(),
        })
    }

    /// A field of this mapping, without a report where this is no mapping or has no such field.
    pub(crate) fn lookup(&self, name: &str) -> Option<Field<'a>> {
        let Value::Map(entries) = &self.node.value else {
            return None;
        };
        let (key, node) = entries.iter().find(|(key, _)| key.name == name)?;
        Some(self.child(&key.name, node))
    }

    fn map(&self) -> Option<&'a [(Key, Node)]> {
        match &self.node.value {
            Value::Map(entries) => Some(entries),
            other => self.fail(format!("must be a mapping, not {}", kind(other))),
        }
    }

    fn child(&self, name: &str, node: &'a Node) -> Field<'a> {
        let name = quoted_where_needed(name);
        let path = match self.path.as_str() {
            "" => name,
            parent => format!("{parent}.{name}"),
        };
        Field {
            path,
            node,
            problems: self.problems,
        }
    }

    fn fail<T>(&self, message: impl Into<String>) -> Option<T> {
        self.report(message);
        None
    }

    fn report_at(&self, at: Position, message: String) {
        let path = self.path.clone();
        self.problems.push(Problem::new(at, path, message));
    }
}

/// A mapping with fixed fields.
#[derive(Debug, Clone)]
pub(crate) struct Section<'a> {
    field: Field<'a>,
}

impl<'a> Section<'a> {
    /// The section itself, to report a problem with it.
    pub(crate) fn field(&self) -> &Field<'a> {
        &self.field
    }

    /// A field that may be absent.
    pub(crate) fn optional(&self, name: &str) -> Option<Field<'a>> {
        self.field.lookup(name)
    }

    /// A field that must be there; its absence is reported.
    pub(crate) fn required(&self, name: &str) -> Option<Field<'a>> {
        let found = self.optional(name);
        if found.is_none() {
            self.field.report(format!("`{name}` is missing"));
        }
        found
    }
}

fn unknown_field(name: &str, known: &[&str], later: &[&str]) -> String {
    match did_you_mean(name, known.iter().chain(later).copied()) {
        Some(hint) => format!("unknown field{hint}"),
        None => format!("unknown field; known here: {}", known.join(", ")),
    }
}

/// `a, b or c`.
fn list(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

/// Names with a dot or a space are quoted in paths: `models."gpt-4.1".targets`.
fn quoted_where_needed(name: &str) -> String {
    let simple = |c: char| c.is_alphanumeric() || "_-/:@".contains(c);
    if !name.is_empty() && name.chars().all(simple) {
        return name.to_owned();
    }
    format!("{name:?}")
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Scalar { .. } => "a single value",
        Value::List(_) => "a list",
        Value::Map(_) => "a mapping",
    }
}

fn parse_duration(text: &str) -> Option<Duration> {
    const DAY: Duration = Duration::from_secs(86_400);
    let duration = Duration::from_millis(duration_ms(text)?);
    (duration > Duration::ZERO && duration <= DAY).then_some(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit_and_bounds() {
        let read = parse_duration;
        assert_eq!(read("1500ms"), Some(Duration::from_millis(1500)));
        assert_eq!(read("5s"), Some(Duration::from_secs(5)));
        assert_eq!(read("2m"), Some(Duration::from_secs(120)));
        assert_eq!(read("24h"), Some(Duration::from_secs(86_400)));
        for wrong in [
            "",
            "5",
            "s",
            "-1s",
            "1.5s",
            "0s",
            "25h",
            "5 s",
            "99999999999999999999s",
            "5é",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn names_with_dots_are_quoted_in_paths() {
        assert_eq!(quoted_where_needed("gpt-4o"), "gpt-4o");
        assert_eq!(quoted_where_needed("gpt-4.1"), "\"gpt-4.1\"");
        assert_eq!(quoted_where_needed(""), "\"\"");
    }
}
