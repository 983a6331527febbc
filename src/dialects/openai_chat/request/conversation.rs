//! The list of messages.

use std::borrow::Cow;

use super::invalid;
use super::message::{self, Turn};
use crate::chat::{Message, ToolCall};
use crate::json::{Fault, Reader};

/// Reads the field `messages`.
pub(super) fn messages<'a>(reader: &mut Reader<'a>) -> Result<Vec<Message<'a>>, Fault> {
    let mut conversation = Conversation::default();
    reader.array(|reader| {
        let turn = message::turn(reader)?;
        conversation.add(turn)
    })?;
    if conversation.messages.is_empty() {
        return Err(invalid(
            "empty_array",
            "empty array. Expected an array with minimum length 1, but got an empty array instead",
        ));
    }
    Ok(conversation.messages)
}

#[derive(Default)]
struct Conversation<'a> {
    messages: Vec<Message<'a>>,
    /// Name and made-up id of the last call in the style of before 2023-11, which had none.
    last_function: Option<(Cow<'a, str>, String)>,
}

impl<'a> Conversation<'a> {
    fn add(&mut self, turn: Turn<'a>) -> Result<(), Fault> {
        let message = match turn {
            Turn::Message(message) => message,
            Turn::FunctionCall { mut call, message } => {
                let id = format!("call_{}", self.messages.len());
                self.last_function = Some((call.name.clone(), id.clone()));
                call.id = Cow::Owned(id);
                with_call(message, call)
            }
            Turn::FunctionResult { name, content } => Message::Tool {
                tool_call_id: Cow::Owned(self.id_of_call(&name)?),
                content,
                is_error: None,
                cache_control: None,
            },
        };
        self.messages.push(message);
        Ok(())
    }

    fn id_of_call(&self, function: &str) -> Result<String, Fault> {
        match &self.last_function {
            Some((name, id)) if name == function => Ok(id.clone()),
            _ => Err(invalid(
                "invalid_value",
                "no call of this function stands before its result",
            )
            .in_member("name")),
        }
    }
}

fn with_call<'a>(mut message: Message<'a>, call: ToolCall<'a>) -> Message<'a> {
    if let Message::Assistant { tool_calls, .. } = &mut message {
        tool_calls.push(call);
    }
    message
}
