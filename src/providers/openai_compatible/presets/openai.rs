//! OpenAI itself.
//!
//! Its older models, and most requests for the newer ones, go to `/v1/chat/completions` as the
//! client has written them. What some models take on `/v1/responses` only is translated
//! ([`openai_responses`]); which, is in the table of models. The option `api` says otherwise.
//!
//! [`openai_responses`]: crate::providers::openai_responses

use super::param;
use crate::chat::{Operation, ReasoningEffort};
use crate::providers::openai_compatible::preset::{MessageQuirk, Models, Preset, Rule};
use crate::providers::openai_models::{self, ModelProfile, Responses};
use crate::providers::openai_responses::{self, REASONING_SUMMARY};
use crate::providers::{Asked, BaseUrl, Credential, OptionSpec, Provider, Wire};

/// The registry's line.
pub(super) const PROVIDER: Provider = Provider {
    kind: "openai",
    base_url: BaseUrl::Fixed("https://api.openai.com/v1"),
    credential: Credential::Bearer,
    options: &[API, REASONING_SUMMARY],
    wire: Wire::Depends(wire),
};

/// Reasoning models refuse `max_tokens`; every model takes the newer name (openai-python 3.52.0,
/// `completion_create_params.py`; the refusal is recorded). Its messages have no reasoning; a
/// client that got some from another provider of this gateway may replay it after a fallback.
pub(super) static CHAT: Preset = Preset {
    models: Models::OpenAi,
    params: &[param("max_tokens", Rule::Named("max_completion_tokens"))],
    messages: &[
        MessageQuirk::Without("reasoning_content"),
        MessageQuirk::Without("reasoning_details"),
        MessageQuirk::Without("thinking_blocks"),
        MessageQuirk::Without("anthropic"),
    ],
    ..Preset::PLAIN
};

/// Which of the two APIs all requests go to, whatever the model.
pub(super) const API: OptionSpec = OptionSpec {
    name: "api",
    required: false,
    check: |value| match value {
        "auto" | "chat" | "responses" => Ok(()),
        _ => Err("must be `auto`, `chat` or `responses`".to_owned()),
    },
};

fn wire(asked: &Asked<'_>) -> Wire {
    if goes_to_responses(asked, ModelProfile::needs_responses) {
        Wire::Native(&openai_responses::OPENAI)
    } else {
        Wire::OpenAi(&CHAT)
    }
}

/// Whether the request goes to the Responses API; `needs` says what of a model is served there only.
pub(super) fn goes_to_responses(
    asked: &Asked<'_>,
    needs: fn(&ModelProfile, Option<ReasoningEffort>, bool) -> bool,
) -> bool {
    if asked.operation != Operation::Chat {
        return false;
    }
    match asked.options.value(API.name) {
        Some("responses") => return true,
        Some("chat") => return false,
        _ => {}
    }
    let Some(profile) = openai_models::find(asked.model) else {
        return false;
    };
    let scan = asked.scan;
    let effort = scan.reasoning_effort.as_deref();
    let effort = effort.and_then(ReasoningEffort::from_word);
    // Only models made for it search the web on the chat API; all others refuse (recorded).
    let searches = || {
        let mut fields = scan.fields.iter();
        !profile.web_search && fields.any(|field| field.name == "web_search_options")
    };
    needs(profile, effort, scan.has_tools) || searches()
}

/// As [`ModelProfile::needs_responses`], for Azure, which refuses tools together with
/// `reasoning_effort` even where that is `none` (agentgateway/agentgateway#2894, August 2026).
pub(super) fn on_azure(
    profile: &ModelProfile,
    effort: Option<ReasoningEffort>,
    has_tools: bool,
) -> bool {
    let says_effort = has_tools && effort.is_some();
    profile.needs_responses(effort, has_tools)
        || (says_effort && profile.responses != Responses::Nothing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialects::openai_chat::scan;
    use crate::providers::{Options, find};

    /// Whether a provider of this kind, with these options, asks the Responses API.
    fn is_translated(kind: &str, options: &[(&str, &str)], model: &str, fields: &str) -> bool {
        let body = format!(r#"{{"model":"m"{fields}}}"#);
        let options = options
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        let asked = Asked {
            operation: Operation::Chat,
            model,
            options: &Options(options.collect()),
            scan: &scan(body.as_bytes()).unwrap(),
        };
        matches!(find(kind).unwrap().wire.resolve(&asked), Wire::Native(_))
    }

    const TOOLS: &str = r#","tools":[{}]"#;
    const NO_EFFORT: &str = r#","tools":[{}],"reasoning_effort":"none""#;

    #[test]
    fn what_a_model_takes_on_responses_only_goes_there() {
        let goes = |model, fields| is_translated("openai", &[], model, fields);
        assert!(goes("gpt-5.6", TOOLS));
        assert!(!goes("gpt-5.6", ""));
        assert!(!goes("gpt-5.6", NO_EFFORT));
        assert!(goes("gpt-6-astra", NO_EFFORT));
        assert!(goes("o3-pro", ""));
        assert!(goes("gpt-4o", r#","web_search_options":{}"#));
        assert!(!goes(
            "gpt-4o-search-preview",
            r#","web_search_options":{}"#
        ));
        assert!(!goes("gpt-4o", TOOLS));
        assert!(!goes("gpt-9", TOOLS));
    }

    #[test]
    fn azure_takes_no_effort_beside_tools() {
        assert!(is_translated("azure", &[], "gpt-5.6", NO_EFFORT));
        assert!(!is_translated("azure", &[], "gpt-5.4", TOOLS));
        assert!(!is_translated("azure", &[], "gpt-4o", NO_EFFORT));
    }

    #[test]
    fn the_option_goes_before_the_table() {
        for kind in ["openai", "azure"] {
            assert!(is_translated(kind, &[("api", "responses")], "gpt-4o", ""));
            assert!(!is_translated(kind, &[("api", "chat")], "gpt-5.6", TOOLS));
            assert!(is_translated(kind, &[("api", "auto")], "gpt-5.6", TOOLS));
        }
    }

    #[test]
    fn vectors_have_one_api() {
        let scan = scan(br#"{"model":"m"}"#).unwrap();
        let asked = Asked {
            operation: Operation::Embeddings,
            model: "text-embedding-3-small",
            options: &Options([("api".to_owned(), "responses".to_owned())].into()),
            scan: &scan,
        };
        assert!(matches!(wire(&asked), Wire::OpenAi(_)));
    }
}
