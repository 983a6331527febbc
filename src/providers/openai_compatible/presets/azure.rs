//! Azure OpenAI: OpenAI's models, and others, as deployments of a resource.
//!
//! A target's `model` is the name of the deployment. Where `api_version` is given, the classic path
//! names it (`/openai/deployments/NAME/chat/completions?api-version=…`) and the body's `model` is
//! ignored; else the body alone does, on the path of API v1 (learn.microsoft.com, "Azure OpenAI API
//! version lifecycle", generally available since August 2025, checked 2026-11-25). What OpenAI's
//! own models take is known of deployments that are called like the model.
//!
//! The key is sent as `api-key`. Without `api_key` none is: the cluster's own filters may then add
//! an Entra token. `base_url` is the resource's: `https://NAME.openai.azure.com`.

use std::borrow::Cow;

use super::openai::{API, goes_to_responses, on_azure};
use super::param;
use crate::chat::Operation;
use crate::providers::openai_compatible::preset::{
    AnswerQuirk, MessageQuirk, Models, Preset, Rule, StreamUsage, operation_path,
};
use crate::providers::openai_responses::{self, REASONING_SUMMARY};
use crate::providers::percent::segment;
use crate::providers::{
    Asked, BaseUrl, Credential, OptionSpec, Options, Provider, TargetOptions, Wire,
};

/// The registry's line.
pub(super) const PROVIDER: Provider = Provider {
    kind: "azure",
    base_url: BaseUrl::Asked,
    credential: Credential::Header("api-key"),
    options: &[API_VERSION, API, REASONING_SUMMARY],
    wire: Wire::Depends(wire),
};

/// `2024-10-21`, `2025-04-01-preview`; or `v1` and `preview`, for the paths of API v1.
const API_VERSION: OptionSpec = OptionSpec {
    name: "api_version",
    required: false,
    check: check_version,
};

/// As OpenAI's, with what the content filter adds. Ids of tool calls may be empty (recorded).
static CHAT: Preset = Preset {
    path,
    models: Models::OpenAi,
    params: &[param("max_tokens", Rule::Named("max_completion_tokens"))],
    extras: &["data_sources", "user_security_context"],
    messages: &[
        MessageQuirk::Without("reasoning_content"),
        MessageQuirk::Without("reasoning_details"),
        MessageQuirk::Without("thinking_blocks"),
        MessageQuirk::Without("anthropic"),
    ],
    answer: &[
        AnswerQuirk::PromptFilter,
        AnswerQuirk::LateFilter,
        AnswerQuirk::NullDelta,
        AnswerQuirk::ToolDeltas,
    ],
    ..Preset::PLAIN
};

/// Versions before September 2024 refuse `stream_options` ("Unknown parameter", reported with
/// 2024-05-01-preview in openai/openai-python#1469; 2024-10-21 has it) and, with them,
/// `max_completion_tokens`, which the models of that time did not need.
static CHAT_OF_2024: Preset = Preset {
    params: &[param("max_completion_tokens", Rule::Named("max_tokens"))],
    stream_usage: StreamUsage::Never,
    ..CHAT
};

/// The first version whose streams tell token counts.
const WITH_STREAM_OPTIONS: &str = "2024-09-01";

/// The first version with a Responses API (learn.microsoft.com, "Azure OpenAI Responses API").
const WITH_RESPONSES: &str = "2025-03-01";

fn wire(asked: &Asked<'_>) -> Wire {
    if goes_to_responses(asked, on_azure) {
        return Wire::Native(&openai_responses::AZURE);
    }
    match classic(asked.options) {
        Some(version) if version < WITH_STREAM_OPTIONS => Wire::OpenAi(&CHAT_OF_2024),
        _ => Wire::OpenAi(&CHAT),
    }
}

fn path(operation: Operation, target: &TargetOptions<'_>) -> Cow<'static, str> {
    let tail = operation_path(operation);
    let path = match classic(target.options) {
        Some(version) => {
            let deployment = segment(target.model);
            format!("/openai/deployments/{deployment}{tail}?api-version={version}")
        }
        None => v1(tail, target.options),
    };
    path.into()
}

/// The path of the Responses API, where the body names the deployment in any version.
pub(in crate::providers) fn responses_path(options: &Options) -> String {
    match classic(options) {
        Some(version) if version >= WITH_RESPONSES => {
            format!("/openai/responses?api-version={version}")
        }
        _ => v1("/responses", options),
    }
}

fn v1(tail: &str, options: &Options) -> String {
    match options.value(API_VERSION.name) {
        Some("preview") => format!("/openai/v1{tail}?api-version=preview"),
        _ => format!("/openai/v1{tail}"),
    }
}

/// The version, where it is one of the classic API, which are dates.
fn classic(options: &Options) -> Option<&str> {
    let version = options.value(API_VERSION.name)?;
    version
        .starts_with(|c: char| c.is_ascii_digit())
        .then_some(version)
}

fn check_version(value: &str) -> Result<(), String> {
    let date = value.strip_suffix("-preview").unwrap_or(value);
    let is_date = date.len() == 10
        && (date.bytes().enumerate()).all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if is_date || matches!(value, "v1" | "preview") {
        return Ok(());
    }
    Err("must be a version such as `2024-10-21` or `2025-04-01-preview`, or `v1`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::UnknownFields;

    fn options(version: &str) -> Options {
        let all = [(API_VERSION.name, version)];
        let set = all.into_iter().filter(|(_, value)| !value.is_empty());
        Options(set.map(|(n, v)| (n.to_owned(), v.to_owned())).collect())
    }

    fn path_of(operation: Operation, model: &str, version: &str) -> String {
        let target = TargetOptions {
            model,
            unknown_fields: UnknownFields::Pass,
            strict: false,
            default_max_tokens: None,
            options: &options(version),
        };
        path(operation, &target).into_owned()
    }

    #[test]
    fn the_classic_path_names_the_deployment_and_that_of_v1_does_not() {
        let chat = |version| path_of(Operation::Chat, "my gpt/4", version);
        assert_eq!(
            chat("2024-10-21"),
            "/openai/deployments/my%20gpt%2F4/chat/completions?api-version=2024-10-21"
        );
        assert_eq!(chat(""), "/openai/v1/chat/completions");
        assert_eq!(chat("v1"), "/openai/v1/chat/completions");
        assert_eq!(
            chat("preview"),
            "/openai/v1/chat/completions?api-version=preview"
        );
        assert_eq!(
            path_of(Operation::Embeddings, "e", "2024-02-01"),
            "/openai/deployments/e/embeddings?api-version=2024-02-01"
        );
    }

    #[test]
    fn responses_are_on_v1_where_the_classic_version_is_older_than_they_are() {
        let path = |version| responses_path(&options(version));
        assert_eq!(path(""), "/openai/v1/responses");
        assert_eq!(path("2024-10-21"), "/openai/v1/responses");
        assert_eq!(
            path("2025-04-01-preview"),
            "/openai/responses?api-version=2025-04-01-preview"
        );
    }

    #[test]
    fn versions_are_dates_or_words_that_are_known() {
        for value in ["2024-10-21", "2025-04-01-preview", "v1", "preview"] {
            assert_eq!(check_version(value), Ok(()), "{value}");
        }
        for value in [
            "",
            "2024",
            "latest",
            "2024-10-21&x=1",
            "2024-10-21-preview2",
            "2024/10/21",
        ] {
            assert!(check_version(value).is_err(), "{value}");
        }
    }
}
