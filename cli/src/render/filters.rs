//! The template's filters: how values are written in YAML.

use std::net::SocketAddr;

use minijinja::{Environment, Error, ErrorKind, Value};

pub(super) fn add(templates: &mut Environment<'_>) {
    templates.add_filter("quoted", |text: &str| quoted(text));
    templates.add_filter("address", address);
    templates.add_filter("endpoint", endpoint);
}

/// Every JSON string is a YAML string: it can be no boolean, number or comment by accident.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn socket_address(host: &str, port: u16) -> String {
    format!(
        "{{socket_address: {{address: {}, port_value: {port}}}}}",
        quoted(host)
    )
}

fn address(text: &str) -> Result<String, Error> {
    let address: SocketAddr = text
        .parse()
        .map_err(|_| Error::new(ErrorKind::InvalidOperation, "not an address"))?;
    Ok(socket_address(&address.ip().to_string(), address.port()))
}

fn endpoint(cluster: &Value) -> Result<String, Error> {
    let host = cluster.get_attr("host")?;
    let port = u16::try_from(cluster.get_attr("port")?)?;
    Ok(socket_address(host.as_str().unwrap_or_default(), port))
}
