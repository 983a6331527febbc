//! Citations: Anthropic's five kinds → OpenAI's one.
//!
//! OpenAI's annotations cite web pages by their addresses. A citation of a document (by characters,
//! pages or blocks) has none, and one of a search result of the client's only if its source is
//! one. All of them are told in Anthropic's own words too, with the cited text, under
//! `anthropic.citations` (SDK 2.11.0, `types/text_citation.py`, checked 2026-11-25).

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::chat::{Annotation, VendorPart};
use crate::providers::json::Str;

/// What of a citation OpenAI has a word for.
#[derive(Deserialize)]
struct Citation<'a> {
    #[serde(borrow)]
    url: Option<Str<'a>>,
    #[serde(borrow)]
    source: Option<Str<'a>>,
    #[serde(borrow)]
    title: Option<Str<'a>>,
}

/// The citation as OpenAI has it, where it cites a web page.
pub(super) fn annotation(json: &str, start: usize, end: usize) -> Option<Annotation> {
    let citation: Citation<'_> = serde_json::from_str(json).ok()?;
    let is_address = |source: &Str<'_>| {
        let mut schemes = ["https://", "http://"].iter();
        schemes.any(|scheme| source.starts_with(scheme))
    };
    let url = citation.url.or(citation.source.filter(is_address))?;
    Some(Annotation {
        start,
        end,
        title: citation.title.as_deref().unwrap_or_default().to_owned(),
        url: url.to_owned(),
    })
}

/// The citation in Anthropic's words.
pub(super) fn own(json: String, start: usize, end: usize) -> VendorPart<'static> {
    VendorPart::Citation {
        start,
        end,
        json: json.into(),
    }
}

/// The citations of a block as text.
pub(super) fn texts(citations: &[&RawValue]) -> Vec<String> {
    citations.iter().map(|json| json.get().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_an_address_is_an_annotation() {
        for (json, url) in [
            (
                r#"{"type":"web_search_result_location","url":"https://a.example","title":null}"#,
                Some("https://a.example"),
            ),
            (
                r#"{"type":"search_result_location","source":"https://b.example","title":"B"}"#,
                Some("https://b.example"),
            ),
            (
                r#"{"type":"search_result_location","source":"kb/42"}"#,
                None,
            ),
            (r#"{"type":"page_location","document_title":"C"}"#, None),
            ("7", None),
        ] {
            let annotation = annotation(json, 1, 2);
            assert_eq!(annotation.as_ref().map(|found| &*found.url), url, "{json}");
            assert!(annotation.is_none_or(|found| (found.start, found.end) == (1, 2)));
        }
    }
}
