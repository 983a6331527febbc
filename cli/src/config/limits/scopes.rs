//! Who can have limits: the whole gateway, organisations and teams. (Keys and models read theirs
//! where the rest of them is read.)

use tidegate::config::limits::ScopeKind;

use super::super::field::{Field, Section};
use super::super::name;
use super::{Counters, FIELDS, Limits};

/// `limits`: places of the counters of every request.
pub(in super::super) fn read_gateway(root: &Section<'_>, counters: &mut Counters) -> Vec<usize> {
    let section = root.optional("limits");
    let section = section.and_then(|field| field.section(&FIELDS, &[]));
    let limits = section.map(|section| Limits::read(&section));
    counters.add(ScopeKind::Gateway, "", &limits.unwrap_or_default())
}

/// `defaults`: of each key that says nothing else.
pub(in super::super) fn read_defaults(root: &Section<'_>) -> Limits {
    let section = root.optional("defaults");
    let section = section.and_then(|field| field.section(&FIELDS, &[]));
    section
        .map(|section| Limits::read(&section))
        .unwrap_or_default()
}

/// A team or an organisation.
#[derive(Debug)]
struct Group<'a> {
    name: &'a str,
    /// A team's organisation, where it has one.
    organization: Option<&'a str>,
    /// Places of its own counters.
    counters: Vec<usize>,
}

/// All teams and organisations.
#[derive(Debug, Default)]
pub(in super::super) struct Groups<'a> {
    teams: Vec<Group<'a>>,
    organizations: Vec<Group<'a>>,
}

/// What a key gets from its team.
#[derive(Debug, Default)]
pub(in super::super) struct Membership {
    pub(in super::super) team: Option<String>,
    pub(in super::super) organization: Option<String>,
    /// The team's counters, then the organisation's.
    pub(in super::super) counters: Vec<usize>,
}

impl<'a> Groups<'a> {
    /// A team's members: what `team` names; one that does not exist is reported.
    pub(in super::super) fn membership(&self, field: &Field<'_>) -> Membership {
        let Some(name) = field.text() else {
            return Membership::default();
        };
        let Some(team) = find(&self.teams, name) else {
            let names = self.teams.iter().map(|team| team.name);
            field.report_unknown("`teams` has no team", name, names);
            return Membership::default();
        };
        let organization = team.organization;
        let above = organization.and_then(|name| find(&self.organizations, name));
        let above = above.map(|group| group.counters.as_slice());
        Membership {
            team: Some(name.to_owned()),
            organization: organization.map(str::to_owned),
            counters: [team.counters.as_slice(), above.unwrap_or_default()].concat(),
        }
    }

    /// Each team and its organisation.
    pub(in super::super) fn teams(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> {
        self.teams.iter().map(|team| (team.name, team.organization))
    }
}

fn find<'g, 'a>(groups: &'g [Group<'a>], name: &str) -> Option<&'g Group<'a>> {
    groups.iter().find(|group| group.name == name)
}

/// `organizations` and `teams`.
pub(in super::super) fn read_groups<'a>(root: &Section<'a>, counters: &mut Counters) -> Groups<'a> {
    let entries = |name| {
        root.optional(name)
            .and_then(|field: Field<'a>| field.entries())
    };
    let mut groups = Groups::default();
    for (organization, field) in entries("organizations").unwrap_or_default() {
        name::short(&field, "an organization's name", organization);
        let group = read_group(organization, &field, ScopeKind::Organization, counters);
        groups.organizations.push(group);
    }
    for (team, field) in entries("teams").unwrap_or_default() {
        name::short(&field, "a team's name", team);
        let mut group = read_group(team, &field, ScopeKind::Team, counters);
        let said = field.lookup("organization");
        group.organization = said.and_then(|field| organization(&field, &groups.organizations));
        groups.teams.push(group);
    }
    groups
}

fn read_group<'a>(
    name: &'a str,
    field: &Field<'a>,
    kind: ScopeKind,
    counters: &mut Counters,
) -> Group<'a> {
    let mut known = vec!["description"];
    if kind == ScopeKind::Team {
        known.push("organization");
    }
    known.extend(FIELDS);
    let section = if field.is_null() {
        None
    } else {
        field.section(&known, &[])
    };
    if let Some(description) = section.as_ref().and_then(|s| s.optional("description")) {
        description.text();
    }
    let limits = section.map(|section| Limits::read(&section));
    Group {
        name,
        organization: None,
        counters: counters.add(kind, name, &limits.unwrap_or_default()),
    }
}

fn organization<'a>(field: &Field<'a>, organizations: &[Group<'a>]) -> Option<&'a str> {
    let name = field.text()?;
    if find(organizations, name).is_none() {
        let known = organizations.iter().map(|group| group.name);
        field.report_unknown("`organizations` has no organization", name, known);
    }
    Some(name)
}
