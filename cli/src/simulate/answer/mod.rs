//! What the simulator answers: a function of the request alone, the same in every
//! dialect.
//!
//! A dialect reads its request into a [`Question`]; [`reply`] decides what a helpful
//! model would do, in this order:
//!
//! 1. tool use is forced: call that tool;
//! 2. the last turn holds tool results: quote them;
//! 3. the user's text holds commands (`commands.rs`): obey them;
//! 4. an output schema is given: an instance of it;
//! 5. tools are given: call the first one;
//! 6. repeat what the user said.
//!
//! Arguments and instances are made from the schema (`sample.rs`). Then stop
//! sequences and the token limit shorten the answer (`limits.rs`), and tokens are
//! counted (`tokens.rs`).

mod commands;
mod limits;
mod question;
mod sample;
pub(crate) mod tokens;

use serde_json::Value;

use commands::Command;
pub(crate) use question::{Asked, Attachment, Choice, Format, Question, Tool, ToolKind};

/// An answer before it is written in a dialect.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) reasoning: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) calls: Vec<Call>,
    pub(crate) finish: Finish,
    pub(crate) usage: Usage,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) kind: ToolKind,
    /// JSON of an object, or the free text of a custom tool.
    pub(crate) input: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finish {
    Stop,
    StopSequence(String),
    Length,
    ToolCalls,
    /// The model will not answer; its text says why.
    Refused(String),
}

/// Tokens by kind. `prompt` includes what was cached, `completion` the reasoning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) prompt: u64,
    pub(crate) completion: u64,
    pub(crate) reasoning: u64,
    pub(crate) cached: u64,
    pub(crate) cache_write: u64,
}

/// What a script changes about the answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tuning {
    /// Answer with exactly so many tokens of text.
    pub(crate) tokens: Option<usize>,
    pub(crate) cached_tokens: u64,
    pub(crate) cache_write_tokens: u64,
    /// One document even for those who ask for a stream.
    pub(crate) never_stream: bool,
    /// A finish reason in the vendor's spelling.
    pub(crate) finish: Option<String>,
    /// Reasoning is encrypted.
    pub(crate) redact: bool,
}

pub(crate) fn reply(question: &Question, tuning: &Tuning) -> Answer {
    let mut answer = match tuning.tokens {
        Some(count) => says("tide ".repeat(count).trim_end().to_owned()),
        None => decide(question),
    };
    answer.reasoning = question.reasoning.then(|| thoughts(question));
    limits::apply(&mut answer, question);
    answer.usage = usage(question, &answer, tuning);
    answer
}

fn decide(question: &Question) -> Answer {
    if let Some(tool) = question.forced_tool() {
        return forced(question, tool);
    }
    match &question.asked {
        Asked::ToolResults(results) => says(format!("The tools say: {}", results.join(" | "))),
        Asked::User { text, attachments } => answer_user(question, text, attachments),
    }
}

fn forced(question: &Question, tool: &Tool) -> Answer {
    let mut calls = match &question.asked {
        Asked::User { text, .. } => asked_calls(question, text),
        Asked::ToolResults(_) => Vec::new(),
    };
    if let Choice::Named(name) = &question.choice {
        calls.retain(|call| &call.name == name);
    }
    if calls.is_empty() {
        calls.push(sample_call(tool));
    }
    calls_tools(None, calls, question)
}

fn answer_user(question: &Question, text: &str, attachments: &[Attachment]) -> Answer {
    if let Some(reason) = commands::refusal(text) {
        return refuses(reason);
    }
    let said = commands::words_to_say(text);
    let calls = asked_calls(question, text);
    if !calls.is_empty() {
        return calls_tools(said, calls, question);
    }
    if let Some(said) = said {
        return says(said);
    }
    match &question.format {
        Format::Schema(schema) => return says(sample::instance(schema).to_string()),
        Format::JsonObject => return says(serde_json::json!({"said": text}).to_string()),
        Format::Text => {}
    }
    match question.callable_tools().first() {
        Some(tool) => calls_tools(None, vec![sample_call(tool)], question),
        None => says(question::describe(text, attachments)),
    }
}

/// The tool calls that the user's text asks for, as far as such tools exist.
fn asked_calls(question: &Question, text: &str) -> Vec<Call> {
    let tools = question.callable_tools();
    commands::read(text)
        .into_iter()
        .filter_map(|command| match command {
            Command::Call { name, input } => {
                let tool = tools.iter().find(|tool| tool.name == name)?;
                Some(written_call(tool, input))
            }
            Command::Say(_) | Command::Refuse(_) => None,
        })
        .collect()
}

fn written_call(tool: &Tool, input: &str) -> Call {
    let input = match tool.kind {
        ToolKind::Custom => input.to_owned(),
        ToolKind::Function => match serde_json::from_str::<Value>(input) {
            Ok(object @ Value::Object(_)) => object.to_string(),
            _ => "{}".to_owned(),
        },
    };
    Call {
        name: tool.name.clone(),
        kind: tool.kind,
        input,
    }
}

fn sample_call(tool: &Tool) -> Call {
    let input = match tool.kind {
        ToolKind::Custom => "example".to_owned(),
        ToolKind::Function => sample::instance(&tool.schema).to_string(),
    };
    Call {
        name: tool.name.clone(),
        kind: tool.kind,
        input,
    }
}

fn says(text: String) -> Answer {
    answer(Some(text), Vec::new(), Finish::Stop)
}

fn refuses(reason: String) -> Answer {
    answer(None, Vec::new(), Finish::Refused(reason))
}

fn calls_tools(text: Option<String>, mut calls: Vec<Call>, question: &Question) -> Answer {
    if !question.parallel_calls {
        calls.truncate(1);
    }
    answer(text, calls, Finish::ToolCalls)
}

fn answer(text: Option<String>, calls: Vec<Call>, finish: Finish) -> Answer {
    Answer {
        reasoning: None,
        text,
        calls,
        finish,
        usage: Usage::default(),
    }
}

fn thoughts(question: &Question) -> String {
    let letters = match &question.asked {
        Asked::User { text, .. } => text.chars().count(),
        Asked::ToolResults(results) => results.iter().map(|result| result.chars().count()).sum(),
    };
    format!("There are {letters} characters to answer. A short reply will do. 🤔")
}

fn usage(question: &Question, answer: &Answer, tuning: &Tuning) -> Usage {
    let reasoning = answer.reasoning.as_deref().map_or(0, tokens::count);
    let text = answer.text.as_deref().map_or(0, tokens::count);
    let calls: u64 = answer
        .calls
        .iter()
        .map(|call| tokens::count(&call.name) + tokens::count(&call.input))
        .sum();
    let prompt = question.prompt_tokens();
    let cached = tuning.cached_tokens.min(prompt);
    let cache_write = tuning.cache_write_tokens.min(prompt - cached);
    Usage {
        prompt,
        completion: reasoning + text + calls,
        reasoning,
        cached,
        cache_write,
    }
}
