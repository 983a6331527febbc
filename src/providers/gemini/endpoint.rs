//! Where a model is found: hosts, addresses, paths.
//!
//! As google-genai 3.4.0 has it (`_api_client.py`, `_transformers.py`, checked 2026-11-25), but for
//! the version of Vertex: `v1` unless the option `api_version` says otherwise. A model's name
//! becomes a segment of the path, so names that could lead elsewhere are refused.

use crate::chat::Error;
use crate::providers::options::is_label;
use crate::providers::{OptionSpec, Options};

/// Which of Google's services is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Host {
    /// The Gemini API, with keys of AI Studio.
    AiStudio,
    /// Vertex, by now called the Gemini Enterprise Agent Platform.
    Vertex,
}

impl Host {
    /// The provider's kind, which also tells whose a signature is.
    pub(super) const fn kind(self) -> &'static str {
        match self {
            Self::AiStudio => "gemini",
            Self::Vertex => "vertex",
        }
    }

    /// The host as errors call it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::AiStudio => "the Gemini API",
            Self::Vertex => "Vertex",
        }
    }

    /// Kinds of things that can be asked, by the beginnings of their names; the first one is meant
    /// where a name says nothing.
    fn collections(self) -> &'static [&'static str] {
        match self {
            Self::AiStudio => &["models/", "tunedModels/"],
            Self::Vertex => &["publishers/google/models/", "endpoints/"],
        }
    }
}

/// Where models are in no region.
const GLOBAL: &str = "global";

/// Regions of several countries, which have names of their own.
const MULTI_REGIONS: &[&str] = &["us", "eu"];

/// What can be set for Vertex. Without a project the key alone says who asks (express mode).
pub(super) const VERTEX_OPTIONS: &[OptionSpec] =
    &[option("project"), option("location"), option("api_version")];

const fn option(name: &'static str) -> OptionSpec {
    OptionSpec {
        name,
        required: false,
        check: is_label,
    }
}

/// The address that goes with the location.
pub(super) fn vertex_base_url(options: &Options) -> Option<String> {
    Some(match location(options) {
        GLOBAL => "https://aiplatform.googleapis.com".to_owned(),
        region if MULTI_REGIONS.contains(&region) => {
            format!("https://aiplatform.{region}.rep.googleapis.com")
        }
        region => format!("https://{region}-aiplatform.googleapis.com"),
    })
}

fn location(options: &Options) -> &str {
    options.value("location").unwrap_or(GLOBAL)
}

/// How `generateContent` is asked for.
pub(super) fn generate(stream: bool) -> &'static str {
    if stream {
        "streamGenerateContent?alt=sse"
    } else {
        "generateContent"
    }
}

/// The path of a method of a model.
///
/// # Errors
/// Where the model's name is none.
pub(super) fn path(
    host: Host,
    model: &str,
    method: &str,
    options: &Options,
) -> Result<String, Error> {
    let resource = resource(host, model).ok_or_else(|| {
        Error::invalid("the model's name has characters that no model of this provider has")
            .with_param("model")
            .with_code("model_not_found")
    })?;
    Ok(format!("{}/{resource}:{method}", parent(host, options)))
}

/// What stands before the model in the path.
fn parent(host: Host, options: &Options) -> String {
    if host == Host::AiStudio {
        return "/v1beta".to_owned();
    }
    let version = options.value("api_version").unwrap_or("v1");
    match options.value("project") {
        Some(project) => {
            let location = location(options);
            format!("/{version}/projects/{project}/locations/{location}")
        }
        None => format!("/{version}"),
    }
}

/// The model with the collection that it is in; `None`: it is no name.
fn resource(host: Host, model: &str) -> Option<String> {
    let collections = host.collections();
    let (collection, name) = collections
        .iter()
        .find_map(|collection| Some((*collection, model.strip_prefix(collection)?)))
        .or_else(|| Some((*collections.first()?, model)))?;
    is_name(name).then(|| format!("{collection}{name}"))
}

fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@');
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !name.contains("..")
        && name.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(pairs: &[(&str, &str)]) -> Options {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Options(pairs.iter().map(owned).collect())
    }

    #[test]
    fn the_address_follows_the_location() {
        for (location, address) in [
            (None, "https://aiplatform.googleapis.com"),
            (Some("global"), "https://aiplatform.googleapis.com"),
            (Some("eu"), "https://aiplatform.eu.rep.googleapis.com"),
            (
                Some("europe-west4"),
                "https://europe-west4-aiplatform.googleapis.com",
            ),
        ] {
            let options = location.map(|l| options(&[("location", l)]));
            let seen = vertex_base_url(&options.unwrap_or_default());
            assert_eq!(seen.as_deref(), Some(address));
        }
    }

    #[test]
    fn the_path_names_project_location_and_model() {
        let full = options(&[("project", "p-1"), ("location", "us-central1")]);
        let preview = options(&[("api_version", "v1beta1")]);
        for (host, model, options, expected) in [
            (
                Host::AiStudio,
                "gemini-3-pro",
                &full,
                "/v1beta/models/gemini-3-pro:generateContent",
            ),
            (
                Host::AiStudio,
                "models/gemini-3-pro",
                &full,
                "/v1beta/models/gemini-3-pro:generateContent",
            ),
            (
                Host::AiStudio,
                "tunedModels/mine-1",
                &full,
                "/v1beta/tunedModels/mine-1:generateContent",
            ),
            (
                Host::Vertex,
                "gemini-3-pro",
                &full,
                "/v1/projects/p-1/locations/us-central1/publishers/google/models/gemini-3-pro:generateContent",
            ),
            (
                Host::Vertex,
                "endpoints/123",
                &options(&[("project", "p-1")]),
                "/v1/projects/p-1/locations/global/endpoints/123:generateContent",
            ),
            (
                Host::Vertex,
                "gemini-3-pro",
                &preview,
                "/v1beta1/publishers/google/models/gemini-3-pro:generateContent",
            ),
        ] {
            assert_eq!(
                path(host, model, generate(false), options).unwrap(),
                expected
            );
        }
        let streamed = path(Host::AiStudio, "m", generate(true), Options::NONE).unwrap();
        assert_eq!(streamed, "/v1beta/models/m:streamGenerateContent?alt=sse");
    }

    #[test]
    fn a_name_cannot_lead_elsewhere() {
        for model in [
            "",
            "..",
            "a..b",
            "../files",
            "models/",
            "models/../files",
            "gemini?key=x",
            "gemini#x",
            "gemini:embedContent",
            "gemini%2Fx",
            "a/b",
            ".hidden",
            "gemini 3",
            "gemini\r\nx",
            "models/models/x",
            "gémini",
        ] {
            for host in [Host::AiStudio, Host::Vertex] {
                let error = path(host, model, generate(false), Options::NONE).unwrap_err();
                assert_eq!(error.param.as_deref(), Some("model"), "{model:?}");
            }
        }
    }
}
