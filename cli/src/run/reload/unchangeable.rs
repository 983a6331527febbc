//! What a gateway that runs cannot take.

use super::super::environment::Environment;
use super::super::preflight::missing_variables;
use crate::config::{Config, Sidecar};

/// The fields that need a restart and differ, each with the reason.
pub(super) fn fields(old: &Config, new: &Config) -> Vec<String> {
    let mut differ = vec![
        ("listen", old.listen != new.listen),
        ("listen.tls", old.tls != new.tls),
        ("admin", old.admin != new.admin),
        ("jwt", old.issuers != new.issuers),
        (
            "max_body_bytes",
            old.gateway.max_body_bytes != new.gateway.max_body_bytes,
        ),
        ("access_log", old.access_log != new.access_log),
        (
            "remote_images.max_bytes",
            old.max_image_bytes != new.max_image_bytes,
        ),
    ];
    match (&old.sidecar, &new.sidecar) {
        (Some(old), Some(new)) => differ.extend(of_sidecar(old, new)),
        (None, None) => {}
        (Some(_), None) => {
            return vec!["sidecar: it would end, which needs a restart".to_owned()];
        }
        (None, Some(_)) => {
            return vec![
                "sidecar: limits, budgets and a ledger want one, and it is started with the \
                 gateway: this needs a restart"
                    .to_owned(),
            ];
        }
    }
    let differ = differ.into_iter().filter(|(_, differs)| *differs);
    differ
        .map(|(field, _)| format!("{field}: a change of it needs a restart"))
        .collect()
}

fn of_sidecar(old: &Sidecar, new: &Sidecar) -> [(&'static str, bool); 7] {
    [
        ("sidecar.listen", old.listen != new.listen),
        ("sidecar.connect", old.connect != new.connect),
        ("sidecar.admin", old.admin != new.admin),
        (
            "sidecar.admin_token",
            old.token_variable() != new.token_variable(),
        ),
        ("redis", old.redis != new.redis),
        ("database", old.database != new.database),
        (
            "ledger.retention_days",
            old.retention_days != new.retention_days,
        ),
    ]
}

/// The variables that were not there at the start. `of_filter` are those that the filter can read.
pub(super) fn variables(
    new: &Config,
    of_filter: &[String],
    environment: &Environment,
) -> Vec<String> {
    let named = new.key_variables().into_iter();
    let unknown: Vec<_> = named
        .filter(|(variable, _)| !of_filter.iter().any(|known| known == variable))
        .collect();
    let is_unknown = |line: &String| {
        let variable = line.split(' ').next().unwrap_or_default();
        unknown.iter().any(|(unknown, _)| *unknown == variable)
    };
    let missing = missing_variables(new, environment).into_iter();
    let missing = missing.filter(|line| !is_unknown(line));
    let of_filter = unknown.iter().map(|(variable, users)| {
        let users = users.iter().map(|user| format!("providers.{user}.api_key"));
        let users = users.collect::<Vec<_>>().join(", ");
        format!(
            "{users}: the gateway was started without ${{{variable}}}, and one that runs gets no new \
             variables: this needs a restart"
        )
    });
    of_filter
        .chain(missing.map(|line| format!("{line}, and restart")))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config;

    const BASE: &str = "auth: none\n\
                        providers: {openai: {api_key: '${OPENAI_KEY}'}}\n\
                        models: {m: {provider: openai}}\n";

    fn with(more: &str) -> Config {
        config::parse(&format!("{BASE}{more}"), Path::new("/etc")).unwrap()
    }

    fn named(old: &str, new: &str) -> Vec<String> {
        let named = fields(&with(old), &with(new)).into_iter();
        named
            .map(|line| line.split(':').next().unwrap_or_default().to_owned())
            .collect()
    }

    #[test]
    fn each_field_that_differs_is_named() {
        assert_eq!(
            named(
                "listen: {port: 8001}\nledger: {retention_days: 30}\n",
                "listen: {port: 8002}\nledger: {retention_days: 31}\nredis: {url: 'redis://r:1'}\n\
                 access_log: false\n"
            ),
            ["listen", "access_log", "redis", "ledger.retention_days"]
        );
        assert_eq!(named("", "cooldowns: \"off\"\n"), [""; 0]);
    }

    #[test]
    fn a_sidecar_neither_comes_nor_goes() {
        let sidecar = "ledger: {retention_days: 30}\n";
        assert_eq!(named("", sidecar), ["sidecar"]);
        assert_eq!(named(sidecar, ""), ["sidecar"]);
    }

    #[test]
    fn a_variable_that_is_new_to_the_filter_is_named_once() {
        let variables = |known: &[String]| variables(&with(""), known, &Environment::default());
        let new = variables(&[]);
        assert_eq!(new.len(), 1, "{new:?}");
        let line = new.concat();
        assert!(line.starts_with("providers.openai.api_key: "), "{line}");
        assert!(line.contains("${OPENAI_KEY}"), "{line}");
        let not_set = variables(&["OPENAI_KEY".to_owned()]).concat();
        assert!(not_set.starts_with("OPENAI_KEY is not set"), "{not_set}");
    }
}
