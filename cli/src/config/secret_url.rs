//! URLs with a secret in them: `${NAME}` stands for a variable of the sidecar's environment, and the
//! secret itself never stands in the file.

use super::field::Field;
use super::provider::is_variable;

/// What kind of URL is wanted.
#[derive(Debug)]
pub(super) struct Kind {
    /// Such as `redis://`.
    schemes: &'static [&'static str],
    /// A right one.
    example: &'static str,
}

pub(super) const REDIS: Kind = Kind {
    schemes: &["redis://", "rediss://"],
    example: "redis://:${REDIS_PASSWORD}@10.0.0.7:6379",
};

pub(super) const POSTGRES: Kind = Kind {
    schemes: &["postgresql://", "postgres://"],
    example: "postgresql://tidegate:${POSTGRES_PASSWORD}@10.0.0.8/tidegate",
};

pub(super) const WEBHOOK: Kind = Kind {
    schemes: &["https://", "http://"],
    example: "${ALERT_URL}",
};

/// Reads one. What is wrong in it may be a secret, and is not repeated.
pub(super) fn read(field: &Field<'_>, kind: &Kind) -> Option<String> {
    let text = field.text()?;
    let example = kind.example;
    let problem = if variables(text).is_none() {
        "has a `${` that is not the beginning of `${NAME}`, with the name of a variable".to_owned()
    } else if !is_url(text, kind.schemes) {
        format!("must be a URL such as `{example}`")
    } else if holds_password(text) {
        format!(
            "holds a password: this file is not secret. Write `${{NAME}}` in its place, as in \
             `{example}`, and put the password into the sidecar's environment"
        )
    } else {
        return Some(text.to_owned());
    };
    field.report(problem);
    None
}

/// The variables in a text; `None` where a `${` begins none.
pub(super) fn variables(text: &str) -> Option<Vec<&str>> {
    let after = text.split("${").skip(1);
    after.map(variable_in_front).collect()
}

fn variable_in_front(text: &str) -> Option<&str> {
    let (name, _) = text.split_once('}')?;
    is_variable(name).then_some(name)
}

/// Either the URL is a variable as a whole, or it begins like one and has a host.
fn is_url(text: &str, schemes: &[&str]) -> bool {
    let graphic = text.bytes().all(|b| b.is_ascii_graphic());
    let rest = schemes.iter().find_map(|scheme| text.strip_prefix(scheme));
    let has_host = rest.is_some_and(|rest| {
        let host = rest.rsplit('@').next().unwrap_or(rest);
        !host.is_empty() && !host.starts_with(['/', ':', '?', '#'])
    });
    graphic && (has_host || is_one_variable(text))
}

fn holds_password(text: &str) -> bool {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
    let user = before.rsplit_once('@').map(|(user, _)| user);
    let password = user.and_then(|user| user.split_once(':'));
    let in_user = password.is_some_and(|(_, password)| is_plain(password));
    let in_query = query.split('&').any(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        matches!(name, "password" | "pass" | "sslpassword") && is_plain(value)
    });
    in_user || in_query
}

fn is_plain(secret: &str) -> bool {
    !secret.is_empty() && !is_one_variable(secret)
}

fn is_one_variable(text: &str) -> bool {
    let name = text
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'));
    name.is_some_and(is_variable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_found_and_broken_ones_too() {
        assert_eq!(variables("a${B}c${D_1}"), Some(vec!["B", "D_1"]));
        assert_eq!(variables("no $VARIABLE here"), Some(vec![]));
        for broken in ["${", "${}", "${A", "${A-B}", "${1}", "${A${B}}"] {
            assert_eq!(variables(broken), None, "{broken}");
        }
    }

    #[test]
    fn a_password_is_known_wherever_it_stands() {
        for with in [
            "redis://:secret@host:6379",
            "redis://user:secret@host",
            "redis://:se@cret@host",
            "redis://:se/cret@host",
            "redis://:${A}b@host",
            "redis://:${A}${B}@host",
            "postgresql://host/db?sslmode=require&password=secret",
        ] {
            assert!(holds_password(with), "{with}");
        }
        for without in [
            "redis://host:6379/0",
            "redis://:${REDIS_PASSWORD}@host:6379",
            "postgresql://user@host:5432/db",
            "postgresql://user:${P}@host/db?password=${P}",
            "https://hooks.example.com/services/x",
            "${URL}",
        ] {
            assert!(!holds_password(without), "{without}");
        }
    }

    #[test]
    fn a_url_has_a_scheme_that_fits_and_a_host() {
        for wrong in [
            "host:6379",
            "redis://",
            "redis://:${P}@",
            "http://host",
            "redis:///0",
            "redis://a b",
        ] {
            assert!(!is_url(wrong, REDIS.schemes), "{wrong}");
        }
        for right in [
            "${REDIS_URL}",
            "redis://h",
            "rediss://:${P}@h:1/0",
            "redis://${HOST}:6379",
            "redis://[::1]",
        ] {
            assert!(is_url(right, REDIS.schemes), "{right}");
        }
    }
}
