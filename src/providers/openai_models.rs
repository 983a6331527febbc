//! OpenAI's models, as data: what they take of a request, and where.
//!
//! A row holds for the names that are its own, or go on with a hyphen: `gpt-5.4` is also
//! `gpt-5.4-mini-2026-03-17`, and not `gpt-5.4.1`. The first row that holds counts. A model without
//! a row is left alone, and gets its requests as the client has written them: a fine-tuned one, one
//! of next year, or whatever an Azure deployment is called.
//!
//! No official page says all of this. The sources, checked on 2026-11-25:
//!
//! - names: openai-python 3.52.0, `types/shared/chat_model.py` and `responses_model.py`;
//! - whether and when a model reasons: pydantic-ai's table, which says that it was checked against
//!   the API in July 2026; for gpt-6 the AI SDK's (vercel/ai) and the model guides that both cite;
//! - which efforts: the model guides as cited there and, for gpt-6-astra and gpt-6.2, reports of the
//!   API's own refusals. Where sources are silent, all efforts pass;
//! - tools: the API's own words, "Function tools with reasoning_effort are not supported for … in
//!   /v1/chat/completions", reported of gpt-5.4 to gpt-6 (openai/openai-openapi#541,
//!   BerriAI/litellm#34569, maximhq/bifrost#7275);
//! - `stop` and `parallel_tool_calls`: the API's refusals, as reported (n8n-io/n8n#18149,
//!   run-llama/llama_index#20865); the SDK documents that o3 and o4-mini do not take `stop`.
//!
//! Not here: o1-mini and o1-preview, which took neither `system` nor `developer`; they were shut
//! down in 2025 (SDK 3.52.0, notes on deprecated values).

use crate::chat::ReasoningEffort as Effort;

/// What is known of a model.
#[derive(Debug, Clone, Copy)]
pub(super) struct ModelProfile {
    /// Its name, or how that begins.
    prefix: &'static str,
    /// Whether it reasons.
    pub(super) reasoning: Reasoning,
    /// The efforts that it takes, from the least to the most; `None` where nobody says.
    pub(super) efforts: Option<&'static [Effort]>,
    /// Whether texts can end the answer.
    pub(super) stop: bool,
    /// Whether it can be told to make several calls in one turn, or only one.
    pub(super) parallel_tool_calls: bool,
    /// Whether it searches the web when asked to by `web_search_options`.
    pub(super) web_search: bool,
    /// What has to go to `/v1/responses`.
    pub(super) responses: Responses,
}

/// When a model reasons. As long as it does, it takes no sampling parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reasoning {
    /// Never: it does not even know the parameter.
    Never,
    /// When it is told how hard.
    WhenAsked,
    /// Unless it is told not to.
    Usually,
    /// Always.
    Always,
}

/// What of a model is served by `/v1/responses` only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Responses {
    /// Nothing.
    Nothing,
    /// Tools, as long as the model reasons.
    Tools,
    /// Tools likewise, and this effort.
    ToolsAndEffort(Effort),
    /// Everything.
    Everything,
}

const HIGH_ONLY: &[Effort] = &[Effort::High];
const MEDIUM_ONLY: &[Effort] = &[Effort::Medium];
const LOW_TO_HIGH: &[Effort] = &[Effort::Low, Effort::Medium, Effort::High];
const MINIMAL_TO_HIGH: &[Effort] = &[Effort::Minimal, Effort::Low, Effort::Medium, Effort::High];
const NONE_TO_HIGH: &[Effort] = &[Effort::None, Effort::Low, Effort::Medium, Effort::High];
const NONE_TO_XHIGH: &[Effort] = &[
    Effort::None,
    Effort::Low,
    Effort::Medium,
    Effort::High,
    Effort::XHigh,
];
const NONE_TO_MAX: &[Effort] = &[
    Effort::None,
    Effort::Low,
    Effort::Medium,
    Effort::High,
    Effort::XHigh,
    Effort::Max,
];
const LOW_TO_XHIGH: &[Effort] = &[Effort::Low, Effort::Medium, Effort::High, Effort::XHigh];
const LOW_TO_MAX: &[Effort] = &[
    Effort::Low,
    Effort::Medium,
    Effort::High,
    Effort::XHigh,
    Effort::Max,
];

/// The table.
#[rustfmt::skip]
const MODELS: &[ModelProfile] = &[
    row("gpt-6.2",        Reasoning::Always).efforts(LOW_TO_XHIGH).tools_on_responses().no_stop(),
    row("gpt-6.1",        Reasoning::Always).efforts(LOW_TO_MAX).max_on_responses().no_stop(),
    row("gpt-6-astra",    Reasoning::Always).efforts(LOW_TO_MAX).max_on_responses().no_stop(),
    row("gpt-6",          Reasoning::Usually).efforts(NONE_TO_MAX).tools_on_responses().no_stop(),
    row("gpt-5.6",        Reasoning::Usually).efforts(NONE_TO_MAX).tools_on_responses(),
    row("gpt-5.5-pro",    Reasoning::Always).only_responses(),
    row("gpt-5.5",        Reasoning::Usually).efforts(NONE_TO_XHIGH).tools_on_responses(),
    row("gpt-5.4-pro",    Reasoning::Always).only_responses(),
    row("gpt-5.4",        Reasoning::WhenAsked).efforts(NONE_TO_XHIGH).tools_on_responses().no_stop(),
    row("gpt-5.3-chat",   Reasoning::Always).efforts(MEDIUM_ONLY).no_stop(),
    row("gpt-5.3-codex",  Reasoning::WhenAsked).only_responses(),
    row("gpt-5.3",        Reasoning::WhenAsked).efforts(NONE_TO_XHIGH).no_stop(),
    row("gpt-5.2-chat",   Reasoning::Always).efforts(MEDIUM_ONLY).no_stop(),
    row("gpt-5.2-codex",  Reasoning::WhenAsked).only_responses(),
    row("gpt-5.2-pro",    Reasoning::Always).only_responses(),
    row("gpt-5.2",        Reasoning::WhenAsked).efforts(NONE_TO_XHIGH).no_stop(),
    row("gpt-5.1-chat",   Reasoning::Always).efforts(MEDIUM_ONLY).no_stop(),
    row("gpt-5.1-codex",  Reasoning::Always).only_responses(),
    row("gpt-5.1",        Reasoning::WhenAsked).efforts(NONE_TO_HIGH).no_stop(),
    row("gpt-5-chat",     Reasoning::Never),
    row("gpt-5-codex",    Reasoning::Always).efforts(LOW_TO_HIGH).only_responses(),
    row("gpt-5-pro",      Reasoning::Always).efforts(HIGH_ONLY).only_responses(),
    row("gpt-5-search",   Reasoning::Always).searches().no_stop(),
    row("gpt-5",          Reasoning::Always).efforts(MINIMAL_TO_HIGH).no_stop(),
    row("codex-mini",     Reasoning::Always).efforts(LOW_TO_HIGH).only_responses(),
    row("computer-use-preview", Reasoning::Always).only_responses(),
    row("o4-mini-deep-research", Reasoning::Always).only_responses(),
    row("o4-mini",        Reasoning::Always).efforts(LOW_TO_HIGH).no_stop().one_call(),
    row("o3-deep-research", Reasoning::Always).only_responses(),
    row("o3-mini",        Reasoning::Always).efforts(LOW_TO_HIGH).one_call(),
    row("o3-pro",         Reasoning::Always).efforts(LOW_TO_HIGH).only_responses(),
    row("o3",             Reasoning::Always).efforts(LOW_TO_HIGH).no_stop().one_call(),
    row("o1-pro",         Reasoning::Always).efforts(LOW_TO_HIGH).only_responses(),
    row("o1",             Reasoning::Always).efforts(LOW_TO_HIGH).one_call(),
    row("gpt-4o-search-preview",      Reasoning::Never).searches(),
    row("gpt-4o-mini-search-preview", Reasoning::Never).searches(),
    row("gpt-4o",         Reasoning::Never),
    row("gpt-4.1",        Reasoning::Never),
    row("gpt-4",          Reasoning::Never),
    row("gpt-3.5-turbo",  Reasoning::Never),
];

/// What is known of a model; `None`: nothing.
pub(super) fn find(model: &str) -> Option<&'static ModelProfile> {
    MODELS.iter().find(|row| row.holds_for(model))
}

const fn row(prefix: &'static str, reasoning: Reasoning) -> ModelProfile {
    ModelProfile {
        prefix,
        reasoning,
        efforts: None,
        stop: true,
        parallel_tool_calls: true,
        web_search: false,
        responses: Responses::Nothing,
    }
}

impl ModelProfile {
    fn holds_for(&self, model: &str) -> bool {
        let rest = model.strip_prefix(self.prefix);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }

    /// Whether it reasons when it is told this effort, or none at all.
    pub(super) fn reasons(&self, effort: Option<Effort>) -> bool {
        match self.reasoning {
            Reasoning::Never => false,
            Reasoning::WhenAsked => effort.is_some_and(|effort| effort != Effort::None),
            Reasoning::Usually => effort != Some(Effort::None),
            Reasoning::Always => true,
        }
    }

    /// The effort that comes nearest to this one, rather more than less.
    pub(super) fn nearest(&self, effort: Effort) -> Effort {
        let efforts = self.efforts.unwrap_or(&Effort::ALL);
        let enough = efforts.iter().find(|taken| **taken >= effort);
        enough.or(efforts.last()).copied().unwrap_or(effort)
    }

    /// Whether a request with these has to go to `/v1/responses`.
    pub(super) fn needs_responses(&self, effort: Option<Effort>, has_tools: bool) -> bool {
        let tools = has_tools && self.reasons(effort.map(|effort| self.nearest(effort)));
        match self.responses {
            Responses::Nothing => false,
            Responses::Tools => tools,
            Responses::ToolsAndEffort(own) => tools || effort == Some(own),
            Responses::Everything => true,
        }
    }

    const fn efforts(self, efforts: &'static [Effort]) -> Self {
        Self {
            efforts: Some(efforts),
            ..self
        }
    }

    const fn no_stop(self) -> Self {
        Self {
            stop: false,
            ..self
        }
    }

    const fn one_call(self) -> Self {
        Self {
            parallel_tool_calls: false,
            ..self
        }
    }

    const fn searches(self) -> Self {
        Self {
            web_search: true,
            ..self
        }
    }

    const fn tools_on_responses(self) -> Self {
        Self {
            responses: Responses::Tools,
            ..self
        }
    }

    const fn max_on_responses(self) -> Self {
        Self {
            responses: Responses::ToolsAndEffort(Effort::Max),
            ..self
        }
    }

    const fn only_responses(self) -> Self {
        Self {
            responses: Responses::Everything,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(model: &str) -> Option<&'static str> {
        find(model).map(|row| row.prefix)
    }

    #[test]
    fn a_name_is_known_with_whatever_follows_a_hyphen() {
        assert_eq!(prefix("gpt-5.4-mini-2026-03-17"), Some("gpt-5.4"));
        assert_eq!(prefix("gpt-5-chat-latest"), Some("gpt-5-chat"));
        assert_eq!(prefix("gpt-5.2-chat-latest"), Some("gpt-5.2-chat"));
        assert_eq!(
            prefix("gpt-4o-mini-search-preview-2025-03-11"),
            Some("gpt-4o-mini-search-preview")
        );
        assert_eq!(prefix("gpt-6-sol"), Some("gpt-6"));
        assert_eq!(prefix("o3"), Some("o3"));
    }

    #[test]
    fn what_nobody_knows_has_no_row() {
        for model in [
            "gpt-5.7",
            "gpt-7",
            "gpt-5.4.1",
            "my-gpt-5",
            "ft:gpt-4o:acme",
            "o30",
            "",
            "GPT-5",
        ] {
            assert_eq!(prefix(model), None, "{model}");
        }
    }

    #[test]
    fn no_row_is_hidden_by_one_before_it() {
        for row in MODELS {
            assert_eq!(prefix(row.prefix), Some(row.prefix));
        }
    }

    #[test]
    fn efforts_are_in_order_and_agree_with_when_the_model_reasons() {
        for row in MODELS {
            let efforts = row.efforts.unwrap_or_default();
            assert!(efforts.is_sorted(), "{}", row.prefix);
            let can_be_off = efforts.contains(&Effort::None);
            let is_always_on = row.reasoning == Reasoning::Always;
            assert!(
                efforts.is_empty() || can_be_off != is_always_on,
                "{}",
                row.prefix
            );
        }
    }

    #[test]
    fn an_effort_becomes_the_nearest_that_is_taken() {
        let nearest = |model, effort| find(model).unwrap().nearest(effort);
        assert_eq!(nearest("gpt-5", Effort::None), Effort::Minimal);
        assert_eq!(nearest("gpt-5.6", Effort::Minimal), Effort::Low);
        assert_eq!(nearest("gpt-5.1", Effort::Max), Effort::High);
        assert_eq!(nearest("gpt-5.3-chat-latest", Effort::High), Effort::Medium);
        assert_eq!(nearest("gpt-5.2-pro", Effort::XHigh), Effort::XHigh);
    }

    #[test]
    fn tools_go_where_the_model_takes_them() {
        let responses = |model, effort, tools| find(model).unwrap().needs_responses(effort, tools);
        assert!(!responses("gpt-5.4", None, true));
        assert!(responses("gpt-5.4", Some(Effort::Low), true));
        assert!(!responses("gpt-5.4", Some(Effort::Low), false));
        assert!(responses("gpt-5.6", None, true));
        assert!(!responses("gpt-5.6", Some(Effort::None), true));
        assert!(responses("gpt-6-astra", Some(Effort::None), true));
        assert!(responses("gpt-6-astra", Some(Effort::Max), false));
        assert!(!responses("gpt-5", Some(Effort::High), true));
        assert!(responses("o3-pro", None, false));
        assert!(!responses("gpt-4o", None, true));
    }
}
