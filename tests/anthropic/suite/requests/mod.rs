//! Requests as they are written: golden files hold headers, warnings and the exact body.

pub(crate) mod build;
mod extras;
mod history;
mod media;
mod parameters;
mod texts;
mod thinking;
mod tools;

use build::target;
use tidegate::chat::Request;
use tidegate::providers::TargetOptions;

use super::anthropic;
use crate::golden::assert_golden;
use crate::transcript::error_line;

/// Takes every parameter, in the oldest way that is still served.
const HAIKU_4_5: &str = "claude-haiku-4-5";
/// Takes instructions inside the conversation, and no sampling parameters.
const OPUS_4_8: &str = "claude-opus-4-8";
/// Cannot be made to call a tool, and always thinks.
const OPUS_5_5: &str = "claude-opus-5-5";
/// Has none of what is newer than the API.
const CLAUDE_3: &str = "claude-3-haiku-20240307";

/// Requests and what becomes of them, for one golden file.
#[derive(Default)]
struct Cases(String);

impl Cases {
    fn add(&mut self, name: &str, request: &Request<'_>, model: &str) {
        self.add_for(name, request, &target(model));
    }

    fn add_for(&mut self, name: &str, request: &Request<'_>, target: &TargetOptions<'_>) {
        let strict = if target.strict { ", strict" } else { "" };
        let written = written(request, target);
        self.0.push_str(&format!(
            "### {name} ({}{strict})\n{written}\n",
            target.model
        ));
    }

    fn assert_golden(self, name: &str) {
        assert_golden(&format!("anthropic/requests/{name}.txt"), &self.0);
    }
}

/// What a request becomes, as text.
fn written(request: &Request<'_>, target: &TargetOptions<'_>) -> String {
    let outgoing = match anthropic().request(request, target) {
        Ok(outgoing) => outgoing,
        Err(error) => return format!("refused: {}\n", error_line(&error)),
    };
    assert_eq!(outgoing.path, "/v1/messages");
    let mut text = String::new();
    for (name, value) in &outgoing.headers {
        text.push_str(&format!("{name}: {value}\n"));
    }
    for warning in &outgoing.warnings {
        text.push_str(&format!("warning: {warning}\n"));
    }
    let body = String::from_utf8(outgoing.body).expect("a body is UTF-8");
    serde_json::from_str::<serde_json::Value>(&body).expect("a body is JSON");
    format!("{text}{body}\n")
}
