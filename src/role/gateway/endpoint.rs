//! Which of the gateway's endpoints a request is for.

use crate::chat::Operation;
use crate::headers::Headers;

/// What a request is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// `POST /v1/chat/completions` and its like: what a provider is asked for.
    Operation(Operation),
    /// `GET /v1/models`.
    Models,
    /// `GET /v1/models/NAME`.
    Model(String),
    /// `GET /healthz` and `GET /readyz`.
    Health,
    /// A path that exists, with another method.
    WrongMethod {
        /// The method that it takes.
        allowed: &'static str,
    },
    /// Anything else.
    Unknown,
}

impl Endpoint {
    /// Its name in the access log.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Operation(Operation::Chat) => "chat.completions",
            Self::Operation(Operation::Embeddings) => "embeddings",
            Self::Models | Self::Model(_) => "models",
            Self::Health => "health",
            Self::WrongMethod { .. } | Self::Unknown => "unknown",
        }
    }
}

/// The endpoint that these headers ask for.
pub(super) fn of(headers: &Headers) -> Endpoint {
    let method = headers.text(":method").unwrap_or_default();
    let path = headers.text(":path").unwrap_or_default();
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let (allowed, endpoint) = match path {
        "/v1/chat/completions" => ("POST", Endpoint::Operation(Operation::Chat)),
        "/v1/embeddings" => ("POST", Endpoint::Operation(Operation::Embeddings)),
        "/v1/models" => ("GET", Endpoint::Models),
        "/healthz" | "/readyz" => ("GET", Endpoint::Health),
        _ => match path.strip_prefix("/v1/models/") {
            Some(name) if !name.is_empty() => ("GET", Endpoint::Model(percent_decoded(name))),
            _ => return Endpoint::Unknown,
        },
    };
    let head_for_get = method == "HEAD" && allowed == "GET";
    if method == allowed || head_for_get {
        endpoint
    } else {
        Endpoint::WrongMethod { allowed }
    }
}

/// The query of the request's URL.
pub(super) fn query(headers: &Headers) -> Option<String> {
    let (_, query) = headers.text(":path")?.split_once('?')?;
    Some(query.to_owned()).filter(|query| !query.is_empty())
}

/// Decodes `%2F` and the like: SDKs escape the slash in a model's name. What is not a valid
/// escape stays.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let escaped = (*first == b'%').then(|| tail.get(..2)).flatten();
        let value = escaped
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match value {
            Some(value) => {
                bytes.push(value);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(method: &str, path: &str) -> Endpoint {
        let mut headers = Headers::default();
        headers.push(":method", method);
        headers.push(":path", path);
        of(&headers)
    }

    #[test]
    fn each_endpoint_is_known_with_and_without_a_query() {
        let chat = Endpoint::Operation(Operation::Chat);
        assert_eq!(endpoint("POST", "/v1/chat/completions"), chat);
        assert_eq!(endpoint("POST", "/v1/chat/completions?a=b"), chat);
        let embeddings = Endpoint::Operation(Operation::Embeddings);
        assert_eq!(endpoint("POST", "/v1/embeddings"), embeddings);
        assert_eq!(endpoint("GET", "/v1/models"), Endpoint::Models);
        assert_eq!(
            endpoint("GET", "/v1/models/a%2Fb"),
            Endpoint::Model("a/b".into())
        );
        assert_eq!(
            endpoint("GET", "/v1/models/a%2"),
            Endpoint::Model("a%2".into())
        );
        assert_eq!(endpoint("HEAD", "/healthz"), Endpoint::Health);
    }

    #[test]
    fn another_method_is_told_which_one_is_allowed() {
        let wrong = endpoint("GET", "/v1/chat/completions");
        assert_eq!(wrong, Endpoint::WrongMethod { allowed: "POST" });
    }

    #[test]
    fn anything_else_is_unknown() {
        for path in [
            "/",
            "/v1/chat/completions/",
            "/v1/embeddings/",
            "/v1/models/",
            "",
        ] {
            assert_eq!(endpoint("POST", path), Endpoint::Unknown, "{path}");
        }
    }
}
