use std::borrow::Cow;
use std::time::Duration;

/// A failure, in terms that every dialect can express.
///
/// `status` is the HTTP status that the client gets when nothing has been sent yet; in an open
/// stream only the other fields can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// HTTP status for the client, 400 to 599.
    pub status: u16,
    /// What sort of failure it is; a dialect turns it into its own `type`.
    pub kind: ErrorKind,
    /// Machine-readable code such as `context_length_exceeded`; the provider's own where it has one.
    pub code: Option<Cow<'static, str>>,
    /// Path of the request's field that is at fault, such as `messages[2].content`.
    pub param: Option<String>,
    /// A sentence for a person. Never holds a credential.
    pub message: String,
    /// How long the upstream asked us to wait.
    pub retry_after: Option<Duration>,
}

/// Sorts of failure, after OpenAI's error types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request is at fault; sending it again cannot help.
    InvalidRequest,
    /// A credential is missing or wrong.
    Authentication,
    /// The credential is known but may not do this.
    Permission,
    /// No such model or path.
    NotFound,
    /// Too many requests or tokens for now.
    RateLimit,
    /// Paid quota is used up: waiting a minute does not help.
    Quota,
    /// The upstream has no capacity for now (503, 529).
    Overloaded,
    /// The upstream took too long.
    Timeout,
    /// Anything else that is not the client's fault.
    Upstream,
}

impl Error {
    /// An error of this kind with the kind's usual status.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            status: kind.status(),
            kind,
            code: None,
            param: None,
            message: message.into(),
            retry_after: None,
        }
    }

    /// The client's request is at fault.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidRequest, message)
    }

    /// The upstream answered something that cannot be understood.
    pub fn upstream(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Upstream, message)
    }

    /// The same error, pointing at a field of the request.
    #[must_use]
    pub fn with_param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    /// The same error with a machine-readable code.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// The same error with another HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }
}

impl ErrorKind {
    /// The HTTP status that goes with this kind where the upstream gave none.
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidRequest => 400,
            Self::Authentication => 401,
            Self::Permission => 403,
            Self::NotFound => 404,
            Self::RateLimit | Self::Quota => 429,
            Self::Upstream => 502,
            Self::Overloaded => 503,
            Self::Timeout => 504,
        }
    }
}
