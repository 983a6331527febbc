//! Anthropic's Messages API.
use super::{Credential, Decoder, Native, Outgoing, Provider, TargetOptions, Wire};
use crate::chat::{Error, Request, Response};

/// The registry's line.
pub const PROVIDER: Provider = Provider {
    kind: "anthropic",
    base_url: Some("https://api.anthropic.com/v1"),
    credential: Credential::Header("x-api-key"),
    wire: Wire::Native(&Anthropic),
};

struct Anthropic;

impl Native for Anthropic {
    fn request(&self, _: &Request<'_>, _: &TargetOptions<'_>) -> Result<Outgoing, Error> {
        Err(Error::upstream("not there yet"))
    }

    fn response(&self, _: &[u8]) -> Result<Response, Error> {
        Err(Error::upstream("not there yet"))
    }

    fn error(&self, status: u16, _: &[u8]) -> Error {
        Error::upstream("not there yet").with_status(status)
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(Silent)
    }
}

struct Silent;
impl Decoder for Silent {
    fn frame(&mut self, _: crate::framing::sse::Frame<'_>, _: &mut dyn crate::chat::Sink) {}
    fn end(&mut self, _: &mut dyn crate::chat::Sink) {}
}
