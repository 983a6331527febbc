//! Citations → annotations.
//!
//! OpenAI's chat API cites web pages only. A source with an address is told by it; any other by the
//! id that Cohere gave it, as `document:ID` or `tool:ID`, so that a client that knows its documents
//! finds them (ADR 0016). A citation with several sources becomes several annotations.
//!
//! Cohere counts characters within an item of content, OpenAI within the whole text. Citations of
//! thoughts and plans are left out: no place of the text is theirs.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::wire::read::{Citation, Source};
use crate::chat::Annotation;
use crate::providers::json::Str;

/// More items of content than any answer has.
const MAX_ITEMS: usize = 256;

/// Where the items of text begin in the whole text.
#[derive(Debug, Default)]
pub(super) struct Places(Vec<(u64, usize)>);

impl Places {
    /// An item of text begins after so many characters.
    pub(super) fn begin(&mut self, index: u64, characters: usize) {
        if self.0.len() < MAX_ITEMS {
            self.0.push((index, characters));
        }
    }

    /// Reports the annotations that a citation makes.
    pub(super) fn annotate(&self, citation: &Citation<'_>, mut report: impl FnMut(Annotation)) {
        let is_of_text = citation
            .kind
            .as_deref()
            .is_none_or(|kind| kind == "TEXT_CONTENT");
        let (Some(start), Some(end)) = (place(citation.start), place(citation.end)) else {
            return;
        };
        let Some(before) = self.before(citation.content_index).filter(|_| is_of_text) else {
            return;
        };
        for source in &citation.sources.0 {
            let (title, url) = told(source);
            report(Annotation {
                start: before.saturating_add(start),
                end: before.saturating_add(end),
                title,
                url,
            });
        }
    }

    /// How many characters come before the item; the first text where none is named.
    fn before(&self, index: Option<u64>) -> Option<usize> {
        let mut items = self.0.iter();
        let found = items.find(|(item, _)| index.is_none_or(|index| index == *item));
        found.map(|(_, characters)| *characters)
    }
}

fn place(characters: Option<u32>) -> Option<usize> {
    characters.and_then(|number| usize::try_from(number).ok())
}

/// Title and address of a source.
fn told(source: &Source<'_>) -> (String, String) {
    let json = source.document.or(source.tool_output);
    let page = json.map(Page::of).unwrap_or_default();
    let id = source.id.as_deref().unwrap_or_default();
    let url = match page.url {
        Some(url) => url,
        None => format!("{}:{id}", source.kind.as_deref().unwrap_or("document")),
    };
    (page.title.unwrap_or_else(|| id.to_owned()), url)
}

/// What of a document can be told in an annotation; documents may have any fields.
#[derive(Default)]
struct Page {
    title: Option<String>,
    url: Option<String>,
}

#[derive(Deserialize)]
struct AnyPage<'a> {
    #[serde(borrow)]
    title: Option<&'a RawValue>,
    #[serde(borrow)]
    url: Option<&'a RawValue>,
}

impl Page {
    fn of(json: &RawValue) -> Self {
        let Ok(AnyPage { title, url }) = serde_json::from_str(json.get()) else {
            return Self::default();
        };
        let text = |json: Option<&RawValue>| {
            let text = serde_json::from_str::<Str<'_>>(json?.get()).ok()?;
            Some(text.to_string()).filter(|text| !text.is_empty())
        };
        Self {
            title: text(title),
            url: text(url),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn annotations(places: &Places, citation: &str) -> Vec<(usize, usize, String, String)> {
        let citation = serde_json::from_str(citation).unwrap();
        let mut seen = Vec::new();
        places.annotate(&citation, |one| {
            seen.push((one.start, one.end, one.title, one.url));
        });
        seen
    }

    fn places(items: &[(u64, usize)]) -> Places {
        Places(items.to_vec())
    }

    #[test]
    fn a_source_is_told_by_its_address_or_else_by_its_id() {
        let seen = annotations(
            &places(&[(0, 0)]),
            r#"{"start":3,"end":7,"text":"x","type":"TEXT_CONTENT","sources":[
                {"type":"document","id":"doc:0","document":{"id":"doc:0","title":"T","url":"https://e.test/a"}},
                {"type":"document","id":"mine","document":{"title":7,"text":"…"}},
                {"type":"tool","id":"weather_1:0","tool_output":{"temperature":"20"}}]}"#,
        );
        let expected = [
            ("T", "https://e.test/a"),
            ("mine", "document:mine"),
            ("weather_1:0", "tool:weather_1:0"),
        ];
        let expected = expected.map(|(title, url)| (3, 7, title.to_owned(), url.to_owned()));
        assert_eq!(seen, expected);
    }

    #[test]
    fn places_count_from_the_beginning_of_the_whole_text() {
        let cited = |index: &str| {
            let json = format!(r#"{{"start":1,"end":2,{index}"sources":[{{"id":"a"}}]}}"#);
            let seen = annotations(&places(&[(1, 0), (3, 40)]), &json);
            seen.first().map(|(start, end, ..)| (*start, *end))
        };
        assert_eq!(cited(r#""content_index":3,"#), Some((41, 42)));
        assert_eq!(cited(r#""content_index":1,"#), Some((1, 2)));
        assert_eq!(cited(""), Some((1, 2)));
        assert_eq!(cited(r#""content_index":0,"#), None, "that item is no text");
    }

    #[test]
    fn thoughts_and_plans_have_no_place_in_the_text() {
        for kind in ["THINKING_CONTENT", "PLAN"] {
            let json = format!(r#"{{"start":1,"end":2,"type":"{kind}","sources":[{{"id":"a"}}]}}"#);
            assert!(annotations(&places(&[(0, 0)]), &json).is_empty());
        }
        assert!(annotations(&places(&[(0, 0)]), r#"{"sources":[{"id":"a"}]}"#).is_empty());
    }
}
