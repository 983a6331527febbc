//! The admin API of a sidecar.

use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use http::{Method, Request, StatusCode, Uri};
use http_body_util::Full;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::exchange::exchange;
use crate::run::Environment;

/// A database that is away is answered for by then.
const PATIENCE: Duration = Duration::from_secs(15);
const TOKEN: &str = "TIDEGATE_ADMIN_TOKEN";

/// Where it is, and what lets us in.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Admin {
    /// The admin API.
    #[arg(
        long = "admin",
        value_name = "URL",
        env = "TIDEGATE_ADMIN_URL",
        default_value = "http://127.0.0.1:9902"
    )]
    url: Uri,
    /// Its token [default: TIDEGATE_ADMIN_TOKEN in the environment or in .env]
    #[arg(long, value_name = "TOKEN", hide_env_values = true)]
    token: Option<String>,
}

impl Admin {
    /// Asks for something.
    ///
    /// # Errors
    /// Where nobody answers, or says no: then with what it says.
    pub(super) fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime.context("cannot start the runtime")?;
        let answer = runtime.block_on(async {
            let answer = timeout(PATIENCE, self.ask(method, path, body)).await;
            answer.with_context(|| format!("{} is silent", self.url))?
        });
        let (status, body) = answer?;
        let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
        if status.is_success() {
            return Ok(json);
        }
        Err(refusal(status, &json))
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<(StatusCode, Bytes)> {
        anyhow::ensure!(
            self.url.scheme_str() == Some("http"),
            "--admin must be a URL that begins with http://"
        );
        let host = self.url.host().context("--admin has no host")?;
        let port = self.url.port_u16().unwrap_or(80);
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url.path().trim_end_matches('/')))
            .header("host", format!("{host}:{port}"))
            .header("authorization", format!("Bearer {}", self.token()?))
            .header("content-type", "application/json")
            .body(Full::from(body.map(Value::to_string).unwrap_or_default()))
            .context("the token is no header's value")?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let stream = TcpStream::connect((host, port)).await;
        let stream = stream.with_context(|| format!("nobody answers at {}", self.url))?;
        exchange(stream, request).await
    }

    fn token(&self) -> anyhow::Result<String> {
        if let Some(token) = &self.token {
            return Ok(token.clone());
        }
        let environment = Environment::load(&[])?;
        environment.value(TOKEN).with_context(|| {
            format!("{TOKEN} is not set: it must be the token of the gateway's admin API")
        })
    }
}

/// `{"error": "…"}`, or `{"error": {"message": "…"}}`.
fn refusal(status: StatusCode, json: &Value) -> anyhow::Error {
    let error = json.get("error");
    let message = error.and_then(|error| error.get("message").or(Some(error))?.as_str());
    match message {
        Some(message) => anyhow::anyhow!("{message} ({status})"),
        None => anyhow::anyhow!("the admin API answers {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_in_its_own_words() {
        let said = |json: Value| refusal(StatusCode::CONFLICT, &json).to_string();
        let told = "there is one already (409 Conflict)";
        assert_eq!(
            said(serde_json::json!({"error": "there is one already"})),
            told
        );
        assert_eq!(
            said(serde_json::json!({"error": {"message": "there is one already"}})),
            told
        );
        assert!(said(Value::Null).contains("409"));
    }
}
