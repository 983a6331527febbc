//! What the API is asked: one request's body, borrowing from the client's.
//!
//! Fields that are absent are left out, never written as null.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::providers::function::Input;
use crate::providers::json::Fields;

/// The request's body.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) system_instruction: Option<Content<'a>>,
    pub(in super::super) contents: Vec<Content<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in super::super) tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "ToolConfig::is_empty")]
    pub(in super::super) tool_config: ToolConfig<'a>,
    /// The API takes an empty one.
    pub(in super::super) generation_config: GenerationConfig<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) service_tier: Option<&'static str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(in super::super) labels: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    /// What the client says in the API's own words.
    #[serde(flatten)]
    pub(in super::super) vendor: Fields<'a>,
}

/// A turn of the conversation, or the instructions before it, which nobody says.
#[derive(Serialize)]
pub(in super::super) struct Content<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) role: Option<Role>,
    pub(in super::super) parts: Vec<Part<'a>>,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(in super::super) enum Role {
    User,
    Model,
}

/// A piece of a turn.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Part<'a> {
    #[serde(flatten)]
    pub(in super::super) data: Data<'a>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in super::super) thought: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) thought_signature: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) media_resolution: Option<MediaResolution>,
}

impl<'a> Part<'a> {
    pub(in super::super) fn new(data: Data<'a>) -> Self {
        Self {
            data,
            thought: false,
            thought_signature: None,
            media_resolution: None,
        }
    }

    pub(in super::super) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::new(Data::Text(text.into()))
    }
}

/// What a piece holds.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) enum Data<'a> {
    Text(Cow<'a, str>),
    #[serde(rename = "inlineData")]
    Bytes(Blob<'a>),
    #[serde(rename = "fileData")]
    File(FileData<'a>),
    FunctionCall(FunctionCall<'a>),
    FunctionResponse(FunctionResponse<'a>),
}

/// Bytes.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Blob<'a> {
    pub(in super::super) mime_type: &'a str,
    pub(in super::super) data: &'a str,
}

/// Bytes that Google has or fetches.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct FileData<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) mime_type: Option<&'a str>,
    pub(in super::super) file_uri: Cow<'a, str>,
}

/// How closely a picture is looked at.
#[derive(Debug, Serialize)]
pub(in super::super) struct MediaResolution {
    pub(in super::super) level: &'static str,
}

/// A call that the model has made.
#[derive(Serialize)]
pub(in super::super) struct FunctionCall<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) id: Option<&'a str>,
    pub(in super::super) name: Cow<'a, str>,
    pub(in super::super) args: Input<'a>,
}

/// What a call has returned.
#[derive(Serialize)]
pub(in super::super) struct FunctionResponse<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) id: Option<&'a str>,
    pub(in super::super) name: Cow<'a, str>,
    pub(in super::super) response: Returned<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in super::super) parts: Vec<ResponsePart<'a>>,
}

/// The result of a call: always an object.
pub(in super::super) enum Returned<'a> {
    /// An object, as the tool wrote it.
    Object(&'a RawValue),
    Output(Cow<'a, str>),
    Error(Cow<'a, str>),
}

impl Serialize for Returned<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Object(json) => json.serialize(serializer),
            Self::Output(text) => serializer.collect_map([("output", text)]),
            Self::Error(text) => serializer.collect_map([("error", text)]),
        }
    }
}

/// What a result holds beside words.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct ResponsePart<'a> {
    pub(in super::super) inline_data: Blob<'a>,
}

/// Tools of one sort.
#[derive(Serialize)]
#[serde(untagged)]
pub(in super::super) enum Tool<'a> {
    #[serde(rename_all = "camelCase")]
    Functions {
        function_declarations: Vec<FunctionDeclaration<'a>>,
    },
    #[serde(rename_all = "camelCase")]
    GoogleSearch { google_search: Empty },
    /// As the client wrote it.
    Vendor(&'a RawValue),
}

/// `{}`
#[derive(Serialize)]
pub(in super::super) struct Empty {}

/// A function that the model may call.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct FunctionDeclaration<'a> {
    pub(in super::super) name: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) description: Option<&'a str>,
    /// The client's bytes, so that Google's implicit cache hits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) parameters_json_schema: Option<&'a RawValue>,
}

/// How tools may be used.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct ToolConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) function_calling_config: Option<FunctionCallingConfig<'a>>,
    #[serde(flatten)]
    pub(in super::super) vendor: Fields<'a>,
}

impl ToolConfig<'_> {
    fn is_empty(&self) -> bool {
        self.function_calling_config.is_none() && self.vendor.0.is_empty()
    }
}

/// Which functions the model may or must call.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct FunctionCallingConfig<'a> {
    pub(in super::super) mode: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in super::super) allowed_function_names: Vec<Cow<'a, str>>,
}

/// How the answer is made, and its form.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct GenerationConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) top_k: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) candidate_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) max_output_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) stop_sequences: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) seed: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) presence_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) frequency_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) response_logprobs: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) logprobs: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) response_mime_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) response_json_schema: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) response_modalities: Option<Vec<&'static str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) speech_config: Option<SpeechConfig<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) thinking_config: Option<ThinkingConfig>,
    #[serde(flatten)]
    pub(in super::super) vendor: Fields<'a>,
}

/// How the model speaks.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct SpeechConfig<'a> {
    pub(in super::super) voice_config: VoiceConfig<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct VoiceConfig<'a> {
    pub(in super::super) prebuilt_voice_config: PrebuiltVoice<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct PrebuiltVoice<'a> {
    pub(in super::super) voice_name: Cow<'a, str>,
}

/// How the model thinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct ThinkingConfig {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in super::super) include_thoughts: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) thinking_budget: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) thinking_level: Option<&'static str>,
}
