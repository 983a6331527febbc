//! Which models there are and what each of them refuses.
//!
//! Source: the model list of anthropic 2.11.0, the vendor's pages on thinking, effort
//! and sampling parameters, and recorded errors; checked 2026-11-21.

use serde_json::{Value, json};

use super::error::{invalid, unknown_model};
use crate::simulate::vendor::{Models, Refusal};

/// What a model does, as far as requests can ask for it.
#[derive(Debug, Clone, Copy)]
struct Model {
    name: &'static str,
    /// Temperature, `top_p`, `top_k`.
    sampling: Sampling,
    manual_thinking: bool,
    adaptive_thinking: bool,
    /// Thinking can be switched off.
    thinking_off: bool,
    efforts: &'static [&'static str],
    forced_tools: bool,
    system_turns: bool,
    prefill: bool,
    max_tokens: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sampling {
    Free,
    /// Temperature or `top_p`, not both.
    OneOf,
    Refused,
}

const NO_EFFORT: &[&str] = &[];
const THREE: &[&str] = &["high", "low", "medium"];
const FOUR: &[&str] = &["high", "low", "max", "medium"];
const FIVE: &[&str] = &["high", "low", "max", "medium", "xhigh"];

/// Up to 4.1.
const OLD: Model = Model {
    name: "",
    sampling: Sampling::Free,
    manual_thinking: true,
    adaptive_thinking: false,
    thinking_off: true,
    efforts: NO_EFFORT,
    forced_tools: true,
    system_turns: false,
    prefill: true,
    max_tokens: 32_000,
};
const GEN_4_5: Model = Model {
    sampling: Sampling::OneOf,
    max_tokens: 64_000,
    ..OLD
};
const GEN_4_6: Model = Model {
    adaptive_thinking: true,
    efforts: FOUR,
    prefill: false,
    max_tokens: 128_000,
    ..GEN_4_5
};
const GEN_4_7: Model = Model {
    sampling: Sampling::Refused,
    manual_thinking: false,
    efforts: FIVE,
    ..GEN_4_6
};
const GEN_5: Model = Model {
    system_turns: true,
    ..GEN_4_7
};
/// Thinks always, and chooses its tools itself.
const GEN_5_FREE: Model = Model {
    thinking_off: false,
    forced_tools: false,
    ..GEN_5
};

const KNOWN: &[Model] = &[
    Model {
        name: "claude-fable-5-2",
        ..GEN_5_FREE
    },
    Model {
        name: "claude-fable-5-1",
        ..GEN_5_FREE
    },
    Model {
        name: "claude-fable-5",
        ..GEN_5_FREE
    },
    Model {
        name: "claude-mythos-5-2",
        forced_tools: false,
        ..GEN_5
    },
    Model {
        name: "claude-mythos-5-1",
        forced_tools: false,
        ..GEN_5
    },
    Model {
        name: "claude-mythos-5",
        forced_tools: false,
        ..GEN_5
    },
    Model {
        name: "claude-opus-5-5",
        ..GEN_5_FREE
    },
    Model {
        name: "claude-opus-5",
        ..GEN_5
    },
    Model {
        name: "claude-sonnet-5-5",
        ..GEN_5
    },
    Model {
        name: "claude-sonnet-5",
        ..GEN_5
    },
    Model {
        name: "claude-haiku-5-5",
        ..GEN_5
    },
    Model {
        name: "claude-opus-4-8",
        ..GEN_5
    },
    Model {
        name: "claude-opus-4-7",
        ..GEN_4_7
    },
    Model {
        name: "claude-opus-4-6",
        ..GEN_4_6
    },
    Model {
        name: "claude-sonnet-4-6",
        ..GEN_4_6
    },
    Model {
        name: "claude-opus-4-5",
        efforts: THREE,
        ..GEN_4_5
    },
    Model {
        name: "claude-sonnet-4-5",
        ..GEN_4_5
    },
    Model {
        name: "claude-haiku-4-5",
        ..GEN_4_5
    },
    Model {
        name: "claude-opus-4-1",
        sampling: Sampling::OneOf,
        ..OLD
    },
    Model {
        name: "claude-opus-4",
        ..OLD
    },
    Model {
        name: "claude-sonnet-4",
        max_tokens: 64_000,
        ..OLD
    },
    Model {
        name: "claude-3-5-haiku",
        manual_thinking: false,
        max_tokens: 8_192,
        ..OLD
    },
];

pub(super) fn names(models: &Models) -> impl Iterator<Item = &str> {
    let extra = models
        .extra
        .iter()
        .map(String::as_str)
        .filter(|name| *name != "*");
    KNOWN.iter().map(|model| model.name).chain(extra)
}

pub(super) fn exists(name: &str, models: &Models) -> bool {
    find(name).is_some() || models.allow(name)
}

/// The model of a name, which may end in a date (`-20250929`), `-latest` or `-0`.
fn find(name: &str) -> Option<&'static Model> {
    let is_date = |text: &str| {
        text.len() == 9
            && text.starts_with('-')
            && text.bytes().skip(1).all(|byte| byte.is_ascii_digit())
    };
    KNOWN.iter().find(|model| {
        name.strip_prefix(model.name)
            .is_some_and(|rest| matches!(rest, "" | "-latest" | "-0") || is_date(rest))
    })
}

pub(super) fn describe(name: &str) -> Value {
    let model = find(name);
    json!({
        "type": "model",
        "id": name,
        "display_name": name,
        "created_at": "2026-01-01T00:00:00Z",
        "lifecycle": "active",
        "deprecated_at": null,
        "line": null,
        "max_input_tokens": 200_000,
        "max_tokens": model.map_or(OLD.max_tokens, |model| model.max_tokens),
        "capabilities": null,
    })
}

pub(super) fn exist(request: &Value, models: &Models) -> Result<(), Refusal> {
    let name = request
        .get("model")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if exists(name, models) {
        Ok(())
    } else {
        Err(unknown_model(name))
    }
}

/// What the request's model does not do. Nothing is known of models that are not the
/// vendor's.
pub(super) fn check(request: &Value) -> Result<(), Refusal> {
    let name = request
        .get("model")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let Some(model) = find(name) else {
        return Ok(());
    };
    length(request, name, model)?;
    sampling(request, model)?;
    thinking(request, model)?;
    effort(request, model)?;
    tool_choice(request, model)?;
    turns(request, model)
}

fn length(request: &Value, name: &str, model: &Model) -> Result<(), Refusal> {
    match request.get("max_tokens").and_then(Value::as_u64) {
        Some(asked) if asked > model.max_tokens => Err(invalid(format!(
            "max_tokens: {asked} > {}, which is the maximum allowed number of output tokens for {name}",
            model.max_tokens
        ))),
        _ => Ok(()),
    }
}

fn sampling(request: &Value, model: &Model) -> Result<(), Refusal> {
    let given = |name: &str| request.get(name).is_some();
    let usual = request.get("temperature").and_then(Value::as_f64) == Some(1.0);
    match model.sampling {
        Sampling::Free => Ok(()),
        Sampling::OneOf if given("temperature") && given("top_p") => Err(invalid(
            "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
        )),
        Sampling::OneOf => Ok(()),
        Sampling::Refused => {
            let refused = ["temperature", "top_p", "top_k"].into_iter();
            let refused = refused.filter(|name| given(name) && !(*name == "temperature" && usual));
            match refused.into_iter().next() {
                Some(name) => Err(invalid(format!("`{name}` is deprecated for this model."))),
                None => Ok(()),
            }
        }
    }
}

fn thinking(request: &Value, model: &Model) -> Result<(), Refusal> {
    let kind = request
        .pointer("/thinking/type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    match kind {
        "enabled" if !model.manual_thinking => Err(invalid(
            "\"thinking.type.enabled\" is not supported for this model. Use \"thinking.type.adaptive\" \
             and \"output_config.effort\" to control thinking behavior.",
        )),
        "adaptive" if !model.adaptive_thinking => {
            Err(invalid("adaptive thinking is not supported on this model"))
        }
        "disabled" if !model.thinking_off => Err(invalid(
            "\"thinking.type.disabled\" is not supported for this model.",
        )),
        "between_tools" if model.name != "claude-sonnet-5-5" => Err(invalid(
            "\"thinking.type.between_tools\" is not supported for this model.",
        )),
        _ => Ok(()),
    }
}

fn effort(request: &Value, model: &Model) -> Result<(), Refusal> {
    let Some(effort) = request
        .pointer("/output_config/effort")
        .and_then(Value::as_str)
    else {
        return Ok(());
    };
    if model.efforts.is_empty() {
        return Err(invalid("This model does not support the effort parameter."));
    }
    if model.efforts.contains(&effort) {
        return Ok(());
    }
    Err(invalid(format!(
        "This model does not support effort level '{effort}'. Supported levels: {}.",
        model.efforts.join(", ")
    )))
}

fn tool_choice(request: &Value, model: &Model) -> Result<(), Refusal> {
    let forced = request.pointer("/tool_choice/type").and_then(Value::as_str);
    match forced {
        Some(kind @ ("any" | "tool")) if !model.forced_tools => Err(invalid(format!(
            "tool_choice: type '{kind}' is not supported for this model."
        ))),
        _ => Ok(()),
    }
}

fn turns(request: &Value, model: &Model) -> Result<(), Refusal> {
    let messages = request
        .get("messages")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let role = |message: &Value| {
        message
            .get("role")
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let is = |message: &Value, name: &str| role(message).as_deref() == Some(name);
    if !model.system_turns && messages.iter().any(|message| is(message, "system")) {
        return Err(invalid(
            "messages: Unexpected role \"system\". The Messages API accepts a top-level `system` \
             parameter, not \"system\" as an input message role.",
        ));
    }
    let mut previous = None;
    for (index, message) in messages.iter().enumerate() {
        if is(message, "system") && !previous.is_some_and(|previous| is(previous, "user")) {
            return Err(invalid(format!(
                "messages.{index}: a `system` message must follow a `user` message"
            )));
        }
        previous = Some(message);
    }
    if !model.prefill
        && messages
            .last()
            .is_some_and(|message| is(message, "assistant"))
    {
        return Err(invalid(
            "This model does not support assistant message prefill. The conversation must end with a user message.",
        ));
    }
    Ok(())
}
