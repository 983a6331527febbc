//! Sources → citations of the text.

use super::super::wire::read::{Candidate, CitationMetadata, GroundingChunk, GroundingMetadata};
use super::offsets::Offsets;
use crate::chat::Annotation;

/// The citations that a chunk tells of: sources of its knowledge, and what it repeats.
pub(super) fn annotations(candidate: &Candidate<'_>, text: &Offsets) -> Vec<Annotation> {
    let mut found = Vec::new();
    if let Some(metadata) = candidate.grounding_metadata() {
        grounding(&metadata, text, &mut found);
    }
    if let Some(metadata) = candidate.citation_metadata() {
        citations(&metadata, text, &mut found);
    }
    found
}

/// Sources with the spans that they stand behind; where no span is told, they stand behind all.
fn grounding(metadata: &GroundingMetadata<'_>, text: &Offsets, found: &mut Vec<Annotation>) {
    let chunks = &metadata.grounding_chunks;
    if metadata.grounding_supports.is_empty() {
        let all = chunks.iter();
        found.extend(all.filter_map(|chunk| annotation(chunk, 0, text.end())));
        return;
    }
    for support in &metadata.grounding_supports {
        let Some(segment) = &support.segment else {
            continue;
        };
        let start = text.character(segment.part_index, segment.start_index);
        let end = text.character(segment.part_index, segment.end_index);
        let sources = support.grounding_chunk_indices.iter();
        let sources = sources.filter_map(|&index| chunks.get(index));
        found.extend(sources.filter_map(|chunk| annotation(chunk, start, end)));
    }
}

fn annotation(chunk: &GroundingChunk<'_>, start: usize, end: usize) -> Option<Annotation> {
    let sources = [&chunk.web, &chunk.maps, &chunk.retrieved_context];
    let source = sources.into_iter().flatten().next()?;
    Some(Annotation {
        start,
        end,
        title: source.title.as_deref().unwrap_or_default().to_owned(),
        url: source.uri.as_deref()?.to_owned(),
    })
}

fn citations(metadata: &CitationMetadata<'_>, text: &Offsets, found: &mut Vec<Annotation>) {
    let citations = metadata.citations.iter();
    found.extend(citations.filter_map(|citation| {
        Some(Annotation {
            start: text.character(0, citation.start_index),
            end: text.character(0, citation.end_index),
            title: citation.title.as_deref().unwrap_or_default().to_owned(),
            url: citation.uri.as_deref()?.to_owned(),
        })
    }));
}
