//! From a client's body to [`Request`], in one pass that borrows from the body.
//!
//! Strict where a wrong guess would change what the client gets: types, roles, kinds of parts and
//! tools. Lenient where OpenAI is strict for its own models' sake: lengths and ranges are the
//! provider's business. Fields without a neutral meaning are handed on as extras; members inside of
//! messages and tools that nobody knows are passed over.
//!
//! Extensions: `reasoning_content` and `thinking_blocks` of assistant messages, `cache_control` of
//! parts, messages and tools, `is_error` of tool messages, `extra_content.google.thought_signature`
//! of assistant messages and tool calls, and `anthropic` of parts, tools and assistant messages: what
//! only Anthropic understands, as it is. Signatures that are carried in ids of tool calls
//! ([`call_id`](super::call_id)) are taken out of them.

mod conversation;
mod custom;
mod extra_content;
mod media;
mod message;
mod part;
mod tool;

use std::borrow::Cow;

use super::{fault, fields};
use crate::chat::{Error, Extra, ReasoningEffort, Request, ResponseFormat, Sampling, ToolChoice};
use crate::json::{Fault, FaultKind, Kind, Name, Reader, Slot};

/// Reads a request.
///
/// # Errors
/// 400, naming the field in OpenAI's words, or the position where the body is no JSON.
pub fn parse(body: &[u8]) -> Result<Request<'_>, Error> {
    read(body).map_err(|found| fault::error(&found, body))
}

fn read(body: &[u8]) -> Result<Request<'_>, Fault> {
    let mut reader = Reader::new(body)?;
    let mut draft = Draft::new();
    reader.object(|reader, name| draft.field(reader, name))?;
    reader.end()?;
    draft.finish()
}

/// A request of which not all fields have been read.
struct Draft<'a> {
    names: Vec<Cow<'a, str>>,
    model: Option<Cow<'a, str>>,
    messages: Option<Vec<crate::chat::Message<'a>>>,
    max_tokens: Option<u64>,
    user: Option<Cow<'a, str>>,
    functions: Option<Vec<crate::chat::Tool<'a>>>,
    function_call: Option<ToolChoice<'a>>,
    request: Request<'a>,
}

impl<'a> Draft<'a> {
    fn new() -> Self {
        Self {
            names: Vec::with_capacity(16),
            model: None,
            messages: None,
            max_tokens: None,
            user: None,
            functions: None,
            function_call: None,
            request: empty(),
        }
    }

    fn field(&mut self, reader: &mut Reader<'a>, name: &Name<'a>) -> Result<(), Fault> {
        let before = self.names.iter().map(|name| &**name);
        fields::check(before, &name.text, fields::KNOWN).map_err(|kind| reader.fault(kind))?;
        self.names.push(name.text.clone());
        let taken = self.conversation(reader, &name.text)?
            || self.answer(reader, &name.text)?
            || sampling(&mut self.request.sampling, reader, &name.text)?;
        if taken {
            return Ok(());
        }
        let value = reader.raw()?;
        if value.get() != "null" {
            let name = name.text.clone();
            self.request.extras.push(Extra { name, value });
        }
        Ok(())
    }

    /// What is said, and with which tools.
    fn conversation(&mut self, reader: &mut Reader<'a>, name: &str) -> Result<bool, Fault> {
        let request = &mut self.request;
        match name {
            "model" => self.model = Some(reader.string()?),
            "messages" => self.messages = Some(conversation::messages(reader)?),
            "tools" => {
                let tools = reader.optional(tool::tools)?.unwrap_or_default();
                (request.tools, request.other_tools) = tools;
            }
            "tool_choice" => request.tool_choice = reader.optional(tool::choice)?,
            "parallel_tool_calls" => {
                request.parallel_tool_calls = reader.optional(Reader::boolean)?;
            }
            "functions" => self.functions = reader.optional(tool::functions)?,
            "function_call" => self.function_call = reader.optional(tool::function_call)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// What the answer should be like, and for whom it is.
    fn answer(&mut self, reader: &mut Reader<'a>, name: &str) -> Result<bool, Fault> {
        let request = &mut self.request;
        match name {
            "stream" => request.stream = reader.optional(Reader::boolean)?.unwrap_or_default(),
            "stream_options" => {
                request.include_usage = reader.optional(include_usage)?.unwrap_or_default();
            }
            "response_format" => {
                request.response_format = reader.optional(response_format)?.unwrap_or_default();
            }
            "max_completion_tokens" => {
                request.max_output_tokens = reader.optional(Reader::integer)?;
            }
            "max_tokens" => self.max_tokens = reader.optional(Reader::integer)?,
            "stop" => request.stop = reader.optional(stop)?.unwrap_or_default(),
            "reasoning_effort" => request.reasoning_effort = reader.optional(reasoning_effort)?,
            "safety_identifier" => request.end_user = reader.optional(Reader::string)?,
            "user" => self.user = reader.optional(Reader::string)?,
            "service_tier" => request.service_tier = reader.optional(Reader::string)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Where two fields say the same, the newer one wins.
    fn finish(self) -> Result<Request<'a>, Fault> {
        let missing = |name| Fault::new(FaultKind::Missing, 0).in_member(name);
        let model = self.model.filter(|model| !model.is_empty());
        let mut request = Request {
            model: model.ok_or_else(|| missing("model"))?,
            messages: self.messages.ok_or_else(|| missing("messages"))?,
            ..self.request
        };
        request.max_output_tokens = request.max_output_tokens.or(self.max_tokens);
        if request.end_user.is_none() {
            request.end_user = self.user;
            request.end_user_param = "user";
        }
        request.tool_choice = request.tool_choice.or(self.function_call);
        if request.tools.is_empty()
            && let Some(functions) = self.functions
        {
            request.tools = functions;
            request.parallel_tool_calls = Some(false);
        }
        Ok(request)
    }
}

fn empty<'a>() -> Request<'a> {
    Request {
        model: Cow::Borrowed(""),
        messages: Vec::new(),
        tools: Vec::new(),
        other_tools: Vec::new(),
        tool_choice: None,
        parallel_tool_calls: None,
        response_format: ResponseFormat::Text,
        max_output_tokens: None,
        stop: Vec::new(),
        sampling: Sampling::default(),
        reasoning_effort: None,
        end_user: None,
        end_user_param: "safety_identifier",
        service_tier: None,
        stream: false,
        include_usage: false,
        extras: Vec::new(),
    }
}

fn sampling<'a>(
    sampling: &mut Sampling<'a>,
    reader: &mut Reader<'a>,
    name: &str,
) -> Result<bool, Fault> {
    match name {
        "temperature" => sampling.temperature = reader.optional(Reader::number)?,
        "top_p" => sampling.top_p = reader.optional(Reader::number)?,
        "frequency_penalty" => sampling.frequency_penalty = reader.optional(Reader::number)?,
        "presence_penalty" => sampling.presence_penalty = reader.optional(Reader::number)?,
        "seed" => sampling.seed = reader.optional(Reader::integer)?,
        "n" => sampling.n = reader.optional(Reader::integer)?,
        "logprobs" => sampling.logprobs = reader.optional(Reader::boolean)?,
        "top_logprobs" => sampling.top_logprobs = reader.optional(Reader::integer)?,
        "logit_bias" => sampling.logit_bias = reader.optional(Reader::raw)?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn include_usage(reader: &mut Reader<'_>) -> Result<bool, Fault> {
    let mut include = Slot::default();
    reader.object(|reader, name| match &*name.text {
        "include_usage" => include.fill(reader, Reader::boolean),
        _ => reader.skip(),
    })?;
    Ok(include.take().unwrap_or_default())
}

fn stop<'a>(reader: &mut Reader<'a>) -> Result<Vec<Cow<'a, str>>, Fault> {
    match reader.kind()? {
        Kind::String => Ok(vec![reader.string()?]),
        Kind::Array => strings(reader),
        found => Err(reader.fault(FaultKind::Type {
            expected: "one of a string or array of strings",
            found,
        })),
    }
}

fn strings<'a>(reader: &mut Reader<'a>) -> Result<Vec<Cow<'a, str>>, Fault> {
    let mut strings = Vec::new();
    reader.array(|reader| {
        strings.push(reader.string()?);
        Ok(())
    })?;
    Ok(strings)
}

const EFFORTS: &[&str] = &["none", "minimal", "low", "medium", "high", "xhigh", "max"];

fn reasoning_effort(reader: &mut Reader<'_>) -> Result<ReasoningEffort, Fault> {
    let effort = reader.string()?;
    ReasoningEffort::from_word(&effort).ok_or_else(|| unsupported(&effort, EFFORTS))
}

const FORMATS: &[&str] = &["json_object", "json_schema", "text"];

fn response_format<'a>(reader: &mut Reader<'a>) -> Result<ResponseFormat<'a>, Fault> {
    let (mut kind, mut json_schema) = (Slot::default(), Slot::default());
    reader.object(|reader, name| match &*name.text {
        "type" => kind.fill(reader, Reader::string),
        "json_schema" => json_schema.fill(reader, self::json_schema),
        _ => reader.skip(),
    })?;
    match &*kind.required("type")? {
        "text" => Ok(ResponseFormat::Text),
        "json_object" => Ok(ResponseFormat::JsonObject),
        "json_schema" => json_schema.required("json_schema"),
        other => Err(unsupported(other, FORMATS).in_member("type")),
    }
}

fn json_schema<'a>(reader: &mut Reader<'a>) -> Result<ResponseFormat<'a>, Fault> {
    let (mut name, mut schema) = (Slot::default(), Slot::default());
    let mut strict = Slot::default();
    reader.object(|reader, member| match &*member.text {
        "name" => name.fill(reader, Reader::string),
        "schema" => schema.fill(reader, Reader::raw_object),
        "strict" => strict.fill(reader, Reader::boolean),
        _ => reader.skip(),
    })?;
    Ok(ResponseFormat::JsonSchema {
        name: name.required("name")?,
        schema: schema.required("schema")?,
        strict: strict.take(),
    })
}

/// The value is a text that means nothing here.
fn unsupported(found: &str, supported: &'static [&'static str]) -> Fault {
    let found = found.to_owned();
    Fault::new(FaultKind::Value { found, supported }, 0)
}

/// The value means something that cannot be translated, or makes no sense.
fn invalid(code: &'static str, reason: impl Into<String>) -> Fault {
    let reason = reason.into();
    Fault::new(FaultKind::Invalid { code, reason }, 0)
}

#[cfg(test)]
mod tests;
