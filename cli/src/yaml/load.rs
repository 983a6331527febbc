//! Parser events → tree.

use std::collections::HashMap;
use std::fmt;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span};

use super::{Key, Node, Position, Value};

/// A configuration of this size is a mistake.
const MAX_BYTES: usize = 4 << 20;
/// Nodes in the tree, aliases expanded: stops a "billion laughs".
const MAX_NODES: usize = 100_000;

/// Why a file is not YAML that we read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    pub(crate) at: Position,
    pub(crate) message: String,
}

impl SyntaxError {
    fn new(at: Position, message: impl fmt::Display) -> Self {
        Self {
            at,
            message: message.to_string(),
        }
    }
}

impl From<ScanError> for SyntaxError {
    fn from(error: ScanError) -> Self {
        let marker = error.marker();
        let at = Position {
            line: marker.line(),
            column: marker.col() + 1,
        };
        Self::new(at, error.info())
    }
}

/// Reads the one document in `text`; an empty file is a null node.
///
/// # Errors
/// [`SyntaxError`] at the first place that is not YAML, or not the subset described above.
pub(crate) fn load(text: &str) -> Result<Node, SyntaxError> {
    if text.len() > MAX_BYTES {
        return Err(SyntaxError::new(START, "the file is larger than 4 MiB"));
    }
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event?;
        builder.event(event, position(span))?;
    }
    Ok(builder.root.unwrap_or(Node {
        at: START,
        value: Value::Null,
    }))
}

const START: Position = Position { line: 1, column: 1 };

fn position(span: Span) -> Position {
    Position {
        line: span.start.line(),
        column: span.start.col() + 1,
    }
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
}

/// A list or mapping whose end has not been seen.
struct Open {
    at: Position,
    anchor: usize,
    kind: OpenKind,
}

enum OpenKind {
    List(Vec<Node>),
    Map {
        entries: Vec<(Key, Node)>,
        key: Option<Key>,
    },
}

impl Builder {
    fn event(&mut self, event: Event<'_>, at: Position) -> Result<(), SyntaxError> {
        match event {
            Event::Scalar(_, _, _, Some(_))
            | Event::SequenceStart(_, _, Some(_))
            | Event::MappingStart(_, _, Some(_)) => {
                Err(SyntaxError::new(at, "tags (`!…`) are not supported here"))
            }
            Event::Scalar(text, style, anchor, None) => self.node(scalar(&text, style, at), anchor),
            Event::SequenceStart(_, anchor, None) => {
                self.open(at, anchor, OpenKind::List(Vec::new()));
                Ok(())
            }
            Event::MappingStart(_, anchor, None) => {
                let (entries, key) = (Vec::new(), None);
                self.open(at, anchor, OpenKind::Map { entries, key });
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => self.alias(anchor, at),
            Event::DocumentStart(..) if self.root.is_some() => Err(SyntaxError::new(
                at,
                "a second document begins here; one file holds one configuration",
            )),
            _ => Ok(()),
        }
    }

    fn open(&mut self, at: Position, anchor: usize, kind: OpenKind) {
        self.open.push(Open { at, anchor, kind });
    }

    fn close(&mut self) -> Result<(), SyntaxError> {
        let Some(Open { at, anchor, kind }) = self.open.pop() else {
            return Ok(());
        };
        let value = match kind {
            OpenKind::List(items) => Value::List(items),
            OpenKind::Map { entries, .. } => Value::Map(entries),
        };
        self.node(Node { at, value }, anchor)
    }

    fn alias(&mut self, anchor: usize, at: Position) -> Result<(), SyntaxError> {
        let Some(node) = self.anchors.get(&anchor) else {
            return Err(SyntaxError::new(at, "this alias refers to itself"));
        };
        let copy = Node {
            at,
            value: node.value.clone(),
        };
        self.nodes += size(&copy);
        self.node(copy, 0)
    }

    fn node(&mut self, node: Node, anchor: usize) -> Result<(), SyntaxError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(SyntaxError::new(node.at, "more than 100,000 values"));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.kind) {
            None => self.root = Some(node),
            Some(OpenKind::List(items)) => items.push(node),
            Some(OpenKind::Map { entries, key }) => match key.take() {
                Some(key) => entries.push((key, node)),
                None => *key = Some(new_key(entries, node)?),
            },
        }
        Ok(())
    }
}

fn scalar(text: &str, style: ScalarStyle, at: Position) -> Node {
    let plain = style == ScalarStyle::Plain;
    let value = if plain && matches!(text, "" | "~" | "null" | "Null" | "NULL") {
        Value::Null
    } else {
        let text = text.to_owned();
        Value::Scalar { text, plain }
    };
    Node { at, value }
}

fn new_key(entries: &[(Key, Node)], node: Node) -> Result<Key, SyntaxError> {
    let at = node.at;
    let Value::Scalar { text: name, .. } = node.value else {
        return Err(SyntaxError::new(at, "a key must be text"));
    };
    if name == "<<" {
        let message = "merge keys (`<<`) are not supported; write the fields out";
        return Err(SyntaxError::new(at, message));
    }
    match entries.iter().find(|(key, _)| key.name == name) {
        Some((first, _)) => Err(SyntaxError::new(
            at,
            format_args!("`{name}` occurs twice; first on line {}", first.at.line),
        )),
        None => Ok(Key { name, at }),
    }
}

fn size(node: &Node) -> usize {
    match &node.value {
        Value::Null | Value::Scalar { .. } => 1,
        Value::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Map(entries) => 1 + entries.iter().map(|(_, node)| size(node)).sum::<usize>(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        let error = load(text).unwrap_err();
        format!("{}:{}: {}", error.at.line, error.at.column, error.message)
    }

    fn entries(text: &str) -> Vec<(Key, Node)> {
        match load(text).unwrap().value {
            Value::Map(entries) => entries,
            other => panic!("not a mapping: {other:?}"),
        }
    }

    #[test]
    fn values_know_their_line_and_column() {
        let entries = entries("a: 1\nlist:\n  - {x: y}\n");
        let (key, list) = &entries[1];
        assert_eq!(key.at, Position { line: 2, column: 1 });
        let Value::List(items) = &list.value else {
            panic!("not a list")
        };
        assert_eq!(items[0].at, Position { line: 3, column: 5 });
    }

    #[test]
    fn scalars_stay_text() {
        let entries = entries("a: no\nb: \"null\"\nc: ~\nd:\n");
        let plain = |text: &str| Value::Scalar {
            text: text.to_owned(),
            plain: true,
        };
        assert_eq!(entries[0].1.value, plain("no"));
        assert!(matches!(
            entries[1].1.value,
            Value::Scalar { plain: false, .. }
        ));
        assert_eq!(entries[2].1.value, Value::Null);
        assert_eq!(entries[3].1.value, Value::Null);
    }

    #[test]
    fn an_empty_file_is_null() {
        assert_eq!(load("# nothing\n").unwrap().value, Value::Null);
    }

    #[test]
    fn an_alias_stands_for_its_anchor() {
        let entries = entries("a: &x [1, 2]\nb: *x\n");
        assert_eq!(entries[0].1.value, entries[1].1.value);
    }

    #[test]
    fn a_duplicate_key_is_an_error_at_its_second_place() {
        assert_eq!(
            message("a: 1\nb: 2\na: 3\n"),
            "3:1: `a` occurs twice; first on line 1"
        );
    }

    #[test]
    fn tags_merge_keys_and_second_documents_are_refused() {
        assert!(message("a: !secret x\n").contains("tags"));
        assert!(message("a: &x {b: c}\nd:\n  <<: *x\n").starts_with("3:3: merge keys"));
        assert!(message("a: 1\n---\nb: 2\n").contains("second document"));
    }

    #[test]
    fn aliases_cannot_blow_up() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for n in 1..9 {
            let items = vec![format!("*a{}", n - 1); 10].join(", ");
            text.push_str(&format!("a{n}: &a{n} [{items}]\n"));
        }
        assert!(message(&text).contains("100,000"));
    }

    #[test]
    fn deep_nesting_is_an_error_and_no_crash() {
        assert!(load(&"[".repeat(100_000)).is_err());
        assert!(load(&"- ".repeat(100_000)).is_err());
    }

    #[test]
    fn broken_yaml_says_where() {
        assert!(
            message("a: [1, 2\nb: 3\n").starts_with("2:")
                || message("a: [1, 2\nb: 3\n").starts_with("3:")
        );
    }
}
