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
/// everywhere; what is this provider's (its credential, its model list, its load) does not.
pub fn classify(error: &Error) -> Verdict {
    if is_moderation(error) {
        return Verdict::Final;
    }
    match error.status {
        401..=404 | 408 | 409 | 424 | 425 | 429 | 498 | 500..=599 => Verdict::FallBack,
        _ if matches!(error.kind, ErrorKind::Overloaded | ErrorKind::Upstream) => Verdict::FallBack,
        _ => Verdict::Final,
    }
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
    fn moderation_is_final_whatever_the_status() {
        let refused = Error::new(ErrorKind::Permission, "flagged").with_code("content_filter");
        assert_eq!(classify(&refused), Verdict::Final);
    }
}
