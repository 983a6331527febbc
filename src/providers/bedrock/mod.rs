//! Amazon Bedrock: Converse and ConverseStream, one API for the models of many vendors.
//!
//! `request`, `messages`, `media`, `tools`, `names`, `reasoning`, `output_format`, `cache` and
//! `metadata` write a request; `response`, `stream`, `usage`, `stop_reason` and `error` read what
//! comes back; `wire` holds the types of the JSON itself. Converse is one API and its models are
//! not: what each family takes is data in `model_profile`, what the API has no place for is data in
//! `parameters`.
//!
//! Models of OpenAI's family have routes of their own here, in OpenAI's dialect, which Amazon
//! recommends over Converse: their bytes pass. A request that speaks of Bedrock's
//! own features (`bedrock: {…}`) goes to Converse all the same.
//!
//! The credential is an API key, or Envoy signs what we have written (`auth: {aws: {}}`, see
//! `path` for what that asks of the path).
//!
//! The API is that of botocore 1.44.5's service model (`bedrock-runtime/2023-09-30`, checked
//! 2026-11-25). Nothing here buffers a stream, and what is not known is skipped.

mod cache;
mod embeddings;
mod error;
mod extras;
mod media;
mod messages;
mod metadata;
mod model_profile;
mod names;
mod output_format;
mod parameters;
mod path;
mod reasoning;
mod request;
mod response;
mod stop_reason;
mod stream;
mod tools;
mod usage;
mod wire;

use super::options::is_label;
use super::{
    Asked, BaseUrl, Credential, Decoder, Embeddings, Native, OptionSpec, Options, Outgoing,
    Provider, Recall, TargetOptions, Wire, openai_compatible,
};
use crate::chat::{Error, Operation, Request, Response};
use crate::framing::Framing;
use crate::headers::Headers;

/// The registry's line.
pub const PROVIDER: Provider = Provider {
    kind: "bedrock",
    base_url: BaseUrl::Made(base_url),
    credential: Credential::Bearer,
    options: &[
        OptionSpec {
            name: "region",
            required: true,
            check: is_label,
        },
        // The ARN of an inference profile of one's own does not say which model is behind it.
        OptionSpec {
            name: UNDERLYING_MODEL,
            required: false,
            check: |_| Ok(()),
        },
    ],
    wire: Wire::Depends(wire),
};

const UNDERLYING_MODEL: &str = "underlying_model";

/// What the requests and answers call the other side.
const NAME: &str = "Bedrock";

fn base_url(options: &Options) -> Option<String> {
    let region = options.value("region")?;
    Some(format!("https://bedrock-runtime.{region}.amazonaws.com"))
}

fn wire(asked: &Asked<'_>) -> Wire {
    let speaks_of_bedrock = asked
        .scan
        .fields
        .iter()
        .any(|field| field.name == "bedrock");
    let is_chat = asked.operation == Operation::Chat;
    if is_chat && !speaks_of_bedrock && has_openais_route(asked.model) {
        Wire::OpenAi(&openai_compatible::BEDROCK)
    } else {
        Wire::Native(&Converse)
    }
}

/// An ARN names a resource of Converse; the routes in OpenAI's dialect take the names of models.
fn has_openais_route(model: &str) -> bool {
    let is_openais = |name: &&str| name.starts_with("openai.");
    !model.starts_with("arn:") && model_profile::names(model).iter().any(is_openais)
}

struct Converse;

impl Native for Converse {
    fn request(
        &self,
        request: &Request<'_>,
        target: &TargetOptions<'_>,
    ) -> Result<Outgoing, Error> {
        request::translate(request, target)
    }

    fn response(&self, body: &[u8], recall: &Recall) -> Result<Response, Error> {
        response::translate(body, recall)
    }

    fn error(&self, status: u16, body: &[u8]) -> Error {
        error::from_answer(status, None, body)
    }

    fn error_with(&self, status: u16, headers: &Headers, body: &[u8]) -> Error {
        error::from_answer(status, headers.text("x-amzn-errortype"), body)
    }

    fn framing(&self) -> Framing {
        Framing::AwsEventStream
    }

    fn takes_image_bytes_only(&self) -> bool {
        true
    }

    fn embeddings(&self) -> Option<&'static dyn Embeddings> {
        Some(&embeddings::BedrockEmbeddings)
    }

    fn decoder(&self, recall: Recall) -> Box<dyn Decoder> {
        Box::new(stream::StreamDecoder::new(recall))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialects::openai_chat::scan;

    fn goes_to_converse(model: &str, body: &str) -> bool {
        let asked = Asked {
            operation: Operation::Chat,
            model,
            options: Options::NONE,
            scan: &scan(body.as_bytes()).unwrap(),
        };
        matches!(PROVIDER.wire.resolve(&asked), Wire::Native(_))
    }

    #[test]
    fn models_of_openais_family_have_their_own_route() {
        let body = r#"{"model":"m","messages":[]}"#;
        for (model, converse) in [
            ("openai.gpt-oss-120b-1:0", false),
            ("global.openai.gpt-5.6-sol", false),
            ("anthropic.claude-opus-5", true),
            ("us.meta.llama3-3-70b-instruct-v1:0", true),
            (
                "arn:aws:bedrock:us-east-1:1:inference-profile/us.openai.gpt-oss-20b-1:0",
                true,
            ),
        ] {
            assert_eq!(goes_to_converse(model, body), converse, "{model}");
        }
        let guarded = r#"{"model":"m","messages":[],"bedrock":{"guardrailConfig":{}}}"#;
        assert!(goes_to_converse("openai.gpt-oss-120b-1:0", guarded));
    }

    #[test]
    fn the_region_makes_the_address() {
        let options = Options([("region".to_owned(), "eu-west-1".to_owned())].into());
        let url = PROVIDER.base_url.with(&options);
        assert_eq!(
            url.as_deref(),
            Some("https://bedrock-runtime.eu-west-1.amazonaws.com")
        );
        assert_eq!(PROVIDER.base_url.with(Options::NONE), None);
    }
}
