//! Reads `sidecar.json`. Secrets come from the environment: `${NAME}` in a URL.

use std::path::Path;

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};
use tidegate::config::sidecar::{Database, SidecarConfig};

/// Reads and checks the file; returns its SHA-256 in hexadecimal, too. Errors name the field by its
/// path, and never show a value from the environment.
pub fn read(path: &Path) -> anyhow::Result<(SidecarConfig, String)> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let config = parse(&text, |name| std::env::var(name).ok());
    let config = config.with_context(|| path.display().to_string())?;
    let digest = Sha256::digest(&text);
    let hash = digest.iter().map(|byte| format!("{byte:02x}"));
    Ok((config, hash.collect()))
}

fn parse(text: &str, lookup: impl Fn(&str) -> Option<String>) -> anyhow::Result<SidecarConfig> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let mut config: SidecarConfig = serde_path_to_error::deserialize(&mut reader)?;
    reader.end()?;
    if let Some(url) = &mut config.redis {
        *url = expand(url, &lookup).context("redis")?;
    }
    if let Database::Postgres(url) = &mut config.database {
        *url = expand(url, &lookup).context("database.postgres")?;
    }
    for (place, alert) in config.alerts.iter_mut().enumerate() {
        let field = || format!("alerts[{place}].webhook");
        alert.webhook = expand(&alert.webhook, &lookup).with_context(field)?;
    }
    for (place, alert) in config.key_alerts.iter_mut().enumerate() {
        let field = || format!("key_alerts[{place}].webhook");
        alert.webhook = expand(&alert.webhook, &lookup).with_context(field)?;
    }
    Ok(config)
}

/// Puts variables of the environment in the place of `${NAME}`.
fn expand(text: &str, lookup: impl Fn(&str) -> Option<String>) -> anyhow::Result<String> {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${") {
        let (name, after) = behind.split_once('}').context("`${` without `}`")?;
        let value = lookup(name).filter(|value| !value.is_empty());
        let value = value.with_context(|| format!("environment variable {name} is not set"))?;
        expanded.push_str(before);
        expanded.push_str(&value);
        rest = after;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(name: &str) -> Option<String> {
        (name == "REDIS_PASSWORD").then(|| "s3cret".to_owned())
    }

    fn config(extra: &str) -> String {
        let fixed = r#""listen": {"unix": "/run/tidegate.sock"}, "admin": "127.0.0.1:9902",
            "admin_token_env": "TOKEN", "counters": [], "retention_days": 30"#;
        format!("{{{fixed}, {extra}}}")
    }

    fn error_of(text: &str) -> String {
        let error = parse(text, environment).unwrap_err();
        format!("{error:#}")
    }

    #[test]
    fn variables_are_put_in() {
        let text = config(
            r#""database": {"sqlite": "l.db"}, "redis": "redis://:${REDIS_PASSWORD}@r:1/${REDIS_PASSWORD}""#,
        );
        let url = parse(&text, environment).unwrap().redis.unwrap();
        assert_eq!(url, "redis://:s3cret@r:1/s3cret");
    }

    #[test]
    fn a_missing_variable_is_named_with_its_field() {
        let text = config(r#""database": {"postgres": "postgresql://u:${PG}@db/x"}"#);
        let error = error_of(&text);
        assert_eq!(
            error,
            "database.postgres: environment variable PG is not set"
        );
    }

    #[test]
    fn an_open_brace_is_an_error() {
        let text = config(r#""database": {"sqlite": "l.db"}, "redis": "redis://${A""#);
        assert_eq!(error_of(&text), "redis: `${` without `}`");
    }

    #[test]
    fn unknown_fields_and_wrong_values_are_named_by_their_path() {
        let text = config(r#""database": {"sqlite": "l.db"}, "redes": "x""#);
        assert!(error_of(&text).contains("unknown field `redes`"));
        let counter = r#"{"id": "a", "scope": {"kind": "key", "name": "a"}, "measure": "requests",
            "limit": -1, "window": {"sliding": 60000}, "on_unavailable": "allow"}"#;
        let text =
            config(r#""database": {"sqlite": "l.db"}"#).replace("[]", &format!("[{counter}]"));
        assert!(
            error_of(&text).starts_with("counters[0].limit: "),
            "{}",
            error_of(&text)
        );
    }

    #[test]
    fn an_error_does_not_show_what_came_from_the_environment() {
        let text = config(r#""database": {"sqlite": "l.db"}, "redis": "${REDIS_PASSWORD}${NO}""#);
        assert!(!error_of(&text).contains("s3cret"));
    }
}
