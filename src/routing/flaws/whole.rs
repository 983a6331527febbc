//! Flaws of a whole answer.

use super::said::{Calls, Choice, each_choice, is_json};
use crate::config::routing::{Flaw, Flaws};

/// What an answer is told to have where it has several flaws: the first of these. A refusal comes
/// before all others, because another model may be asked only where the operator has said so.
const ORDER: [Flaw; 4] = [
    Flaw::Refusal,
    Flaw::Empty,
    Flaw::MalformedToolCalls,
    Flaw::InvalidJson,
];

/// The flaw of a whole answer, of those that are wanted.
///
/// It is empty where no choice has anything for the client. Every other flaw is the answer's as soon
/// as one of several choices has it.
pub fn of_whole(answer: &[u8], wanted: Flaws) -> Option<Flaw> {
    let mut found = Flaws::NONE;
    let mut is_empty = true;
    each_choice(answer, |choice| {
        is_empty &= !(choice.said.has_content() || choice.refuses());
        for flaw in ORDER {
            if wanted.has(flaw) && has(choice, flaw) {
                found = found.with(flaw);
            }
        }
    })
    .ok()?;
    if is_empty && wanted.has(Flaw::Empty) {
        found = found.with(Flaw::Empty);
    }
    ORDER.into_iter().find(|flaw| found.has(*flaw))
}

/// Whether one choice is enough to see this flaw, and has it.
fn has(choice: &Choice<'_>, flaw: Flaw) -> bool {
    match flaw {
        Flaw::Refusal => choice.refuses(),
        Flaw::MalformedToolCalls => choice.said.calls == Calls::Malformed,
        Flaw::InvalidJson => should_be_json(choice) && !is_text_json(choice),
        Flaw::Empty => false,
    }
}

/// Whether the choice has been told to its end, and by a text.
fn should_be_json(choice: &Choice<'_>) -> bool {
    let said = &choice.said;
    choice.finish_reason.as_deref() == Some("stop")
        && said.calls == Calls::None
        && !said.refuses
        && !said.has_other
}

fn is_text_json(choice: &Choice<'_>) -> bool {
    let text = choice.said.text.as_deref();
    text.is_some_and(|text| is_json(text, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Flaws {
        Flaw::ALL.iter().map(|(_, flaw)| *flaw).collect()
    }

    fn answer(choices: &[(&str, &str)]) -> String {
        let choice = |(message, finish): &(&str, &str)| {
            format!("{{\"message\":{message},\"finish_reason\":\"{finish}\"}}")
        };
        let choices: Vec<_> = choices.iter().map(choice).collect();
        format!("{{\"id\":\"c\",\"choices\":[{}]}}", choices.join(","))
    }

    fn flaw(message: &str, finish: &str) -> Option<Flaw> {
        of_whole(answer(&[(message, finish)]).as_bytes(), all())
    }

    #[test]
    fn an_answer_without_anything_for_the_client_is_empty() {
        for nothing in [
            r#"{"role":"assistant","content":null}"#,
            r#"{"content":""}"#,
            r#"{"content":" \n","tool_calls":[],"function_call":null,"refusal":null}"#,
            r#"{"content":[],"reasoning_content":"hm","thinking_blocks":[{}]}"#,
            r#"{"content":null,"anthropic":{"stop_details":{"type":"x"},"blocks":[]}}"#,
            "{}",
            "null",
        ] {
            for finish in ["stop", "length"] {
                assert_eq!(flaw(nothing, finish), Some(Flaw::Empty), "{nothing}");
            }
        }
        for body in ["{\"choices\":[]}", "{\"choices\":null}", "{}"] {
            assert_eq!(
                of_whole(body.as_bytes(), all()),
                Some(Flaw::Empty),
                "{body}"
            );
        }
    }

    #[test]
    fn texts_calls_and_media_are_content() {
        for something in [
            r#"{"content":"{}"}"#,
            r#"{"content":[{"type":"text","text":"x"}]}"#,
            r#"{"tool_calls":[{"type":"function","function":{"name":"f","arguments":"{}"}}]}"#,
            r#"{"tool_calls":[{"type":"custom","custom":{"name":"f","input":"no {"}}]}"#,
            r#"{"function_call":{"name":"f","arguments":"{\"a\":[1]}"}}"#,
            r#"{"content":null,"images":[{}]}"#,
            r#"{"content":null,"audio":{"id":"a"}}"#,
            r#"{"content":null,"anthropic":{"blocks":[1]}}"#,
        ] {
            assert_eq!(flaw(something, "stop"), None, "{something}");
        }
    }

    #[test]
    fn a_refusal_is_one_by_word_or_by_filter_and_never_empty() {
        let refusals = [
            (r#"{"content":null,"refusal":"No."}"#, "stop"),
            (r#"{"content":"half of"}"#, "content_filter"),
            (r#"{"content":null}"#, "content_filter"),
        ];
        for (message, finish) in refusals {
            assert_eq!(flaw(message, finish), Some(Flaw::Refusal), "{message}");
            let body = answer(&[(message, finish)]);
            let others = all().without(Flaws::NONE.with(Flaw::Refusal));
            assert_eq!(of_whole(body.as_bytes(), others), None, "{message}");
        }
    }

    #[test]
    fn arguments_must_be_json_objects() {
        for arguments in [
            r#""{\"a\":""#,
            r#""[]""#,
            r#""""#,
            r#""{} {}""#,
            "null",
            "7",
        ] {
            let call = format!(r#"{{"name":"f","arguments":{arguments}}}"#);
            let messages = [
                format!(r#"{{"tool_calls":[{{"function":{call}}}]}}"#),
                format!(
                    r#"{{"tool_calls":[{{"function":{{"arguments":"{{}}"}}}},{{"function":{call}}}]}}"#
                ),
                format!(r#"{{"function_call":{call}}}"#),
            ];
            for message in messages {
                let found = flaw(&message, "tool_calls");
                assert_eq!(found, Some(Flaw::MalformedToolCalls), "{message}");
            }
        }
        let object = r#"{"tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]}"#;
        assert_eq!(flaw(object, "tool_calls"), None);
        let nameless = r#"{"tool_calls":[{"function":{"name":"f"}}]}"#;
        assert_eq!(flaw(nameless, "tool_calls"), Some(Flaw::MalformedToolCalls));
    }

    #[test]
    fn a_text_that_was_told_to_its_end_must_be_json() {
        for text in ["Sure!", r"```json\n{}\n```", "{", "{} x", "NaN"] {
            let message = format!("{{\"content\":\"{text}\"}}");
            assert_eq!(flaw(&message, "stop"), Some(Flaw::InvalidJson), "{text}");
            assert_eq!(flaw(&message, "length"), None, "{text}");
        }
        for text in [r#" {\"a\": [1, null]}\n"#, "[]", r#"\"x\""#] {
            let message = format!("{{\"content\":\"{text}\"}}");
            assert_eq!(flaw(&message, "stop"), None, "{text}");
        }
    }

    #[test]
    fn of_several_choices_all_must_be_empty_but_one_that_is_flawed_is_enough() {
        let (good, empty) = ((r#"{"content":"1"}"#, "stop"), ("{}", "length"));
        let refusal = (r#"{"refusal":"no"}"#, "stop");
        let of = |choices: &[(&str, &str)]| of_whole(answer(choices).as_bytes(), all());
        assert_eq!(of(&[good, empty]), None);
        assert_eq!(of(&[empty, empty]), Some(Flaw::Empty));
        assert_eq!(of(&[good, refusal]), Some(Flaw::Refusal));
    }

    #[test]
    fn only_what_is_wanted_is_found_and_only_in_json() {
        let body = answer(&[("{}", "stop")]);
        assert_eq!(of_whole(body.as_bytes(), Flaws::NONE), None);
        let calls = Flaws::NONE.with(Flaw::MalformedToolCalls);
        assert_eq!(of_whole(body.as_bytes(), calls), None);
        for body in [&b"<html>"[..], b"[]", b"", b"\xff"] {
            assert_eq!(of_whole(body, all()), None);
        }
    }
}
