//! OpenAI's Responses API, at OpenAI and at Azure.

use tidegate::chat::FinishReason;
use tidegate::providers::Recall;

use super::{native, sent_events, text};
use crate::decoded::{Answer, decode};

const KIND: &str = "openai_responses";

#[test]
fn a_search_streams_its_text_and_cites_the_very_words() {
    let Some(events) = text("openai", "O048") else {
        return;
    };
    let stream = sent_events(&events);
    let seen = decode(native(KIND), [stream.as_slice()]);
    // Each search is heard of while nothing is said.
    assert!(seen.transcript.matches("heartbeat").count() >= 18);
    let answer = seen.answer().expect("a complete answer");
    assert_eq!(answer.model.as_deref(), Some("gpt-5-mini-2025-08-07"));
    assert_eq!(answer.finish, FinishReason::Stop);
    assert!(answer.text.starts_with("I checked today’s tech headlines"));
    assert!(answer.text.ends_with("pull out more details now?"));
    assert!(answer.tool_calls.is_empty() && answer.reasoning.is_empty());

    assert_eq!(answer.annotations.len(), 12);
    let characters: Vec<char> = answer.text.chars().collect();
    for cited in &answer.annotations {
        let span: String = characters[cited.start..cited.end].iter().collect();
        assert!(span.contains(&cited.url), "{span} is not {}", cited.url);
        assert!(!cited.title.is_empty());
    }

    let usage = answer.usage;
    assert_eq!((usage.total_input(), usage.cache_read), (31_073, 3_712));
    assert_eq!((usage.total_output(), usage.reasoning), (4_416, 3_712));
    assert_eq!(usage.total(), 35_489);
}

/// The last event repeats the whole answer.
#[test]
fn what_was_streamed_is_what_the_last_event_says() {
    let Some(events) = text("openai", "O048") else {
        return;
    };
    let last = events.lines().last().expect("an event");
    let [all, only_last] = [events.as_str(), last].map(|events| {
        let stream = sent_events(events);
        let answer = decode(native(KIND), [stream.as_slice()]).answer();
        answer.expect("a complete answer")
    });
    assert_eq!(all, only_last);
}

#[test]
fn a_recorded_stream_is_read_the_same_however_it_is_cut() {
    let Some(events) = text("openai", "O048") else {
        return;
    };
    let stream = sent_events(&events);
    let whole = decode(native(KIND), [stream.as_slice()]).transcript;
    for size in [1, 7, 100, 4096] {
        let cut = decode(native(KIND), stream.chunks(size)).transcript;
        assert!(cut == whole, "in pieces of {size}");
    }
}

#[test]
fn azures_answer_is_read_and_what_its_filters_say_is_skipped() {
    let Some(body) = text("azure", "O050") else {
        return;
    };
    let response = native(KIND).response(body.as_bytes(), &Recall::default());
    let response = response.expect("an answer");
    assert_eq!(response.service_tier.as_deref(), Some("default"));
    let answer = Answer::from(response);
    assert_eq!(answer.text, "Word");
    assert_eq!(answer.model.as_deref(), Some("gpt-5.1"));
    assert_eq!(answer.finish, FinishReason::Stop);
    assert_eq!((answer.usage.input, answer.usage.output), (11, 11));
}
