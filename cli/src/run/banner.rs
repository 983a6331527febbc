//! What a person is told once the gateway serves.

use std::net::SocketAddr;

use tidegate::config::runtime::Auth;
use tidegate::config::sidecar::{Database, SidecarConfig};

use super::demo::Demo;
use super::reachable;
use crate::config::Config;
use crate::output;

/// Says where to send requests, with a line to copy.
pub(super) fn print(config: &Config, sidecar: Option<&SidecarConfig>, demo: Option<&Demo>) {
    let published = Published {
        clients: reachable(config.listen),
        admin: sidecar.map(|sidecar| reachable(sidecar.admin)),
        envoy: Some(reachable(config.admin)),
    };
    output::note(text(config, &published, sidecar, demo));
}

/// Where the gateway's parts are reached from the machine on which the banner is read.
#[derive(Debug, Clone)]
pub(crate) struct Published {
    /// For clients.
    pub(crate) clients: SocketAddr,
    /// The sidecar's admin API.
    pub(crate) admin: Option<SocketAddr>,
    /// Envoy's own interface.
    pub(crate) envoy: Option<SocketAddr>,
}

/// The banner of a gateway that runs elsewhere.
pub(crate) fn text_of(
    config: &Config,
    sidecar: Option<&SidecarConfig>,
    published: &Published,
) -> String {
    text(config, published, sidecar, None)
}

fn text(
    config: &Config,
    published: &Published,
    sidecar: Option<&SidecarConfig>,
    demo: Option<&Demo>,
) -> String {
    let scheme = if config.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let base_url = format!("{scheme}://{}/v1", published.clients);
    let mut lines = vec![
        String::new(),
        format!("Tidegate serves {base_url}"),
        format!("  models   {}", models(config)),
        format!("  keys     {}", keys(config)),
    ];
    lines.extend(
        published
            .envoy
            .map(|envoy| format!("  Envoy    http://{envoy}")),
    );
    lines.push("  log      one JSON line a request, on stdout".to_owned());
    let limits = sidecar.map(|sidecar| limits(sidecar, published.admin));
    lines.extend(limits.into_iter().flatten());
    lines.extend(demo.map(Demo::story).into_iter().flatten());
    lines.push(String::new());
    lines.push("Try it:".to_owned());
    lines.push(curl(config, &base_url, demo));
    if let Some(demo) = demo {
        lines.push(String::new());
        lines.push(demo.next_step());
    }
    lines.push(String::new());
    lines.join("\n")
}

fn models(config: &Config) -> String {
    const SHOWN: usize = 12;
    let models = &config.gateway.models;
    let names = models.iter().map(|model| model.name.as_str());
    let shown = names.take(SHOWN).collect::<Vec<_>>().join(", ");
    match models.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn keys(config: &Config) -> String {
    match &config.gateway.auth {
        Auth::None => "none: everybody may come in (`auth: none`)".to_owned(),
        Auth::Keys(keys) if keys.is_empty() => {
            "none yet: `tidegate key create NAME` makes one".to_owned()
        }
        Auth::Keys(keys) => {
            let ids: Vec<_> = keys.iter().map(|key| key.id.as_str()).take(12).collect();
            ids.join(", ")
        }
    }
}

/// What is counted, with what, and where rows are kept. URLs may hold more than is good to print.
fn limits(sidecar: &SidecarConfig, admin: Option<SocketAddr>) -> Vec<String> {
    let store = match &sidecar.redis {
        Some(_) => "in Redis",
        None => "in the sidecar's memory, for this gateway only",
    };
    let ledger = match &sidecar.database {
        Database::Sqlite(file) => file.display().to_string(),
        Database::Postgres(_) => "PostgreSQL".to_owned(),
    };
    let (count, days) = (sidecar.counters.len(), sidecar.retention_days);
    let token = &sidecar.admin_token_env;
    let mut lines = vec![
        format!("  limits   {count}, counted {store}"),
        format!("  ledger   {ledger}, kept for {days} days"),
    ];
    lines.extend(admin.map(|at| format!("  usage    http://{at}, with the token in {token}")));
    lines
}

fn curl(config: &Config, base_url: &str, demo: Option<&Demo>) -> String {
    let key = match (&config.gateway.auth, demo) {
        (Auth::None, _) => None,
        (_, Some(demo)) => Some(demo.key()),
        (_, None) => Some("$TIDEGATE_KEY"),
    };
    let key = key.map(|key| format!("    -H \"authorization: Bearer {key}\" \\\n"));
    let model = config.gateway.models.first();
    let model = model.map_or("", |model| model.name.as_str());
    format!(
        "  curl {base_url}/chat/completions \\\n{}    -H 'content-type: application/json' \\\n    \
         -d '{{\"model\": \"{model}\", \"messages\": [{{\"role\": \"user\", \"content\": \"Say hello\"}}]}}'",
        key.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    fn banner(yaml: &str) -> String {
        let config = config::parse(yaml, std::path::Path::new("")).unwrap();
        let published = Published {
            clients: reachable(config.listen),
            admin: None,
            envoy: None,
        };
        text(&config, &published, None, None)
    }

    #[test]
    fn the_banner_names_the_address_the_models_and_a_line_to_copy() {
        let text = banner(
            "listen: {address: 0.0.0.0, port: 8123}\n\
             providers: {openai: {api_key: '${K}'}}\n\
             models: {small: {provider: openai, model: gpt-x}, big: {provider: openai}}\n\
             auth: none\n",
        );
        assert!(
            text.contains("Tidegate serves http://127.0.0.1:8123/v1"),
            "{text}"
        );
        assert!(text.contains("small, big"), "{text}");
        assert!(
            text.contains("curl http://127.0.0.1:8123/v1/chat/completions"),
            "{text}"
        );
        assert!(text.contains("\"model\": \"small\""), "{text}");
        assert!(!text.contains("Bearer"), "{text}");
    }

    #[test]
    fn with_keys_the_line_shows_where_the_key_goes() {
        let hash = "0".repeat(64);
        let text = banner(&format!(
            "providers: {{openai: {{api_key: '${{K}}'}}}}\n\
             models: {{m: {{provider: openai}}}}\n\
             keys: [{{id: dev, sha256: \"{hash}\"}}]\n"
        ));
        assert!(text.contains("Bearer $TIDEGATE_KEY"), "{text}");
        assert!(!text.contains(&hash), "{text}");
    }
}
