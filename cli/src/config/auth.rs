//! `keys`, `auth` and `teams`: who may come in.

use std::collections::HashMap;

use tidegate::config::runtime::{Auth, VirtualKey};

use super::field::{Field, Section};
use super::model::Names;
use super::name;

/// Reads `keys` or `auth: none`; exactly one of them must be there.
pub(crate) fn read(root: &Section<'_>, models: &Names<'_>) -> Option<Auth> {
    let teams = read_teams(root.optional("teams"));
    match (root.optional("auth"), root.optional("keys")) {
        (None, None) => {
            root.field().report(
                "who may come in? Add `keys` (`tidegate key new ID` makes one), or say \
                 `auth: none` to let everybody in",
            );
            None
        }
        (Some(auth), None) => auth.choice(&[("none", ())]).map(|()| Auth::None),
        (None, Some(keys)) => read_keys(&keys, &teams, models).map(Auth::Keys),
        (Some(auth), Some(keys)) => {
            auth.report("`auth: none` lets everybody in, but there are `keys` too; keep one");
            read_keys(&keys, &teams, models).map(Auth::Keys)
        }
    }
}

/// The teams' names. What else a team can have comes with limits and budgets.
fn read_teams<'a>(field: Option<Field<'a>>) -> Vec<&'a str> {
    let entries = field.and_then(|field| field.entries()).unwrap_or_default();
    for (team, field) in &entries {
        name::short(field, "a team's name", team);
        if !field.is_null() {
            let section = field.section(&["description"], &["rate_limits", "budgets"]);
            section.and_then(|section| section.optional("description")?.text());
        }
    }
    entries.into_iter().map(|(name, _)| name).collect()
}

fn read_keys(field: &Field<'_>, teams: &[&str], models: &Names<'_>) -> Option<Vec<VirtualKey>> {
    let items = field.items()?;
    if items.is_empty() {
        field.report("there is no key in this list: nobody could come in");
    }
    let mut seen = Seen::default();
    let keys = items
        .iter()
        .map(|item| read_key(item, teams, models, &mut seen));
    Some(keys.collect::<Vec<_>>().into_iter().flatten().collect())
}

/// Ids and hashes so far, with the paths of their keys.
#[derive(Default)]
struct Seen {
    ids: HashMap<String, String>,
    hashes: HashMap<String, String>,
}

fn read_key(
    field: &Field<'_>,
    teams: &[&str],
    models: &Names<'_>,
    seen: &mut Seen,
) -> Option<VirtualKey> {
    let section = field.section(
        &["id", "sha256", "team", "models"],
        &["rate_limits", "budgets", "expires"],
    )?;
    let id = section
        .required("id")
        .and_then(|field| read_id(&field, &mut seen.ids));
    let sha256 = section.required("sha256");
    let sha256 = sha256.and_then(|field| read_sha256(&field, &mut seen.hashes));
    let team = section
        .optional("team")
        .and_then(|field| read_team(&field, teams));
    let models = section
        .optional("models")
        .map(|field| read_models(&field, models));
    Some(VirtualKey {
        id: id?,
        sha256: sha256?,
        team,
        models,
        organization: None,
        expires: None,
        counters: Vec::new(),
    })
}

fn read_id(field: &Field<'_>, seen: &mut HashMap<String, String>) -> Option<String> {
    let id = field.text()?;
    if let Some(problem) = name::key_id_problem(id) {
        field.report(problem);
    }
    match seen.get(id) {
        Some(first) => field.report(format!("`{id}` is already the id of {first}")),
        None => {
            seen.insert(id.to_owned(), field.path().to_owned());
        }
    }
    Some(id.to_owned())
}

/// What stands here instead of a hash may be the key itself, and is not repeated.
fn read_sha256(field: &Field<'_>, seen: &mut HashMap<String, String>) -> Option<String> {
    let text = field.text()?;
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        field.report(
            "must be the SHA-256 of the key, 64 hexadecimal digits (`tidegate key new ID` prints \
             it); the key itself never stands in this file",
        );
        return None;
    }
    let hash = text.to_ascii_lowercase();
    if let Some(first) = seen.get(&hash) {
        field.report(format!("is the same key as {first}"));
    }
    seen.insert(hash.clone(), field.path().to_owned());
    Some(hash)
}

fn read_team(field: &Field<'_>, teams: &[&str]) -> Option<String> {
    let team = field.text()?;
    if !teams.contains(&team) {
        field.report_unknown("`teams` has no team", team, teams.iter().copied());
    }
    Some(team.to_owned())
}

fn read_models(field: &Field<'_>, models: &Names<'_>) -> Vec<String> {
    let items = field.items().unwrap_or_default();
    if items.is_empty() {
        field.report("a key that may use no model is of no use; without `models` it may use all");
    }
    let model = |item: &Field<'_>| models.resolve(item, item.text()?).map(str::to_owned);
    items.iter().filter_map(model).collect()
}
