//! What is between two configurations: both of them, as far as requests may need either.

use std::collections::HashSet;

use tokio::time::Instant;

use crate::config::{Config, ImageHost, Profile, Provider};

/// A configuration, and what another one has beside it. Where both have something of the same name, it
/// is the first one's.
pub(super) fn beside(first: &Config, second: &Config) -> Config {
    let mut both = first.clone();
    add(&mut both.providers, &second.providers, name_of_provider);
    add(&mut both.profiles, &second.profiles, name_of_profile);
    add(&mut both.image_hosts, &second.image_hosts, name_of_host);
    // The routes have as many retries as the longest plan of either wants.
    if second.gateway.longest_plan() > both.gateway.longest_plan() {
        both.gateway = second.gateway.clone();
    }
    both
}

/// Providers and hosts that are in no configuration any more, as long as requests may still be led to
/// them.
#[derive(Debug, Default)]
pub(super) struct Leaving {
    providers: Vec<(Provider, Instant)>,
    image_hosts: Vec<(ImageHost, Instant)>,
}

impl Leaving {
    /// One configuration has taken another one's place. What is only in the old one leaves at `until`;
    /// what is back stays.
    pub(super) fn changed(&mut self, old: &Config, new: &Config, until: Instant) {
        leave(
            &mut self.providers,
            (&old.providers, &new.providers),
            until,
            name_of_provider,
        );
        leave(
            &mut self.image_hosts,
            (&old.image_hosts, &new.image_hosts),
            until,
            name_of_host,
        );
    }

    /// A configuration with all of them.
    pub(super) fn with(&self, config: &Config) -> Config {
        let mut all = config.clone();
        let providers: Vec<_> = self.providers.iter().map(|(it, _)| it.clone()).collect();
        let hosts: Vec<_> = self.image_hosts.iter().map(|(it, _)| it.clone()).collect();
        add(&mut all.providers, &providers, name_of_provider);
        add(&mut all.image_hosts, &hosts, name_of_host);
        all
    }

    /// When the first of them leaves.
    pub(super) fn next(&self) -> Option<Instant> {
        let providers = self.providers.iter().map(|(_, until)| *until);
        let hosts = self.image_hosts.iter().map(|(_, until)| *until);
        providers.chain(hosts).min()
    }

    /// Forgets those whose time has come.
    pub(super) fn forget(&mut self, now: Instant) {
        self.providers.retain(|(_, until)| *until > now);
        self.image_hosts.retain(|(_, until)| *until > now);
    }
}

fn name_of_provider(provider: &Provider) -> &str {
    &provider.filter.name
}

fn name_of_profile(profile: &Profile) -> &str {
    &profile.name
}

fn name_of_host(host: &ImageHost) -> &str {
    &host.authority
}

fn add<T: Clone>(to: &mut Vec<T>, from: &[T], name: fn(&T) -> &str) {
    let known: HashSet<String> = to.iter().map(|it| name(it).to_owned()).collect();
    to.extend(from.iter().filter(|it| !known.contains(name(it))).cloned());
}

fn leave<T: Clone>(
    leaving: &mut Vec<(T, Instant)>,
    (old, new): (&[T], &[T]),
    until: Instant,
    name: fn(&T) -> &str,
) {
    let is_there = |it: &T| new.iter().any(|there| name(there) == name(it));
    leaving.retain(|(it, _)| !is_there(it));
    let gone = old.iter().filter(|it| !is_there(it));
    leaving.extend(gone.map(|it| (it.clone(), until)));
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::*;
    use crate::config;

    /// Providers by name and port, each with a model that has a set of timeouts.
    fn config(providers: &[(&str, u16)]) -> Config {
        let lines = |line: &dyn Fn(&str, u16) -> String| {
            let lines = providers.iter().map(|(name, port)| line(name, *port));
            lines.collect::<String>()
        };
        let text = format!(
            "auth: none\nproviders:\n{}models:\n{}",
            lines(&|name, port| format!(
                "  {name}: {{kind: openai, base_url: \"http://127.0.0.1:{port}\"}}\n"
            )),
            lines(&|name, _| format!(
                "  of-{name}: {{provider: {name}, timeouts: {{total: 700s}}}}\n"
            )),
        );
        config::parse(&text, Path::new("")).unwrap()
    }

    fn ports(config: &Config) -> Vec<(&str, u16)> {
        let providers = config.providers.iter();
        providers
            .map(|provider| (provider.filter.name.as_str(), provider.port))
            .collect()
    }

    #[test]
    fn both_have_what_either_has_and_the_first_one_decides() {
        let both = beside(
            &config(&[("a", 1), ("b", 2)]),
            &config(&[("b", 3), ("c", 4)]),
        );
        assert_eq!(ports(&both), [("a", 1), ("b", 2), ("c", 4)]);
        let names: Vec<_> = both.profiles.iter().map(name_of_profile).collect();
        assert_eq!(names, ["default", "of-a", "of-b", "of-c"]);
    }

    #[test]
    fn what_is_gone_leaves_when_its_time_has_come() {
        let now = Instant::now();
        let soon = now + Duration::from_secs(5);
        let (old, new) = (config(&[("a", 1), ("b", 2)]), config(&[("b", 2)]));
        let mut leaving = Leaving::default();
        leaving.changed(&old, &new, soon);
        assert_eq!(leaving.next(), Some(soon));
        leaving.forget(now);
        assert_eq!(ports(&leaving.with(&new)), [("b", 2), ("a", 1)]);
        leaving.forget(soon);
        assert_eq!(ports(&leaving.with(&new)), [("b", 2)]);
        assert_eq!(leaving.next(), None);
    }

    #[test]
    fn what_is_back_stays_and_is_what_it_is_now() {
        let soon = Instant::now() + Duration::from_secs(5);
        let (old, new) = (config(&[("a", 1), ("b", 2)]), config(&[("b", 2)]));
        let again = config(&[("a", 9), ("b", 2)]);
        let mut leaving = Leaving::default();
        leaving.changed(&old, &new, soon);
        leaving.changed(&new, &again, soon);
        assert_eq!(leaving.next(), None);
        assert_eq!(ports(&leaving.with(&again)), [("a", 9), ("b", 2)]);
    }
}
