//! Anthropic's Messages API, at version 2023-06-01 or 2026-10-21.
//!
//! `request`, `messages`, `media`, `tools`, `thinking` and `output_format` write a request;
//! `response`, `stream`, `usage`, `finish_reason` and `error` read what comes back; `wire` holds
//! the types of the JSON itself. What differs from model to model is data in `model_profile`, and
//! what the API has no place for is data in `parameters`: code branches on the tables only. Bedrock
//! serves these models too, and shares what is said of them.
//!
//! Nothing here buffers a stream, and nothing fails on an answer that merely holds more than we
//! know: unknown events, blocks and fields are skipped. What cannot be understood becomes an
//! [`Error`], never a panic.

mod betas;
mod citations;
mod error;
mod extras;
mod finish_reason;
mod headers;
mod media;
mod messages;
pub(super) mod model_profile;
mod notes;
mod options;
mod output_format;
mod own;
mod parameters;
mod places;
mod request;
mod response;
pub(super) mod schema;
mod stream;
pub(super) mod thinking;
mod tool_loop;
mod tools;
mod usage;
pub(super) mod wire;

use super::{
    BaseUrl, Credential, Decoder, Native, Outgoing, Provider, Recall, TargetOptions, Wire,
};
use crate::chat::{Error, Request, Response};
use serde_json::value::RawValue;

/// The registry's line.
pub const PROVIDER: Provider = Provider {
    kind: "anthropic",
    base_url: BaseUrl::Fixed("https://api.anthropic.com"),
    credential: Credential::Header("x-api-key"),
    options: options::OPTIONS,
    wire: Wire::Native(&Anthropic),
};

/// The member of messages, parts, tools and requests that holds what only Anthropic understands.
const VENDOR: &str = "anthropic";

struct Anthropic;

impl Native for Anthropic {
    fn request(
        &self,
        request: &Request<'_>,
        target: &TargetOptions<'_>,
    ) -> Result<Outgoing, Error> {
        request::translate(request, target)
    }

    fn heed(
        &self,
        client: &[(String, String)],
        target: &TargetOptions<'_>,
        outgoing: &mut Outgoing,
    ) -> Result<(), Error> {
        headers::heed(client, target, outgoing)
    }

    fn takes_tool(&self, kind: &str) -> bool {
        tools::is_own(kind)
    }

    fn response(&self, body: &[u8], _: &Recall) -> Result<Response, Error> {
        response::translate(body)
    }

    fn error(&self, status: u16, body: &[u8]) -> Error {
        error::from_answer(status, body)
    }

    fn decoder(&self, _: Recall) -> Box<dyn Decoder> {
        Box::new(stream::StreamDecoder::default())
    }
}

/// Whether a JSON text is this one, which has no white space.
fn is_same(json: &str, bare: &str) -> bool {
    let bytes = json.bytes().filter(|byte| !byte.is_ascii_whitespace());
    bytes.eq(bare.bytes())
}

/// What a call of the client's tools must come back with: who has called (code that Anthropic runs,
/// say), and the set that the tool belongs to.
fn beside_call(block: &wire::read::Block<'_>) -> Option<String> {
    #[derive(serde::Serialize)]
    struct Beside<'a> {
        r#type: &'static str,
        id: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        caller: Option<&'a RawValue>,
        #[serde(skip_serializing_if = "Option::is_none")]
        toolset_name: Option<&'a RawValue>,
    }
    let wire::read::Block::ToolUse {
        id,
        caller,
        toolset_name,
        ..
    } = block
    else {
        return None;
    };
    let is_told = |json: &&RawValue| {
        let mut usual = ["null", r#"{"type":"direct"}"#].iter();
        !usual.any(|usual| is_same(json.get(), usual))
    };
    let beside = Beside {
        r#type: "tool_use",
        id,
        caller: caller.filter(is_told),
        toolset_name: toolset_name.filter(is_told),
    };
    let is_nothing = beside.caller.is_none() && beside.toolset_name.is_none();
    (!is_nothing).then(|| serde_json::to_string(&beside).ok())?
}
