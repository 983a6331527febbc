//! The page: one table a group of features, one row a provider.

use serde_json::json;
use tidegate::providers::Provider;

use crate::answers::{SHOWN, sees, streams};
use crate::exchange::{Answer, Outcome, ask};
use crate::{cell, kinds, model, probes};

const HEAD: &str = "\
# What each provider can do

Written by `tests/compatibility`, which asks each provider for each feature and looks at what goes
upstream; `make docs` writes it anew. Where a provider tells its models apart, the row is that of one
model that can reason. What a provider's own server makes of a field that reaches it is not seen here.

- **yes**: it reaches the provider, in its own words.
- **emulated**, **clamped**, **dropped**: done by other means, moved into the range that the provider
  takes, left out. The answer's header `x-tidegate-dropped-params` names it; with `strict: true`,
  clamped and dropped are refused.
- **refused**: the request gets an error 400 that names the field, because without it the client would
  get something else than it asked for.
- **–**: the provider's API has no such thing, or nothing recorded or written shows it.
";

pub(crate) fn write() -> String {
    let mut page = HEAD.to_owned();
    for (title, probes) in probes::groups() {
        let names: Vec<_> = probes.iter().map(|probe| probe.name).collect();
        page.push_str(&table(title, &names, |provider| {
            let cell = |probe| cell::of(provider, probe).word().to_owned();
            probes.iter().map(cell).collect()
        }));
    }
    let mut names = vec!["stream"];
    names.extend(SHOWN.iter().map(|shown| shown.name));
    page.push_str(&table("Answers", &names, answers));
    page.push_str(&table("Embeddings", &["embeddings"], embeddings));
    page
}

fn table(title: &str, columns: &[&str], row: impl Fn(&Provider) -> Vec<String>) -> String {
    let mut table = format!("\n## {title}\n\n| | {} |\n", columns.join(" | "));
    table.push_str(&format!("|---{}|\n", "|---".repeat(columns.len())));
    for provider in kinds() {
        table.push_str(&format!(
            "| {} | {} |\n",
            provider.kind,
            row(provider).join(" | ")
        ));
    }
    table
}

fn answers(provider: &Provider) -> Vec<String> {
    let model = model(provider.kind);
    let mut seen = vec![streams(provider, model)];
    seen.extend(SHOWN.iter().map(|shown| sees(provider, model, shown)));
    let word = |seen| if seen { "yes" } else { "–" };
    seen.into_iter().map(|seen| word(seen).to_owned()).collect()
}

fn embeddings(provider: &Provider) -> Vec<String> {
    let body = json!({"model": "m", "input": ["a"]});
    let answer = Answer {
        content_type: "application/json",
        body: b"{}".to_vec(),
    };
    let path = "/v1/embeddings";
    let word = match ask(provider.kind, model(provider.kind), path, &body, &answer) {
        Outcome::Sent(_) => "yes",
        Outcome::Refused(_) => "refused",
    };
    vec![word.to_owned()]
}
