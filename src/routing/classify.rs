//! What a provider's failure means for the next attempt.

use crate::chat::{Error, ErrorKind};

/// What to do about a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Another target may do better.
    FallBack,
    /// Every target would say the same: the client is told.
    Final,
}

/// Whether another target may do better than the one that failed like this.
///
/// What is the client's fault (a malformed request, a prompt that moderation refuses) fails
/// everywhere; what is this provider's (its credential, its model list, its load, what it has no
/// way to do) does not.
pub fn classify(error: &Error) -> Verdict {
    if is_moderation(error) {
        return Verdict::Final;
    }
    match error.status {
        400 | 422 if is_unsupported(error) => Verdict::FallBack,
        401..=404 | 408 | 409 | 424 | 425 | 429 | 498 | 500..=599 => Verdict::FallBack,
        _ if matches!(error.kind, ErrorKind::Overloaded | ErrorKind::Upstream) => Verdict::FallBack,
        _ => Verdict::Final,
    }
}

/// Whether the model cannot do what is asked, in OpenAI's own words and in ours.
fn is_unsupported(error: &Error) -> bool {
    let codes = [
        "unsupported_operation",
        "unsupported_parameter",
        "unsupported_value",
    ];
    let code = error.code.as_deref();
    code.is_some_and(|code| codes.contains(&code))
}

fn is_moderation(error: &Error) -> bool {
    let codes = [
        "content_filter",
        "content_policy_violation",
        "moderation_blocked",
    ];
    error
        .code
        .as_deref()
        .is_some_and(|code| codes.contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(status: u16) -> Verdict {
        classify(&Error::invalid("x").with_status(status))
    }

    #[test]
    fn the_providers_own_troubles_fall_back() {
        for status in [
            401, 402, 403, 404, 408, 409, 424, 425, 429, 498, 500, 502, 503, 504, 529,
        ] {
            assert_eq!(verdict(status), Verdict::FallBack, "{status}");
        }
    }

    #[test]
    fn the_clients_faults_are_final() {
        for status in [400, 405, 411, 413, 414, 415, 422, 431] {
            assert_eq!(verdict(status), Verdict::Final, "{status}");
        }
    }

    #[test]
    fn what_this_model_cannot_do_another_may() {
        for code in [
            "unsupported_operation",
            "unsupported_parameter",
            "unsupported_value",
        ] {
            let error = Error::invalid("no").with_code(code);
            assert_eq!(classify(&error), Verdict::FallBack, "{code}");
        }
        let unknown = Error::invalid("no").with_code("unknown_parameter");
        assert_eq!(classify(&unknown), Verdict::Final);
    }

    #[test]
    fn moderation_is_final_whatever_the_status() {
        let refused = Error::new(ErrorKind::Permission, "flagged").with_code("content_filter");
        assert_eq!(classify(&refused), Verdict::Final);
    }
}
