//! A provider's base URL, taken apart into what Envoy needs and what the filter needs.

use std::net::IpAddr;

use http::Uri;

/// A base URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BaseUrl {
    pub(crate) https: bool,
    pub(crate) host: Host,
    pub(crate) port: u16,
    /// Value of `:authority`: the port is left out where it is the scheme's own.
    pub(crate) authority: String,
    /// Without a trailing slash; may be empty.
    pub(crate) path: String,
}

/// Where a provider is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Host {
    /// A name to be resolved.
    Name(String),
    /// An address.
    Ip(IpAddr),
}

/// Takes a base URL apart.
///
/// # Errors
/// What is wrong, as the end of a sentence that begins with the field's path.
pub(crate) fn parse(text: &str) -> Result<BaseUrl, String> {
    if text.contains('@') {
        return Err("must not hold a user name or password; the key goes to `api_key`".to_owned());
    }
    if text.contains(['?', '#']) {
        return Err("must end with the path: no `?` or `#`".to_owned());
    }
    let uri: Uri = text.parse().map_err(|_| not_a_url(text))?;
    let https = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => false,
        _ => return Err(not_a_url(text)),
    };
    let authority = uri.authority().ok_or_else(|| not_a_url(text))?;
    let host = parse_host(authority.host()).ok_or_else(|| not_a_url(text))?;
    let own_port = if https { 443 } else { 80 };
    let port = match authority.as_str().strip_prefix(authority.host()) {
        Some("") => own_port,
        _ => authority
            .port_u16()
            .filter(|port| *port > 0)
            .ok_or_else(|| not_a_url(text))?,
    };
    let suffix = if port == own_port {
        String::new()
    } else {
        format!(":{port}")
    };
    Ok(BaseUrl {
        https,
        host,
        port,
        authority: format!("{}{suffix}", authority.host().to_ascii_lowercase()),
        path: uri.path().trim_end_matches('/').to_owned(),
    })
}

fn not_a_url(text: &str) -> String {
    format!("must be a URL such as `https://api.example.com/v1`, not `{text}`")
}

fn parse_host(host: &str) -> Option<Host> {
    if let Some(address) = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        return address.parse().ok().map(IpAddr::V6).map(Host::Ip);
    }
    if let Ok(address) = host.parse() {
        return Some(Host::Ip(IpAddr::V4(address)));
    }
    let label = |label: &str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        !label.is_empty() && label.len() <= 63 && label.chars().all(allowed)
    };
    // All digits in the last label: an address with a typing error, never a name.
    let numeric = host.rsplit('.').next()?.bytes().all(|b| b.is_ascii_digit());
    let valid = !numeric && host.len() <= 253 && host.split('.').all(label);
    valid.then(|| Host::Name(host.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let url = parse("https://API.openai.com/v1/").unwrap();
        assert_eq!(url.host, Host::Name("api.openai.com".to_owned()));
        assert_eq!((url.https, url.port), (true, 443));
        assert_eq!(
            (url.authority.as_str(), url.path.as_str()),
            ("api.openai.com", "/v1")
        );

        let url = parse("http://127.0.0.1:8000").unwrap();
        assert_eq!(url.host, Host::Ip([127, 0, 0, 1].into()));
        assert_eq!((url.https, url.port), (false, 8000));
        assert_eq!(
            (url.authority.as_str(), url.path.as_str()),
            ("127.0.0.1:8000", "")
        );

        let url = parse("http://[::1]:80/openai/v1").unwrap();
        assert_eq!(
            url.host,
            Host::Ip(IpAddr::V6(std::net::Ipv6Addr::LOCALHOST))
        );
        assert_eq!(
            (url.authority.as_str(), url.path.as_str()),
            ("[::1]", "/openai/v1")
        );
    }

    #[test]
    fn what_is_no_base_url_is_refused() {
        for wrong in [
            "",
            "api.openai.com",
            "api.openai.com/v1",
            "ftp://host/v1",
            "https://",
            "https:///v1",
            "https://host:0/v1",
            "https://host:/v1",
            "https://host:99999/v1",
            "https://ho st/v1",
            "https://ho%20st/v1",
            "https://-_-..com",
            "https://1.2.3.400/v1",
            "https://[::g]/v1",
            "https://host/v1?key=1",
            "https://host/v1#here",
            "https://user:secret@host/v1",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
