//! The header `anthropic-beta`: features that have to be asked for by name.
//!
//! What a request needs is added by itself. What a client asks for, in a header of that name or in
//! `anthropic.betas`, is passed if the operator allows it: a name that the API does not know fails
//! the whole request, and some names reach things of the operator's account. Names are those of
//! SDK 2.11.0 (`types/anthropic_beta_param.py`, checked 2026-11-25).

use serde::Deserialize;

use crate::chat::Error;
use crate::providers::Options;
use crate::providers::json::Str;
use crate::providers::losses::Losses;

/// The operator's list of names that clients may ask for, in place of [`ALLOWED`]; `*` for all.
pub(super) const OPTION: &str = "betas";

/// The header.
pub(super) const HEADER: &str = "anthropic-beta";

pub(super) use tables::BINDING;
use tables::{ALLOWED, NEEDED_BY_BLOCKS, NEEDED_BY_FIELDS, NEEDED_BY_TOOLS};

mod tables;

/// Most names of one request.
const MAX_NAMES: usize = 64;

/// The names that go into the header.
#[derive(Debug, Default)]
pub(super) struct Betas(Vec<String>);

impl Betas {
    /// The names in the value of the header.
    pub(super) fn read(value: &str) -> Self {
        let names = value.split(',').map(str::trim);
        Self(names.filter(|n| !n.is_empty()).map(str::to_owned).collect())
    }

    /// Adds what a request needs, unless the client has asked for another version of it.
    pub(super) fn need(&mut self, name: &str) {
        let known = |other: &String| family(other) == family(name);
        if !self.0.iter().any(known) {
            self.0.push(name.to_owned());
        }
    }

    /// Adds all of these, unless another version of them is there.
    pub(super) fn need_all(&mut self, others: &Self) {
        others.0.iter().for_each(|name| self.need(name));
    }

    /// Adds what a tool needs.
    pub(super) fn need_for_tool(&mut self, kind: &str) {
        let needed = NEEDED_BY_TOOLS.iter().filter(|(tool, _)| *tool == kind);
        needed.for_each(|(_, name)| self.need(name));
    }

    /// Adds what a field of the body needs.
    pub(super) fn need_for_field(&mut self, field: &str, json: &str) {
        self.need_among(NEEDED_BY_FIELDS, field, json);
    }

    /// Adds what a block of an earlier answer needs.
    pub(super) fn need_for_block(&mut self, json: &str) {
        #[derive(Deserialize)]
        struct Tag<'a> {
            #[serde(borrow, rename = "type")]
            kind: Str<'a>,
        }
        if let Ok(tag) = serde_json::from_str::<Tag<'_>>(json) {
            self.need_among(NEEDED_BY_BLOCKS, &tag.kind, json);
        }
    }

    fn need_among(&mut self, rows: &[(&str, &str, &str)], name: &str, json: &str) {
        let is_meant =
            |(known, word, _): &&(&str, &str, &str)| *known == name && json.contains(word);
        let rows = rows.iter().filter(is_meant);
        rows.for_each(|(.., beta)| self.need(beta));
    }

    /// Adds what the client asks for, as far as the operator allows it.
    ///
    /// # Errors
    /// Where the target is strict and something is not allowed.
    pub(super) fn ask<'n>(
        &mut self,
        names: impl Iterator<Item = &'n str>,
        param: &'static str,
        options: &Options,
        losses: &mut Losses,
    ) -> Result<(), Error> {
        for name in names {
            if !is_name(name) || !is_allowed(name, options) || self.0.len() >= MAX_NAMES {
                losses.dropped(param)?;
            } else if !self.0.iter().any(|known| known == name) {
                self.0.push(name.to_owned());
            }
        }
        Ok(())
    }

    /// Value of the header; `None` where it is not needed.
    pub(super) fn value(&self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.join(","))
    }
}

/// The name without its date.
fn family(name: &str) -> &str {
    let date = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
    if date.is_empty() { name } else { date }
}

fn is_allowed(name: &str, options: &Options) -> bool {
    match options.value(OPTION) {
        None => ALLOWED.contains(&name),
        Some("*") => true,
        Some(list) => list.split(',').any(|allowed| allowed.trim() == name),
    }
}

/// Whether nothing else than a name can be put into the header with it.
pub(super) fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    !name.is_empty() && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// Checks the operator's list.
///
/// # Errors
/// What it must be, in words.
pub(super) fn check(value: &str) -> Result<(), String> {
    let mut names = value.split(',').map(str::trim);
    if value == "*" || value.is_empty() || names.all(is_name) {
        return Ok(());
    }
    Err("must be names of beta features, separated by commas, or `*` for all".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(names: &[&str], list: Option<&str>) -> (Option<String>, usize) {
        let mut options = Options::default();
        options
            .0
            .extend(list.map(|list| (OPTION.to_owned(), list.to_owned())));
        let mut losses = Losses::new(false, "it");
        let mut betas = Betas::default();
        let names = names.iter().copied();
        betas.ask(names, HEADER, &options, &mut losses).unwrap();
        (betas.value(), losses.into_warnings().len())
    }

    #[test]
    fn clients_get_what_the_operator_allows() {
        let names = ["context-1m-2025-08-07", "agent-memory-2026-07-22"];
        let known = Some("context-1m-2025-08-07".to_owned());
        assert_eq!(asked(&names, None), (known, 1));
        assert_eq!(asked(&names, Some("")), (None, 1));
        assert_eq!(asked(&names, Some("*")).1, 0);
        let other = Some("agent-memory-2026-07-22".to_owned());
        assert_eq!(
            asked(&names, Some("a, agent-memory-2026-07-22")),
            (other, 1)
        );
        assert_eq!(asked(&["a\r\nx: y"], Some("*")), (None, 1));
    }

    #[test]
    fn what_is_needed_is_asked_for_once_in_the_clients_version() {
        let mut betas = Betas::read("mcp-client-2025-04-04, ,fast-mode-2026-02-01");
        betas.need_for_tool("mcp_toolset");
        betas.need_for_tool("web_search_20250305");
        betas.need_for_field(
            "context_management",
            r#"{"edits":[{"type":"compact_20260112"}]}"#,
        );
        betas.need_for_field("speed", r#""fast""#);
        assert_eq!(
            betas.value().unwrap(),
            "mcp-client-2025-04-04,fast-mode-2026-02-01,context-management-2025-06-27,compact-2026-01-12"
        );
    }

    #[test]
    fn the_first_row_of_a_family_wins() {
        let mut betas = Betas::default();
        betas.need_for_field("mcp_servers", r#"[{"tool_configuration":{}}]"#);
        assert_eq!(betas.value().unwrap(), "mcp-client-2025-04-04");
    }

    #[test]
    fn blocks_of_earlier_answers_need_what_they_were_made_with() {
        let mut betas = Betas::default();
        betas.need_for_block(r#"{"type":"web_search_tool_result"}"#);
        assert_eq!(betas.value(), None);
        betas.need_for_block(r#"{"type":"compaction","signature":"s"}"#);
        betas.need_for_block(r#"{"type":"compaction"}"#);
        assert_eq!(betas.value().unwrap(), "compact-2026-09-04");
    }

    #[test]
    fn the_operators_list_is_checked() {
        for list in ["", "*", "a", "a-1, b-2"] {
            assert!(check(list).is_ok(), "{list}");
        }
        for list in ["a b", "a,,b", "a\nb"] {
            assert!(check(list).is_err(), "{list}");
        }
    }
}
