//! What tools have returned.
//!
//! The API wants the name of the function with each result, and the results of a turn in the order
//! of its calls; OpenAI's clients tell the call's id, in any order.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::super::media::{Taker, google_type};
use super::super::model_profile::Generation;
use super::super::names;
use super::super::wire::write::{
    Blob, Data, FunctionResponse, Part as WirePart, ResponsePart, Returned,
};
use super::call_id;
use crate::chat::{Error, MediaSource, Part, ToolCall};
use crate::providers::losses::Losses;

/// What a result may hold beside words, from Gemini 3 on (ai.google.dev, "Function calling",
/// multimodal function responses).
const TYPES: &[&str] = &[
    "image/png",
    "image/jpeg",
    "image/webp",
    "application/pdf",
    "text/plain",
];

/// The calls of the model's last turn and what they have returned so far.
#[derive(Default)]
pub(super) struct Results<'a> {
    calls: Vec<Call<'a>>,
    /// Names of the functions of earlier calls, by the calls' ids.
    earlier: BTreeMap<&'a str, &'a str>,
    /// The results, each with its place.
    results: Vec<(usize, WirePart<'a>)>,
}

struct Call<'a> {
    id: &'a str,
    name: &'a str,
    is_answered: bool,
}

impl<'a> Results<'a> {
    /// A new turn of the model's begins.
    pub(super) fn begin_turn(&mut self) {
        let calls = self.calls.drain(..);
        self.earlier.extend(calls.map(|call| (call.id, call.name)));
    }

    /// The model has called a function.
    pub(super) fn expect(&mut self, call: &'a ToolCall<'_>) {
        self.calls.push(Call {
            id: &call.id,
            name: &call.name,
            is_answered: false,
        });
    }

    /// Takes the result of a call; answers with what it holds that must stand beside it.
    ///
    /// # Errors
    /// Where there is no such call, or it holds what the model cannot be given.
    pub(super) fn add(
        &mut self,
        at: usize,
        id: &'a str,
        content: &'a [Part<'_>],
        failed: bool,
        taker: Taker<'_>,
        losses: &mut Losses,
    ) -> Result<Vec<WirePart<'a>>, Error> {
        let (place, name) = self.call(id).ok_or_else(|| {
            Error::invalid("no call with this id stands before its result")
                .with_param(format!("messages[{at}].tool_call_id"))
        })?;
        let mut media = Media::default();
        for (n, part) in content.iter().enumerate() {
            media.add(part, at, n, taker, losses)?;
        }
        let response = FunctionResponse {
            id: call_id(taker.host, id),
            name: names::sent(name),
            response: returned(content, failed),
            parts: media.inside,
        };
        let part = WirePart::new(Data::FunctionResponse(response));
        self.results.push((place, part));
        Ok(media.beside)
    }

    /// The results, in the order of their calls.
    pub(super) fn take(&mut self) -> Vec<WirePart<'a>> {
        let mut results = std::mem::take(&mut self.results);
        results.sort_by_key(|(place, _)| *place);
        results.into_iter().map(|(_, part)| part).collect()
    }

    /// The place and the function of the first call of this id that has no result yet; one that
    /// has one, or is of an earlier turn, has no place of its own any more.
    fn call(&mut self, id: &str) -> Option<(usize, &'a str)> {
        let mut open = self.calls.iter_mut().enumerate();
        if let Some((place, call)) = open.find(|(_, call)| call.id == id && !call.is_answered) {
            call.is_answered = true;
            return Some((place, call.name));
        }
        let known = self.calls.iter().find(|call| call.id == id);
        let name = known.map(|call| call.name);
        let name = name.or_else(|| self.earlier.get(id).copied())?;
        Some((usize::MAX, name))
    }
}

/// What a result holds beside words.
#[derive(Default)]
struct Media<'a> {
    inside: Vec<ResponsePart<'a>>,
    beside: Vec<WirePart<'a>>,
}

impl<'a> Media<'a> {
    fn add(
        &mut self,
        part: &'a Part<'_>,
        at: usize,
        n: usize,
        taker: Taker<'_>,
        losses: &mut Losses,
    ) -> Result<(), Error> {
        let (Part::Image(media) | Part::File(media) | Part::Audio(media)) = part else {
            return Ok(());
        };
        match &media.source {
            MediaSource::Inline { media_type, base64 }
                if taker.profile.generation >= Generation::Third
                    && TYPES.contains(&google_type(media_type)) =>
            {
                let mime_type = google_type(media_type);
                let data = base64;
                let inline_data = Blob { mime_type, data };
                self.inside.push(ResponsePart { inline_data });
            }
            _ => {
                losses.emulated(format!("messages[{at}].content[{n}]"));
                self.beside.push(taker.part(part, at, n, losses)?);
            }
        }
        Ok(())
    }
}

/// The words of a result. An object stays one; the API looks for `output` and `error` otherwise.
fn returned<'a>(content: &'a [Part<'_>], failed: bool) -> Returned<'a> {
    let mut texts = content.iter().filter_map(|part| match part {
        Part::Text(text) => Some(&*text.text),
        Part::Refusal(text) => Some(&**text),
        _ => None,
    });
    let first = texts.next().unwrap_or_default();
    let text = match texts.next() {
        None => Cow::Borrowed(first),
        Some(second) => {
            let all = [first, second].into_iter().chain(texts);
            Cow::Owned(all.collect::<Vec<_>>().join("\n"))
        }
    };
    match text {
        text if failed => Returned::Error(text),
        Cow::Borrowed(text) => match serde_json::from_str::<&RawValue>(text.trim()) {
            Ok(json) if json.get().starts_with('{') => Returned::Object(json),
            _ => Returned::Output(Cow::Borrowed(text)),
        },
        text => Returned::Output(text),
    }
}
