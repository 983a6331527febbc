//! The path of a call, which holds the model's name or ARN as one segment.
//!
//! Everything but unreserved characters is percent-encoded, once: a `/` in an ARN would begin
//! another segment. Envoy's `aws_request_signing` makes the signature's canonical path from what is
//! on the wire by encoding it again (`%3A` → `%253A`), which is what Amazon expects of every service
//! but S3. Encoding here twice, or not at all, gives a path that Amazon refuses as wrongly signed.
//! botocore writes the same paths; the end-to-end tests have its signer check Envoy's signature.

use crate::providers::percent;

/// The path below the base URL.
pub(super) fn converse(model: &str, stream: bool) -> String {
    let call = if stream {
        "converse-stream"
    } else {
        "converse"
    };
    format!("/model/{}/{call}", percent::segment(model))
}

/// The path of a model's own API.
pub(super) fn invoke(model: &str) -> String {
    format!("/model/{}/invoke", percent::segment(model))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What botocore 1.44.5 sends for these ids (seen in its `before-send` hook on 2026-11-25).
    #[test]
    fn a_path_is_the_one_that_botocore_writes() {
        for (model, path) in [
            (
                "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
                "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse",
            ),
            (
                "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
                "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse",
            ),
            (
                "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc123",
                "/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A123456789012%3Aapplication-inference-profile%2Fabc123/converse",
            ),
            ("a b~+%/é@", "/model/a%20b~%2B%25%2F%C3%A9%40/converse"),
            ("../x?y#z", "/model/..%2Fx%3Fy%23z/converse"),
        ] {
            assert_eq!(converse(model, false), path);
            assert_eq!(converse(model, true), format!("{path}-stream"));
        }
    }
}
