//! `sidecar`, `redis`, `database`, `ledger`: what limits are counted with and where rows are kept.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use tidegate::config::limits::Limit;
use tidegate::config::sidecar::{Alert, Database, KeyAlert, Listen, Team};

use super::base_url::{self, Host};
use super::field::{Field, Section};
use super::provider::read_variable;
use super::{address, secret_url};

/// Sections that want a sidecar, whatever they hold.
const SECTIONS: [&str; 4] = ["sidecar", "redis", "database", "ledger"];

const ADMIN_PORT: u16 = 9902;
const ADMIN_TOKEN: &str = "TIDEGATE_ADMIN_TOKEN";
const RETENTION_DAYS: u32 = 90;

/// What the file says about the sidecar. What is absent has its place from who renders or runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sidecar {
    /// Where the filter's calls come in.
    pub(crate) listen: Option<Listen>,
    /// Where Envoy finds it, where that is not the address on which it listens.
    pub(crate) connect: Option<(Host, u16)>,
    /// Where the admin API listens.
    pub(crate) admin: SocketAddr,
    /// The variable that holds the admin API's token, where the file names one.
    pub(crate) admin_token_env: Option<String>,
    /// URL of a Redis.
    pub(crate) redis: Option<String>,
    /// Where rows and keys are kept.
    pub(crate) database: Option<Database>,
    /// How long rows are kept, in days.
    pub(crate) retention_days: u32,
    /// Soft thresholds of budgets.
    pub(crate) alerts: Vec<Alert>,
    /// Those of budgets in `key_defaults`.
    pub(crate) key_alerts: Vec<KeyAlert>,
    /// All teams.
    pub(crate) teams: Vec<Team>,
    /// Limits of the admin API's keys that have none of their own.
    pub(crate) key_defaults: Vec<Limit>,
    /// What keys have for people, by their ids.
    pub(crate) metadata: Metadata,
}

/// By key's id, then by name.
pub(crate) type Metadata = BTreeMap<String, BTreeMap<String, String>>;

impl Sidecar {
    /// The variable that holds the admin API's token.
    pub(crate) fn token_variable(&self) -> &str {
        self.admin_token_env.as_deref().unwrap_or(ADMIN_TOKEN)
    }

    /// The variables that have to be there, each with the field that names it.
    pub(super) fn variables(&self) -> Vec<(&str, &'static str)> {
        let token = self.admin_token_env.as_deref();
        let mut found: Vec<_> = token
            .map(|name| (name, "sidecar.admin_token"))
            .into_iter()
            .collect();
        let mut add = |url, field| {
            let variables = secret_url::variables(url).unwrap_or_default();
            found.extend(variables.into_iter().map(|variable| (variable, field)));
        };
        if let Some(url) = &self.redis {
            add(url, "redis.url");
        }
        if let Some(Database::Postgres(url)) = &self.database {
            add(url, "database.url");
        }
        let of_keys = self.key_alerts.iter().map(|alert| &alert.webhook);
        for webhook in self
            .alerts
            .iter()
            .map(|alert| &alert.webhook)
            .chain(of_keys)
        {
            add(webhook, "a budget's webhook");
        }
        found
    }
}

/// Whether the file has a section that wants one.
pub(super) fn is_wanted(root: &Section<'_>) -> bool {
    SECTIONS.iter().any(|name| root.optional(name).is_some())
}

/// Reads the sections; a mistake is reported and leaves its value out.
pub(super) fn read(root: &Section<'_>, directory: &Path) -> Sidecar {
    let mut sidecar = Sidecar {
        listen: None,
        connect: None,
        admin: address::loopback(ADMIN_PORT),
        admin_token_env: None,
        redis: root.optional("redis").and_then(|field| read_redis(&field)),
        database: root
            .optional("database")
            .and_then(|field| read_database(&field, directory)),
        retention_days: root
            .optional("ledger")
            .and_then(|field| read_ledger(&field))
            .unwrap_or(RETENTION_DAYS),
        alerts: Vec::new(),
        key_alerts: Vec::new(),
        teams: Vec::new(),
        key_defaults: Vec::new(),
        metadata: Metadata::new(),
    };
    let own = root.optional("sidecar").filter(|field| !field.is_null());
    let known = ["listen", "connect", "admin", "admin_token"];
    if let Some(section) = own.and_then(|field| field.section(&known, &[])) {
        read_own(&section, directory, &mut sidecar);
    }
    sidecar
}

fn read_own(section: &Section<'_>, directory: &Path, sidecar: &mut Sidecar) {
    let listen = section.optional("listen");
    let is_said = listen.is_some();
    sidecar.listen = listen.and_then(|field| read_listen(&field, directory));
    if let Some(field) = section.optional("connect") {
        sidecar.connect = read_connect(&field);
        let is_socket = matches!(sidecar.listen, Some(Listen::Unix(_))) || !is_said;
        if is_socket {
            field.report(
                "is for a sidecar that listens on an address: add `listen: \"0.0.0.0:9903\"`",
            );
        }
    }
    if let Some(admin) = address::read(section, "admin", ADMIN_PORT) {
        sidecar.admin = admin;
    }
    let token = section.optional("admin_token");
    sidecar.admin_token_env =
        token.and_then(|field| read_variable(&field, "${TIDEGATE_ADMIN_TOKEN}", "the sidecar"));
}

/// A path or an address with its port.
fn read_listen(field: &Field<'_>, directory: &Path) -> Option<Listen> {
    let text = field.text()?;
    if let Ok(address) = text.parse() {
        return Some(Listen::Tcp(address));
    }
    if !text.contains('/') {
        field.report(format!(
            "must be the path of a socket, such as `/run/tidegate/sidecar.sock`, or an address with \
             its port, such as `0.0.0.0:9903`, not `{text}`"
        ));
        return None;
    }
    let path = directory.join(text);
    // The kernel's limit for the address of a socket is 108 bytes, the final zero included.
    if path.as_os_str().len() > 107 {
        field.report("is too long for a socket: at most 107 bytes, the directory included");
    }
    Some(Listen::Unix(path))
}

/// `sidecar:9903`.
fn read_connect(field: &Field<'_>) -> Option<(Host, u16)> {
    let text = field.text()?;
    let has_port = text
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    match base_url::parse(&format!("http://{text}")) {
        Ok(url) if has_port && !text.contains('/') => Some((url.host, url.port)),
        _ => {
            field.report(format!(
                "must be a host with its port, such as `sidecar:9903`, not `{text}`"
            ));
            None
        }
    }
}

fn read_redis(field: &Field<'_>) -> Option<String> {
    let section = field.section(&["url"], &[])?;
    secret_url::read(&section.required("url")?, &secret_url::REDIS)
}

/// A URL of PostgreSQL, or a file.
fn read_database(field: &Field<'_>, directory: &Path) -> Option<Database> {
    let url = field.section(&["url"], &[])?.required("url")?;
    let text = url.text()?;
    let file = text
        .strip_prefix("sqlite://")
        .or_else(|| text.strip_prefix("sqlite:"));
    match file {
        Some(path) if path.is_empty() || path.contains(['?', '$']) => {
            url.report("must be a file, such as `sqlite:/var/lib/tidegate/tidegate.db`");
            None
        }
        Some(path) => Some(Database::Sqlite(directory.join(path))),
        None if text.contains("://") || text.contains("${") => {
            secret_url::read(&url, &secret_url::POSTGRES).map(Database::Postgres)
        }
        None => Some(Database::Sqlite(directory.join(text))),
    }
}

fn read_ledger(field: &Field<'_>) -> Option<u32> {
    if field.is_null() {
        return None;
    }
    let section = field.section(&["retention_days"], &[])?;
    u32::try_from(section.optional("retention_days")?.integer(1..=3650)?).ok()
}
