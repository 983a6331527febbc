//! What a history holds of the model's own thoughts.
//!
//! With a budget, the API refuses to think in a turn of tool calls that does not begin with its
//! thoughts ("a final `assistant` message must start with a thinking block"). Adaptive thinking has
//! no such rule (Anthropic's pages on adaptive thinking, "Validation changes", and on extended
//! thinking with tool use, read 2026-11-25).

use super::model_profile::ModelProfile;
use super::wire::write::{BlockBinding, Thinking};
use crate::chat::{Message, Reasoning, signature};

/// Whether the conversation is within a turn of tool calls whose beginning has lost its thoughts,
/// as it has with clients that know of OpenAI's fields only.
pub(super) fn lacks_thoughts(messages: &[Message<'_>]) -> bool {
    let mut opening: Option<&[Reasoning<'_>]> = None;
    let mut has_results = false;
    for message in messages {
        match message {
            // Words beside results belong to the same turn as those.
            Message::User { .. } if !has_results => opening = None,
            Message::User { .. } | Message::Instructions { .. } => {}
            Message::Tool { .. } => has_results = true,
            Message::Assistant { reasoning, .. } => {
                has_results = false;
                opening.get_or_insert(reasoning);
            }
        }
    }
    has_results && opening.is_some_and(|reasoning| !reasoning.iter().any(can_go_back))
}

/// Whether any thought goes back to the model.
fn has_thoughts(messages: &[Message<'_>]) -> bool {
    messages.iter().any(|message| match message {
        Message::Assistant { reasoning, .. } => reasoning.iter().any(can_go_back),
        _ => false,
    })
}

/// Newer models refuse thoughts that come back behind another beginning than they were made with,
/// and this gateway changes the beginning at times (a tool that must be called, a form that is an
/// instruction): such thoughts are to be left out instead. The answer tells which
/// (`anthropic.input_transformations`).
pub(super) fn bound(
    thinking: Option<Thinking>,
    messages: &[Message<'_>],
    profile: &ModelProfile,
) -> Option<Thinking> {
    if !profile.binds_thinking || !has_thoughts(messages) {
        return thinking;
    }
    let block_binding = Some(BlockBinding {
        prefix_mismatch_behavior: "drop_block",
    });
    match thinking {
        None => Some(Thinking::Adaptive {
            display: None,
            block_binding,
        }),
        Some(Thinking::Adaptive { display, .. }) => Some(Thinking::Adaptive {
            display,
            block_binding,
        }),
        other => other,
    }
}

fn can_go_back(thought: &Reasoning<'_>) -> bool {
    match thought {
        Reasoning::Thinking { signature, .. } => proof(signature.as_deref()).is_some(),
        Reasoning::Redacted { data } => proof(Some(data)).is_some(),
    }
}

/// The proof of a thought, or the thought itself where it is hidden, if Anthropic has made it; those
/// of others tell who has.
pub(super) fn proof(signature: Option<&str>) -> Option<&str> {
    match signature::split(signature?) {
        (None, proof) => Some(proof).filter(|proof| !proof.is_empty()),
        (Some(_), _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialects::openai_chat::parse;

    const THOUGHT: &str =
        r#""thinking_blocks":[{"type":"thinking","thinking":"T","signature":"S"}],"#;
    const CALL: &str =
        r#""tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]"#;

    /// `u`: words, `c`: a call, `C`: a call after thoughts, `r`: its result, `a`: an answer.
    fn lacks(turns: &str) -> bool {
        let message = |turn| match turn {
            'u' => r#"{"role":"user","content":"U"}"#.to_owned(),
            'a' => r#"{"role":"assistant","content":"A"}"#.to_owned(),
            'c' => format!(r#"{{"role":"assistant",{CALL}}}"#),
            'C' => format!(r#"{{"role":"assistant",{THOUGHT}{CALL}}}"#),
            _ => r#"{"role":"tool","tool_call_id":"a","content":"R"}"#.to_owned(),
        };
        let messages: Vec<String> = turns.chars().map(message).collect();
        let body = format!(r#"{{"model":"m","messages":[{}]}}"#, messages.join(","));
        lacks_thoughts(&parse(body.as_bytes()).unwrap().messages)
    }

    #[test]
    fn a_turn_of_calls_must_begin_with_thoughts() {
        for turns in ["ucr", "uCrauucr", "ucru", "ucrCr"] {
            assert!(lacks(turns), "{turns}");
        }
        for turns in [
            "u", "ua", "uCr", "uCrcr", "ucra", "ucrau", "uCru", "ucrauCr",
        ] {
            assert!(!lacks(turns), "{turns}");
        }
    }
}
