//! Addresses to listen on.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::field::{Field, Section};

/// This port, for this machine only.
pub(super) fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

/// `{address: 127.0.0.1, port: 8080}`; what is not said, or the section as a whole, is as in
/// [`loopback`].
pub(super) fn read(parent: &Section<'_>, name: &str, default_port: u16) -> Option<SocketAddr> {
    read_beside(parent, name, default_port, &[])
}

/// The same, in a section that has other fields too.
pub(super) fn read_beside(
    parent: &Section<'_>,
    name: &str,
    default_port: u16,
    others: &[&str],
) -> Option<SocketAddr> {
    let default = loopback(default_port);
    let Some(field) = parent.optional(name) else {
        return Some(default);
    };
    let section = field.section(&[&["address", "port"], others].concat(), &[])?;
    let address = section.optional("address");
    let address = address.map_or(Some(default.ip()), |field| read_ip(&field));
    let port = section.optional("port");
    let port = port.map_or(Some(default_port), |field| {
        u16::try_from(field.integer(1..=65_535)?).ok()
    });
    Some(SocketAddr::new(address?, port?))
}

fn read_ip(field: &Field<'_>) -> Option<IpAddr> {
    let parsed = field.text()?.parse().ok();
    if parsed.is_none() {
        field.report(
            "must be an IP address, such as `127.0.0.1`; `0.0.0.0` or `::` are all addresses",
        );
    }
    parsed
}

/// Reports each address that another one, further up in the list, has taken already.
pub(super) fn report_overlaps(root: &Section<'_>, used: &[(&str, Option<SocketAddr>)]) {
    for (index, (name, address)) in used.iter().enumerate() {
        let earlier = used.iter().take(index);
        let clash = earlier
            .filter(|(_, other)| address.zip(*other).is_some_and(|(a, b)| overlap(a, b)))
            .map(|(other, _)| *other)
            .next();
        if let (Some(other), Some(address)) = (clash, address) {
            let place = lookup(root, name);
            let place = place.or_else(|| lookup(root, other));
            let place = place.unwrap_or_else(|| root.field().clone());
            let port = address.port();
            place.report(format!("`{other}` and `{name}` both want port {port}"));
        }
    }
}

/// A field of a field, such as `sidecar.admin`.
fn lookup<'a>(root: &Section<'a>, path: &str) -> Option<Field<'a>> {
    let mut names = path.split('.');
    let first = root.optional(names.next()?);
    names.fold(first, |field, name| field?.lookup(name))
}

fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let same_ip =
        one.ip() == other.ip() || one.ip().is_unspecified() || other.ip().is_unspecified();
    same_ip && one.port() == other.port()
}
