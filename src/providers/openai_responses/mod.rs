//! OpenAI's Responses API, for clients that speak Chat Completions.
//!
//! Some models take tools, or anything at all, on `/v1/responses` only (`openai_models`); kind
//! `openai` and `azure` come here for these, and kind `openai_responses` for all. `request`,
//! `input`, `media`, `tools` and `extras` write a request; `response`, `stream`, `usage` and `error`
//! read what comes back; `wire` holds the types of the JSON itself.
//!
//! Nothing is stored at OpenAI unless the client says so (`store`), as in Chat Completions. What
//! the model has thought then travels with the conversation, encrypted (`reasoning`).
//!
//! What a chat answer has no place for is left out: the calls of tools that OpenAI runs itself,
//! citations of files, and a message's `phase`. Unknown events and items are skipped; a stream that
//! stops before `response.completed` or its like has been cut off.
//!
//! Facts are those of openai-python 3.52.0, `types/responses` (checked 2026-11-25), unless another
//! source stands beside them.

mod error;
mod extras;
mod input;
mod media;
mod reasoning;
mod request;
mod response;
mod stream;
mod tools;
mod usage;
mod wire;

use super::openai_compatible::azure_responses_path;
use super::{
    BaseUrl, Credential, Decoder, Native, OptionSpec, Options, Outgoing, Provider, Recall,
    TargetOptions, Wire,
};
use crate::chat::{Error, Request, Response};

/// The registry's line.
pub const PROVIDER: Provider = Provider {
    kind: "openai_responses",
    base_url: BaseUrl::Fixed("https://api.openai.com/v1"),
    credential: Credential::Bearer,
    options: &[REASONING_SUMMARY],
    wire: Wire::Native(&OPENAI),
};

/// Whether to ask for a summary of the reasoning, which chat clients see as `reasoning_content`. Of
/// some models only verified organisations get one, so that it is not asked for otherwise.
pub(super) const REASONING_SUMMARY: OptionSpec = OptionSpec {
    name: "reasoning_summary",
    required: false,
    check: |value| match value {
        "auto" | "concise" | "detailed" => Ok(()),
        _ => Err("must be `auto`, `concise` or `detailed`".to_owned()),
    },
};

/// OpenAI's own.
pub(super) static OPENAI: Responses = Responses {
    path: |_| "/responses".to_owned(),
    service: "openai",
    names: &["openai", "openai_responses"],
};

/// Azure's.
pub(super) static AZURE: Responses = Responses {
    path: azure_responses_path,
    service: "azure",
    names: &["azure"],
};

/// The API, wherever it is.
pub(super) struct Responses {
    /// Its path below the base URL.
    path: fn(&Options) -> String,
    /// Who can read its encrypted reasoning.
    service: &'static str,
    /// Names of request fields that hold what only it understands.
    names: &'static [&'static str],
}

impl Native for Responses {
    fn request(
        &self,
        request: &Request<'_>,
        target: &TargetOptions<'_>,
    ) -> Result<Outgoing, Error> {
        request::translate(self, request, target)
    }

    fn response(&self, body: &[u8], _: &Recall) -> Result<Response, Error> {
        response::translate(body, self.service)
    }

    fn error(&self, status: u16, body: &[u8]) -> Error {
        error::from_answer(status, body)
    }

    fn decoder(&self, _: Recall) -> Box<dyn Decoder> {
        Box::new(stream::StreamDecoder::new(self.service))
    }

    fn takes_tool(&self, kind: &str) -> bool {
        tools::takes(kind)
    }
}
