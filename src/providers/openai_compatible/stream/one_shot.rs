//! A whole answer told as a stream, for an upstream that answers a stream request with JSON.

use serde_json::{Map, Value, json};

use super::reader::write_event;
use super::{AnswerOptions, ClientUsage};
use crate::chat::Error;
use crate::providers::openai_compatible::preset::Preset;
use crate::providers::openai_compatible::response::{self, Whole};
use crate::providers::openai_compatible::{repair, think};

/// The answer as a stream: one chunk with each choice's role and content, one with the ends, the
/// token counts if the client asked for them, and `[DONE]`.
///
/// # Errors
/// As [`response::whole`]: nothing has been sent yet, so that another target can be tried.
pub(in super::super) fn one_shot(
    preset: &Preset,
    body: &[u8],
    options: &AnswerOptions,
) -> Result<Whole, Error> {
    let whole = response::whole(preset, body)?;
    let mended = response::mended(preset, body, whole.usage.as_ref())?;
    let split = think::split_whole(options.think_tags, &mended);
    let mut answer: Map<String, Value> = serde_json::from_slice(split.as_ref().unwrap_or(&mended))
        .map_err(|_| Error::upstream("The provider's answer is not a JSON object."))?;
    answer.insert("object".to_owned(), json!("chat.completion.chunk"));
    let counts = answer.shift_remove("usage").filter(Value::is_object);

    let mut stream = Vec::new();
    write(&mut stream, begin(&answer));
    write(&mut stream, finish(&answer));
    if let (Some(counts), true) = (counts, options.usage != ClientUsage::Hidden) {
        answer.insert("choices".to_owned(), json!([]));
        answer.insert("usage".to_owned(), counts);
        let chunk = Value::Object(answer).to_string().into_bytes();
        let billed = options.billed(&chunk, whole.usage.as_ref(), whole.service_tier.as_deref());
        write_event(&mut stream, &billed.unwrap_or(chunk));
    }
    write_event(&mut stream, b"[DONE]");
    Ok(Whole {
        body: Some(stream),
        ..whole
    })
}

/// The chunk with everything that the choices say.
fn begin(answer: &Map<String, Value>) -> Map<String, Value> {
    let mut chunk = answer.clone();
    repair::each_choice(&mut chunk, |_, choice| {
        let mut delta = choice.shift_remove("message").unwrap_or_else(|| json!({}));
        number_calls(&mut delta);
        choice.insert("delta".to_owned(), delta);
        choice.insert("finish_reason".to_owned(), Value::Null);
    });
    chunk
}

/// The chunk with the ends of the choices.
fn finish(answer: &Map<String, Value>) -> Map<String, Value> {
    let mut chunk = answer.clone();
    repair::each_choice(&mut chunk, |index, choice| {
        let reason = choice
            .get("finish_reason")
            .filter(|reason| reason.is_string());
        let reason = reason.cloned().unwrap_or_else(|| json!("stop"));
        *choice = Map::new();
        choice.insert("index".to_owned(), json!(index));
        choice.insert("delta".to_owned(), json!({}));
        choice.insert("finish_reason".to_owned(), reason);
    });
    chunk
}

/// Pieces of calls carry an index, whole calls do not.
fn number_calls(delta: &mut Value) {
    let Some(Value::Array(calls)) = delta.get_mut("tool_calls") else {
        return;
    };
    for (place, call) in calls.iter_mut().enumerate() {
        if let Value::Object(call) = call {
            call.insert("index".to_owned(), json!(place));
        }
    }
}

fn write(stream: &mut Vec<u8>, chunk: Map<String, Value>) {
    write_event(stream, Value::Object(chunk).to_string().as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = r#"{"id":"a","object":"chat.completion","created":1,"model":"m",
        "choices":[{"index":0,"message":{"role":"assistant","content":null,
            "tool_calls":[{"id":"x","type":"function","function":{"name":"f","arguments":"{}"}}]},
            "finish_reason":"tool_calls"}],
        "usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}"#;

    fn chunks(usage: ClientUsage) -> Vec<Value> {
        let whole = one_shot(
            &Preset::PLAIN,
            ANSWER.as_bytes(),
            &AnswerOptions::new(&Preset::PLAIN, usage),
        )
        .unwrap();
        assert_eq!(whole.usage.unwrap().total(), 5);
        let stream = String::from_utf8(whole.body.unwrap()).unwrap();
        let events = stream.strip_suffix("data: [DONE]\n\n").unwrap();
        let data = events
            .split_terminator("\n\n")
            .filter_map(|event| event.strip_prefix("data: "));
        data.map(|data| serde_json::from_str(data).unwrap())
            .collect()
    }

    #[test]
    fn a_whole_answer_becomes_a_stream() {
        let chunks = chunks(ClientUsage::AtEnd);
        assert_eq!(chunks.len(), 3);
        assert!(
            chunks
                .iter()
                .all(|chunk| chunk["object"] == "chat.completion.chunk")
        );
        let delta = &chunks[0]["choices"][0]["delta"];
        assert_eq!(delta["role"], "assistant");
        assert_eq!(delta["tool_calls"][0]["index"], 0);
        assert_eq!(
            chunks[1]["choices"],
            json!([{"index":0,"delta":{},"finish_reason":"tool_calls"}])
        );
        assert_eq!(chunks[2]["choices"], json!([]));
        assert_eq!(chunks[2]["usage"]["total_tokens"], 5);
    }

    #[test]
    fn token_counts_stay_hidden_from_a_client_that_has_not_asked() {
        let chunks = chunks(ClientUsage::Hidden);
        assert_eq!(chunks.len(), 2);
        assert!(chunks.iter().all(|chunk| chunk.get("usage").is_none()));
    }

    #[test]
    fn an_error_inside_the_answer_is_an_error() {
        let body = br#"{"error":{"message":"no","code":503}}"#;
        let options = AnswerOptions::new(&Preset::PLAIN, ClientUsage::Hidden);
        let error = one_shot(&Preset::PLAIN, body, &options).unwrap_err();
        assert_eq!(error.status, 503);
    }
}
