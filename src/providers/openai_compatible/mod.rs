//! OpenAI's Chat Completions API and its look-alikes.
use super::{Credential, Provider, Wire};

/// How a look-alike differs from OpenAI.
#[derive(Debug, Clone, Copy)]
pub struct Preset {}

/// The registry's lines.
pub static PROVIDERS: &[Provider] = &[Provider {
    kind: "openai",
    base_url: Some("https://api.openai.com/v1"),
    credential: Credential::Bearer,
    wire: Wire::OpenAi(&Preset {}),
}];
