//! One chunk of a streamed answer: what it says, and what has to be mended.

use serde_json::{Map, Value, json};

use super::ClientUsage;
use super::choices::Choices;
use super::reader::{Reader, Verdict, write_event};
use crate::chat::Error;
use crate::providers::Phase;
use crate::providers::openai_compatible::edit::{Fate, edited_parts};
use crate::providers::openai_compatible::finish::Finish;
use crate::providers::openai_compatible::marks::Marks;
use crate::providers::openai_compatible::preset::{AnswerQuirk, Preset};
use crate::providers::openai_compatible::wire::{Answer, Choice};
use crate::providers::openai_compatible::{repair, usage};

impl Reader {
    /// Reads a chunk of the answer, whose JSON is `data`.
    pub(super) fn chunk(&mut self, answer: &Answer<'_>, data: &[u8], marks: Marks) -> Verdict {
        let counts = answer.usage();
        self.observed.usage = counts.or(self.observed.usage);
        let tier = answer.service_tier.as_deref();
        if tier.is_some() && tier != self.observed.service_tier.as_deref() {
            self.observed.service_tier = tier.map(str::to_owned);
        }
        if let Some(error) = answer.error_json() {
            return self.vendor_error(format!("{{\"error\":{error}}}").as_bytes());
        }
        if finishes(answer).any(|finish| finish == Finish::Failed) {
            return self.fail_in_place(Error::upstream("The provider broke off its answer."));
        }
        if counts.is_some() && answer.choices().is_empty() {
            return self.usage_only(answer, data);
        }
        if !self.has_begun && self.filter.takes(answer, self.preset) {
            return Verdict::Hide;
        }
        if answer.choices.is_none() {
            // No chunk at all, such as a ping: SDKs look for choices in whatever comes.
            return Verdict::Hide;
        }
        let begins = self.begin(answer);
        if let Some(early_end) = &mut self.early_end {
            early_end.remember(answer, data, begins);
        }
        self.has_finished |= finishes(answer).any(|finish| finish != Finish::Open);
        let moves_usage = counts.is_some() && self.wants_other_usage();
        if moves_usage || self.needs_repair(answer, marks, begins) {
            let edited = self.edit(data);
            return self.repair(edited.as_deref().unwrap_or(data), begins, moves_usage);
        }
        self.edited(data)
    }

    /// The client gets the chunk mended by place, which may leave it as it is.
    pub(super) fn edited(&mut self, data: &[u8]) -> Verdict {
        let Some(edited) = self.edit(data) else {
            return Verdict::Pass;
        };
        self.replacement.clear();
        write_event(&mut self.replacement, &edited);
        Verdict::Replace
    }

    /// Mends by place, and remembers the choices.
    fn edit(&mut self, data: &[u8]) -> Option<Vec<u8>> {
        let preset = self.preset;
        let choices = &mut self.choices;
        edited_parts(data, "delta", |index, members| {
            let mut fates = vec![Fate::Stays; members.len()];
            let is_first = !choices.is_known(index);
            choices.calls(index);
            for quirk in preset.answer {
                match quirk {
                    AnswerQuirk::ReasoningField => {
                        repair::reasoning_field(data, members, &mut fates);
                    }
                    AnswerQuirk::RepeatedRole if !is_first => {
                        repair::repeated_role(members, &mut fates);
                    }
                    _ => {}
                }
            }
            fates
        })
    }

    /// Whether the answer begins with this chunk. It is open with the first that says something:
    /// a provider that has told only who speaks can still fail as if it had told nothing.
    fn begin(&mut self, answer: &Answer<'_>) -> bool {
        let begins = !self.has_begun && !answer.choices().is_empty();
        if begins {
            self.has_begun = true;
            self.observed.model = answer.model.as_deref().map(str::to_owned);
            self.filter.begin(answer, self.preset);
        }
        let says_something = answer.choices().iter().any(Choice::says_something);
        if self.observed.phase == Phase::Waiting && says_something {
            self.observed.phase = Phase::Open;
        }
        begins
    }

    /// A chunk that brings token counts and nothing else.
    fn usage_only(&mut self, answer: &Answer<'_>, data: &[u8]) -> Verdict {
        if self.usage == ClientUsage::Hidden {
            return Verdict::Hide;
        }
        self.usage_chunk = None;
        if let Some(early_end) = &mut self.early_end {
            early_end.has_usage = true;
        }
        let is_openais = answer.choices.is_some() && !self.preset.has(AnswerQuirk::UsageCounts);
        let mended = if is_openais {
            None
        } else {
            self.mended_usage(data)
        };
        let billed = self.billed(mended.as_deref().unwrap_or(data));
        let Some(chunk) = billed.or(mended) else {
            return Verdict::Pass;
        };
        self.replacement.clear();
        write_event(&mut self.replacement, &chunk);
        Verdict::Replace
    }

    fn mended_usage(&self, data: &[u8]) -> Option<Vec<u8>> {
        let mut chunk: Map<String, Value> = serde_json::from_slice(data).ok()?;
        chunk.entry("choices").or_insert_with(|| json!([]));
        self.mend_counts(&mut chunk);
        Some(Value::Object(chunk).to_string().into_bytes())
    }

    /// Whether the chunk cannot be mended by place.
    fn needs_repair(&self, answer: &Answer<'_>, marks: Marks, begins: bool) -> bool {
        let by_place = Marks::ROLE | Marks::REASONING | Marks::USAGE;
        finishes(answer).any(|finish| finish != Finish::Known)
            || answer.choices().iter().any(|choice| choice.delta.is_none())
            || (begins && !answer.choices().iter().all(tells_role))
            || (begins && self.filter.has_something_to_say())
            || marks.meet(self.preset.marks().without(by_place))
    }

    /// Whether token counts beside choices are not what the client wants.
    fn wants_other_usage(&self) -> bool {
        self.usage != ClientUsage::AsSent || self.preset.has(AnswerQuirk::UsageCounts)
    }

    fn repair(&mut self, data: &[u8], begins: bool, moves_usage: bool) -> Verdict {
        self.replace(data, |reader, chunk| {
            let preset = reader.preset;
            let seed = chunk.get("id").map(Value::to_string).unwrap_or_default();
            reader.filter.repair(chunk);
            let choices = &mut reader.choices;
            repair::each_choice(chunk, |index, choice| {
                let seed = format!("{seed}/{index}");
                repair_choice(preset, choices, index, choice, &seed);
                if begins {
                    tell_role(choice);
                }
            });
            if moves_usage {
                reader.mend_counts(chunk);
                reader.move_usage(chunk);
            }
        })
    }

    /// Gives the client another chunk for this one.
    fn replace(
        &mut self,
        data: &[u8],
        edit: impl FnOnce(&mut Self, &mut Map<String, Value>),
    ) -> Verdict {
        let Ok(mut chunk) = serde_json::from_slice(data) else {
            return Verdict::Pass;
        };
        edit(self, &mut chunk);
        self.replacement.clear();
        let chunk = Value::Object(chunk).to_string();
        write_event(&mut self.replacement, chunk.as_bytes());
        Verdict::Replace
    }

    /// Token counts as OpenAI would give them.
    fn mend_counts(&self, chunk: &mut Map<String, Value>) {
        if !self.preset.has(AnswerQuirk::UsageCounts) {
            return;
        }
        if let (Some(usage), Some(Value::Object(object))) =
            (&self.observed.usage, chunk.get_mut("usage"))
        {
            usage::write(usage, object);
        }
    }

    /// Token counts beside choices: OpenAI has them in a last chunk of their own.
    fn move_usage(&mut self, chunk: &mut Map<String, Value>) {
        match self.usage {
            ClientUsage::AsSent => {}
            ClientUsage::Hidden => {
                chunk.shift_remove("usage");
            }
            ClientUsage::AtEnd => {
                let taken = chunk.get_mut("usage").map(Value::take);
                let x_groq = chunk.get("x_groq").and_then(|groq| groq.get("usage"));
                let usage = taken.or_else(|| x_groq.cloned());
                self.usage_chunk = Some(usage_chunk(chunk, usage));
            }
        }
    }
}

/// The fields that all chunks of an answer share.
pub(super) fn head(data: &[u8]) -> Option<Map<String, Value>> {
    let mut chunk: Map<String, Value> = serde_json::from_slice(data).ok()?;
    chunk.retain(|name, _| matches!(name.as_str(), "id" | "object" | "created" | "model"));
    Some(chunk)
}

/// The chunk that ends a stream whose client asked for token counts.
pub(super) fn usage_chunk(chunk: &Map<String, Value>, usage: Option<Value>) -> Value {
    let mut last = Map::new();
    for name in ["id", "object", "created", "model"] {
        if let Some(value) = chunk.get(name) {
            last.insert(name.to_owned(), value.clone());
        }
    }
    last.insert("choices".to_owned(), json!([]));
    last.insert("usage".to_owned(), usage.unwrap_or_default());
    Value::Object(last)
}

fn repair_choice(
    preset: &Preset,
    choices: &mut Choices,
    index: u64,
    choice: &mut Map<String, Value>,
    seed: &str,
) {
    repair::finish_reason(choice);
    if !choice.get("delta").is_some_and(Value::is_object) {
        choice.insert("delta".to_owned(), json!({}));
    }
    let (Some(Value::Object(delta)), Some(calls)) = (choice.get_mut("delta"), choices.calls(index))
    else {
        return;
    };
    for quirk in preset.answer {
        match quirk {
            AnswerQuirk::ListContent => repair::list_content(delta),
            AnswerQuirk::ToolDeltas => calls.repair(delta, seed),
            _ => {}
        }
    }
}

fn finishes(answer: &Answer<'_>) -> impl Iterator<Item = Finish> {
    answer.choices().iter().filter_map(Choice::finish)
}

/// A missing role is noticed where the answer begins, and only there: later pieces pass unread.
fn tell_role(choice: &mut Map<String, Value>) {
    if let Some(Value::Object(delta)) = choice.get_mut("delta") {
        delta.entry("role").or_insert_with(|| json!("assistant"));
    }
}

fn tells_role(choice: &Choice<'_>) -> bool {
    choice
        .delta
        .as_ref()
        .is_some_and(|delta| delta.role.is_some())
}
