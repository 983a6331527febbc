//! A whole answer on its way to the client.
//!
//! An answer that a client of OpenAI's API can read passes byte for byte. Otherwise it is mended,
//! and whatever the vendor adds stays. A missing list of choices is no error: SDKs take an empty
//! one. What is an error is a body that is no JSON object, and a failure that the provider reports
//! inside a 200 (OpenRouter), so that another target can be tried.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::edit::{Fate, edited_parts};
use super::finish::Finish;
use super::marks::Marks;
use super::preset::{AnswerQuirk, Preset};
use super::wire::{Answer, Choice};
use super::{error, repair, usage};
use crate::chat::{Error, Usage};

/// A whole answer, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// What the client gets; `None` where that is the upstream's body as it is.
    pub body: Option<Vec<u8>>,
    /// The token counts, if it has any.
    pub usage: Option<Usage>,
    /// The model that the upstream says has answered.
    pub model: Option<String>,
    /// The service tier that the upstream says it has used.
    pub service_tier: Option<String>,
}

/// Reads an answer with a successful status.
///
/// # Errors
/// The provider's error where the body is one, and [`Error`] of kind `Upstream` where it is not an
/// answer at all.
pub(super) fn whole(preset: &Preset, body: &[u8]) -> Result<Whole, Error> {
    let answer = Answer::read(body).ok_or_else(not_an_answer)?;
    if let Some(error) = answer.error_json() {
        return Err(error::read(200, format!("{{\"error\":{error}}}").as_bytes()).0);
    }
    let finishes = || answer.choices().iter().filter_map(Choice::finish);
    if finishes().any(|finish| finish == Finish::Failed) {
        return Err(Error::upstream("The provider broke off its answer."));
    }
    let usage = answer.usage();
    let passes = is_complete(&answer)
        && finishes().all(|finish| finish == Finish::Known)
        && !may_show_quirk(preset, body);
    Ok(Whole {
        body: if passes {
            None
        } else {
            Some(mended(preset, body, usage.as_ref())?)
        },
        usage,
        model: answer.model.as_deref().map(str::to_owned),
        service_tier: answer.service_tier.as_deref().map(str::to_owned),
    })
}

/// Whether a closer look at the answer is due; most vendors' answers need none.
fn may_show_quirk(preset: &Preset, body: &[u8]) -> bool {
    let quirks = preset.marks().without(Marks::ROLE);
    quirks != Marks::NONE && Marks::of(body).meet(quirks)
}

/// Whether the answer has what strict SDKs need to find.
fn is_complete(answer: &Answer<'_>) -> bool {
    answer.id.as_ref().is_some_and(|id| !id.is_empty())
        && answer.object.is_some()
        && answer.created.is_some()
        && answer.model.is_some()
        && answer.choices.is_some()
        && (answer.indexed_choices())
            .all(|(_, choice)| choice.index.is_some() && tells_role(choice))
}

fn tells_role(choice: &Choice<'_>) -> bool {
    (choice.message.as_ref()).is_none_or(|message| message.role.is_some())
}

/// The answer as OpenAI would have sent it.
pub(super) fn mended(
    preset: &Preset,
    body: &[u8],
    usage: Option<&Usage>,
) -> Result<Vec<u8>, Error> {
    let edited = edited(preset, body);
    let mut answer: Map<String, Value> =
        serde_json::from_slice(edited.as_deref().unwrap_or(body)).map_err(|_| not_an_answer())?;
    fill(&mut answer, body);
    let seed = answer.get("id").map(Value::to_string).unwrap_or_default();
    repair::each_choice(&mut answer, |index, choice| {
        choice.entry("index").or_insert_with(|| json!(index));
        mend_choice(preset, choice, &format!("{seed}/{index}"));
    });
    if let (true, Some(usage), Some(Value::Object(counts))) = (
        preset.has(AnswerQuirk::UsageCounts),
        usage,
        answer.get_mut("usage"),
    ) {
        usage::write(usage, counts);
    }
    Ok(Value::Object(answer).to_string().into_bytes())
}

/// Mends by place what can be.
fn edited(preset: &Preset, body: &[u8]) -> Option<Vec<u8>> {
    if !preset.has(AnswerQuirk::ReasoningField) {
        return None;
    }
    edited_parts(body, "message", |_, members| {
        let mut fates = vec![Fate::Stays; members.len()];
        repair::reasoning_field(body, members, &mut fates);
        fates
    })
}

/// Fills in what strict SDKs need to find. The id is made from the body: the same answer has the
/// same id, another one another. There is no clock here, so a missing time is the epoch.
fn fill(answer: &mut Map<String, Value>, body: &[u8]) {
    let has_text = |answer: &Map<String, Value>, name| {
        (answer.get(name).and_then(Value::as_str)).is_some_and(|text: &str| !text.is_empty())
    };
    if !has_text(answer, "id") {
        answer.insert("id".to_owned(), made_id(body).into());
    }
    if !has_text(answer, "object") {
        answer.insert("object".to_owned(), json!("chat.completion"));
    }
    if !answer.get("created").is_some_and(Value::is_u64) {
        answer.insert("created".to_owned(), json!(0));
    }
    if !answer.get("model").is_some_and(Value::is_string) {
        answer.insert("model".to_owned(), json!(""));
    }
    if !answer.get("choices").is_some_and(Value::is_array) {
        answer.insert("choices".to_owned(), json!([]));
    }
}

fn made_id(body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    let hex = digest.iter().take(12).map(|byte| format!("{byte:02x}"));
    format!("chatcmpl-{}", hex.collect::<String>())
}

fn mend_choice(preset: &Preset, choice: &mut Map<String, Value>, seed: &str) {
    repair::finish_reason(choice);
    let Some(Value::Object(message)) = choice.get_mut("message") else {
        return;
    };
    message.entry("role").or_insert_with(|| json!("assistant"));
    for quirk in preset.answer {
        match quirk {
            AnswerQuirk::ListContent => repair::list_content(message),
            AnswerQuirk::ToolDeltas => repair::whole_calls(message, seed),
            _ => {}
        }
    }
}

fn not_an_answer() -> Error {
    Error::upstream("The provider's answer is not a JSON object.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::ErrorKind;

    const ALL: Preset = Preset {
        answer: &[
            AnswerQuirk::ReasoningField,
            AnswerQuirk::ToolDeltas,
            AnswerQuirk::ListContent,
            AnswerQuirk::UsageCounts,
        ],
        ..Preset::PLAIN
    };

    fn mended_json(preset: &Preset, body: &str) -> Value {
        let body = whole(preset, body.as_bytes()).unwrap().body;
        serde_json::from_slice(&body.expect("the body is mended")).unwrap()
    }

    #[test]
    fn openais_answer_passes_byte_for_byte() {
        let body = br#" {"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-x",
            "choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],
            "usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}"#;
        let whole = whole(&Preset::PLAIN, body).unwrap();
        assert_eq!(whole.body, None);
        assert_eq!(whole.model.as_deref(), Some("gpt-x"));
        assert_eq!(whole.usage.unwrap().total(), 5);
    }

    #[test]
    fn what_strict_sdks_need_is_filled_in() {
        let json = mended_json(
            &Preset::PLAIN,
            r#"{"choices":[{"message":{"content":"hi"},"finish_reason":"eos"}],"extra":{"b":1,"a":2}}"#,
        );
        assert!(json["id"].as_str().unwrap().starts_with("chatcmpl-"));
        assert_eq!(json["object"], "chat.completion");
        assert_eq!(json["created"], 0);
        assert_eq!(
            json["choices"],
            json!([{"message":{"content":"hi","role":"assistant"},"finish_reason":"stop","index":0}])
        );
        assert_eq!(json["extra"].to_string(), r#"{"b":1,"a":2}"#);
    }

    #[test]
    fn missing_choices_and_usage_are_no_error() {
        for body in [
            r#"{"id":"x"}"#,
            r#"{"choices":null,"usage":null,"object":7}"#,
        ] {
            assert_eq!(mended_json(&Preset::PLAIN, body)["choices"], json!([]));
        }
    }

    #[test]
    fn an_error_inside_a_200_is_an_error() {
        let body = br#"{"error":{"code":429,"message":"busy"},"user_id":"u"}"#;
        let error = whole(&Preset::PLAIN, body).unwrap_err();
        assert_eq!((error.status, error.kind), (429, ErrorKind::RateLimit));
    }

    #[test]
    fn an_answer_that_was_broken_off_is_an_error() {
        let body = br#"{"choices":[{"finish_reason":"error","message":{"content":"ha"}}]}"#;
        let error = whole(&Preset::PLAIN, body).unwrap_err();
        assert_eq!((error.status, error.kind), (502, ErrorKind::Upstream));
    }

    #[test]
    fn what_is_no_json_object_is_an_error() {
        for body in [&b""[..], b"<html>", b"[1", b"\xff", b"\"text\""] {
            assert_eq!(whole(&Preset::PLAIN, body).unwrap_err().status, 502);
        }
    }

    #[test]
    fn blank_lines_before_an_answer_are_nothing() {
        let body =
            b"\n\n\n{\"id\":\"a\",\"object\":\"o\",\"created\":1,\"model\":\"m\",\"choices\":[]}";
        assert_eq!(whole(&Preset::PLAIN, body).unwrap().body, None);
    }

    #[test]
    fn every_quirk_of_a_message_is_mended() {
        let json = mended_json(
            &ALL,
            r#"{"id":"a","object":"o","created":1,"model":"m","choices":[{"index":0,"finish_reason":"tool_calls",
               "message":{"role":"assistant","reasoning":"r","content":[{"type":"text","text":"t"}],
                 "tool_calls":[{"id":"x","function":{"name":"f","arguments":{"a":1}}}]}}],
               "usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":4,"completion_tokens_details":{"reasoning_tokens":2}}}"#,
        );
        assert_eq!(
            json["choices"][0]["message"],
            json!({"role":"assistant","content":"t","reasoning_content":"r",
                "tool_calls":[{"id":"x","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]})
        );
        assert_eq!(json["usage"]["completion_tokens"], 3);
    }
}
