//! The template's filters: how values are written in YAML.

use std::net::SocketAddr;

use minijinja::{Environment, Error, ErrorKind, Value};

pub(super) fn add(templates: &mut Environment<'_>) {
    templates.add_filter("quoted", |text: &str| quoted(text));
    templates.add_filter("address", address);
    templates.add_filter("endpoint", endpoint);
}

/// Every JSON string is a YAML string: it can be no boolean, number or comment by accident.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn socket_address(host: &str, port: u16, more: &str) -> String {
    let host = quoted(host);
    format!("{{socket_address: {{address: {host}, port_value: {port}{more}}}}}")
}

fn address(text: &str) -> Result<String, Error> {
    let address: SocketAddr = text
        .parse()
        .map_err(|_| Error::new(ErrorKind::InvalidOperation, "not an address"))?;
    // Who says "all addresses" means IPv4 too.
    let all = address.is_ipv6() && address.ip().is_unspecified();
    let more = if all { ", ipv4_compat: true" } else { "" };
    Ok(socket_address(
        &address.ip().to_string(),
        address.port(),
        more,
    ))
}

fn endpoint(cluster: &Value) -> Result<String, Error> {
    let host = cluster.get_attr("host")?;
    let port = u16::try_from(cluster.get_attr("port")?)?;
    Ok(socket_address(host.as_str().unwrap_or_default(), port, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_leaves_no_way_out_of_the_string() {
        assert_eq!(quoted("a\"b\\c\nd: #"), r#""a\"b\\c\nd: #""#);
        assert_eq!(quoted("no"), "\"no\"");
    }

    #[test]
    fn all_addresses_are_those_of_ipv4_too() {
        assert!(address("[::]:80").unwrap().contains("ipv4_compat: true"));
        assert!(!address("[::1]:80").unwrap().contains("ipv4_compat"));
        assert!(!address("0.0.0.0:80").unwrap().contains("ipv4_compat"));
    }
}
