//! The story for a person.

use super::stage::{StageStory, Tried};
use super::story::{Asked, Asker, Refused, Story, Times};
use crate::table;

/// All of it.
pub(super) fn text(story: &Story) -> String {
    let mut lines: Vec<[String; 2]> = vec![line("key", who(story.key.as_ref()))];
    if let Some(asked) = &story.request {
        lines.extend(what(asked));
    }
    let mut text = table::text(&lines, 0..0);
    if story.refused.is_none() {
        text.push_str("\nIt would be tried in this order:\n");
        let tried = story.stages.iter().filter(|stage| !stage.tried.is_empty());
        text.extend(tried.map(stage_text));
    }
    let left_out = story.stages.iter().flat_map(|stage| &stage.left_out);
    let left_out: Vec<[String; 2]> = left_out
        .map(|one| [format!("  {}/{}", one.provider, one.model), one.why.clone()])
        .collect();
    if !left_out.is_empty() {
        text.push_str("\nLeft out:\n");
        text.push_str(&table::text(&left_out, 0..0));
    }
    if let Some(refused) = &story.refused {
        text.push_str(&refusal(refused));
    }
    text
}

fn line(name: &str, value: String) -> [String; 2] {
    [name.to_owned(), value]
}

fn who(key: Option<&Asker>) -> String {
    let Some(key) = key else {
        return "none: everybody may come in, and use every model".to_owned();
    };
    let mut parts = vec![key.id.clone()];
    parts.extend(key.team.as_ref().map(|team| format!("of the team {team}")));
    let organization = key.organization.as_ref();
    parts.extend(organization.map(|name| format!("of the organization {name}")));
    parts.push(match &key.models {
        None => "may use every model".to_owned(),
        Some(models) => format!("may use {}", models.join(", ")),
    });
    if key.routing_headers {
        parts.push("may choose targets by headers".to_owned());
    }
    parts.join(", ")
}

fn what(asked: &Asked) -> Vec<[String; 2]> {
    let alias = asked.alias.as_ref();
    let alias = alias.map(|alias| format!(", by its name `{alias}`"));
    let stream = if asked.stream { ", streamed" } else { "" };
    let most = asked.max_output_tokens;
    let most = most.map(|most| format!(", at most {most} of output"));
    let mut lines = vec![
        line(
            "model",
            format!("{}{}", asked.model, alias.unwrap_or_default()),
        ),
        line("request", format!("{}{stream}", asked.operation)),
        line(
            "tokens",
            format!(
                "about {} of input{}",
                asked.input_tokens,
                most.unwrap_or_default()
            ),
        ),
        line(
            "needs",
            list(&asked.needs, "nothing that not every target can do"),
        ),
        line("timeouts", timeouts(&asked.timeouts_ms)),
    ];
    if !asked.fall_back_on.is_empty() {
        let flaws = asked.fall_back_on.join(", ");
        lines.push(line(
            "failures",
            format!("answers that are {flaws} count as failures"),
        ));
    }
    lines
}

fn timeouts(times: &Times) -> String {
    let all = [
        ("first token", times.first_token),
        ("idle", times.idle),
        ("response", times.response),
        ("total", Some(times.total)),
    ];
    let time = |ms: u64| match ms % 1_000 {
        0 => format!("{} s", ms / 1_000),
        _ => format!("{ms} ms"),
    };
    let said = all.into_iter();
    let said = said.filter_map(|(name, ms)| Some(format!("{name} {}", time(ms?))));
    said.collect::<Vec<_>>().join(", ")
}

fn list(names: &[&str], nothing: &str) -> String {
    match names {
        [] => nothing.to_owned(),
        names => names.join(", "),
    }
}

fn stage_text(stage: &StageStory) -> String {
    let opening = match &stage.fallback {
        None => String::new(),
        Some(model) => format!("after {}: the model {model}; ", stage.after.join(", ")),
    };
    let lines: Vec<[String; 3]> = stage.tried.iter().map(tried).collect();
    let table = table::text(&lines, 0..1);
    format!("  {opening}{}: {}\n{table}", stage.strategy, stage.order)
}

fn tried(one: &Tried) -> [String; 3] {
    let cost = match &one.expected_cost_usd {
        Some(cost) => format!("about ${cost}"),
        None => "price unknown".to_owned(),
    };
    let again = match one.attempts {
        1 => String::new(),
        attempts => format!(", up to {attempts} attempts"),
    };
    [
        format!("    {}.", one.place),
        format!("{}/{}", one.provider, one.model),
        format!("{cost}{again}"),
    ]
}

fn refusal(refused: &Refused) -> String {
    format!(
        "\nIt would be refused with status {}:\n{:#}\n",
        refused.status, refused.body
    )
}
