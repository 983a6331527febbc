//! Who may use the admin API: who has its token.

use std::fmt;
use std::sync::Arc;

use anyhow::Context as _;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};
use tidegate::policies::auth::equal_in_constant_time;

use crate::service::Problem;

/// Nobody guesses a token of this length, if it is random.
const SHORTEST: usize = 24;

/// The API's token, as its hash: how long a comparison takes says nothing about it.
pub struct Token([u8; 32]);

impl Token {
    /// Reads it from the environment.
    ///
    /// # Errors
    /// Where it is not there, or so short that it could be guessed.
    pub fn from_environment(variable: &str) -> anyhow::Result<Self> {
        let text = std::env::var(variable).ok();
        let text = text.with_context(|| {
            format!("{variable} is not set: it is the token of the admin API, such as `openssl rand -hex 32` makes")
        })?;
        Self::new(&text).with_context(|| variable.to_owned())
    }

    /// A token.
    ///
    /// # Errors
    /// Where it is so short that it could be guessed.
    pub fn new(text: &str) -> anyhow::Result<Self> {
        anyhow::ensure!(
            text.len() >= SHORTEST,
            "the admin API's token has less than {SHORTEST} characters"
        );
        Ok(Self(Sha256::digest(text).into()))
    }

    fn is(&self, shown: &str) -> bool {
        let shown: [u8; 32] = Sha256::digest(shown).into();
        equal_in_constant_time(&self.0, &shown)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Token")
    }
}

/// Lets requests with the token through.
pub(super) async fn check(
    State(token): State<Arc<Token>>,
    request: Request,
    next: Next,
) -> Response {
    let shown = request.headers().get(header::AUTHORIZATION);
    let shown = shown.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if shown.is_some_and(|shown| token.is(shown.trim())) {
        return next.run(request).await;
    }
    let problem = Problem {
        status: StatusCode::UNAUTHORIZED,
        message: "the admin API wants `Authorization: Bearer TOKEN`, with its own token".to_owned(),
    };
    let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
    (challenge, problem).into_response()
}
