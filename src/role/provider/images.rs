//! Pictures by URL, for providers that take their bytes only.
//!
//! Off unless the operator lists hosts: whoever could name any address could reach what only the
//! gateway reaches. A listed host has a cluster of its own in Envoy, with a checked certificate;
//! redirects are not followed. Each picture has a bound in bytes and in time, a request a bound in
//! pictures. What is not fetched keeps its URL, and the provider's translation says that it cannot
//! take it; what was fetched in vain is the client's error, with the path of the part.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::chat::{Error, MediaSource, Message, Part, Request};
use crate::config::runtime::RemoteImages;
use crate::dialects::openai_chat as dialect;
use crate::role::{Effect, Fetch, Fetched};

/// Most pictures of one request.
const MAX_IMAGES: usize = 32;

/// A request that waits for its pictures.
pub(super) struct Waiting {
    pub(super) body: Vec<u8>,
    wanted: Vec<Wanted>,
    missing: usize,
    pub(super) images: Images,
}

/// Pictures that have been fetched, by their URL.
#[derive(Default)]
pub(super) struct Images(BTreeMap<String, Image>);

struct Image {
    media_type: &'static str,
    base64: String,
}

/// A picture to be fetched.
struct Wanted {
    url: String,
    /// Where it stands in the client's body.
    param: String,
}

impl Waiting {
    /// What has to be fetched first for this body, and how; `None` where nothing has.
    pub(super) fn begin(
        config: &RemoteImages,
        body: &[u8],
    ) -> Result<Option<(Self, Vec<Effect>)>, Error> {
        if !may_have_urls(body) {
            return Ok(None);
        }
        let wanted = wanted(&dialect::parse(body)?, config);
        let Some(last) = wanted.last() else {
            return Ok(None);
        };
        if wanted.len() > MAX_IMAGES {
            let message = format!("A request can have {MAX_IMAGES} pictures by URL.");
            return Err(Error::invalid(message).with_param(&*last.param));
        }
        let numbered = wanted.iter().enumerate();
        let fetches = numbered.filter_map(|(number, wanted)| fetch(number, &wanted.url, config));
        let effects: Vec<Effect> = fetches.collect();
        let waiting = Self {
            body: body.to_vec(),
            missing: wanted.len(),
            wanted,
            images: Images::default(),
        };
        Ok(Some((waiting, effects)))
    }

    /// Takes an answer; says whether all are there.
    ///
    /// # Errors
    /// 400 that names the part whose picture cannot be had.
    pub(super) fn take(&mut self, fetched: &Fetched<'_>, limit: usize) -> Result<bool, Error> {
        let Some(wanted) = self.wanted.get(fetched.number) else {
            return Ok(false);
        };
        let image = read(fetched, limit).map_err(|reason| unusable(&wanted.param, reason))?;
        self.images.0.insert(wanted.url.clone(), image);
        self.missing = self.missing.saturating_sub(1);
        Ok(self.missing == 0)
    }
}

impl Images {
    /// Puts the pictures in the place of their URLs.
    pub(super) fn place(&self, request: &mut Request<'_>) {
        if self.0.is_empty() {
            return;
        }
        for part in request.messages.iter_mut().flat_map(parts_mut) {
            let Part::Image(media) = part else { continue };
            let MediaSource::Url(url) = &media.source else {
                continue;
            };
            if let Some(image) = self.0.get(&**url) {
                media.source = MediaSource::Inline {
                    media_type: image.media_type.into(),
                    base64: image.base64.clone().into(),
                };
            }
        }
    }
}

/// A look that is cheap, at bodies that hardly ever have any.
fn may_have_urls(body: &[u8]) -> bool {
    memchr::memmem::find(body, b"image_url").is_some()
        && memchr::memmem::find(body, b"https:").is_some()
}

/// The pictures that may be fetched, each URL once.
fn wanted(request: &Request<'_>, config: &RemoteImages) -> Vec<Wanted> {
    let mut found: Vec<Wanted> = Vec::new();
    for (at, message) in request.messages.iter().enumerate() {
        for (index, part) in parts(message).iter().enumerate() {
            let Part::Image(media) = part else { continue };
            let MediaSource::Url(url) = &media.source else {
                continue;
            };
            let is_new = found.iter().all(|other| other.url != **url);
            if is_new && address(url, config).is_some() {
                found.push(Wanted {
                    url: url.clone().into_owned(),
                    param: format!("messages[{at}].content[{index}].image_url.url"),
                });
            }
        }
    }
    found
}

fn parts<'r, 'a>(message: &'r Message<'a>) -> &'r [Part<'a>] {
    match message {
        Message::Instructions { content }
        | Message::User { content, .. }
        | Message::Assistant { content, .. }
        | Message::Tool { content, .. } => content,
    }
}

fn parts_mut<'r, 'a>(message: &'r mut Message<'a>) -> &'r mut Vec<Part<'a>> {
    match message {
        Message::Instructions { content }
        | Message::User { content, .. }
        | Message::Assistant { content, .. }
        | Message::Tool { content, .. } => content,
    }
}

/// Host, as it is listed, and path of a URL that may be fetched.
fn address<'u, 'c>(url: &'u str, config: &'c RemoteImages) -> Option<(&'c str, &'u str)> {
    let rest = url.strip_prefix("https://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at_checked(end)?;
    let listed = config
        .hosts
        .iter()
        .find(|listed| listed.eq_ignore_ascii_case(host))?;
    let path = path.split('#').next().unwrap_or_default();
    let is_plain = path.bytes().all(|byte| byte.is_ascii_graphic());
    is_plain.then_some((listed, path))
}

fn fetch(number: usize, url: &str, config: &RemoteImages) -> Option<Effect> {
    let (host, path) = address(url, config)?;
    Some(Effect::Fetch(Fetch {
        number,
        cluster: format!("{}{host}", RemoteImages::CLUSTER_PREFIX),
        authority: host.to_owned(),
        path: match path {
            "" => "/".to_owned(),
            query if query.starts_with('?') => format!("/{query}"),
            path => path.to_owned(),
        },
        timeout: Duration::from_millis(config.timeout_ms),
    }))
}

fn read(fetched: &Fetched<'_>, limit: usize) -> Result<Image, String> {
    match fetched.status {
        Some(200) => {}
        Some(status) => return Err(format!("its host answered with status {status}")),
        None => return Err("its host did not answer in time".to_owned()),
    }
    if fetched.body.len() > limit {
        return Err(format!("it is larger than {limit} bytes"));
    }
    let media_type = media_type(fetched.body).ok_or("it is no PNG, JPEG, GIF or WebP")?;
    Ok(Image {
        media_type,
        base64: STANDARD.encode(fetched.body),
    })
}

/// What the bytes themselves say that they are; a header may say anything.
fn media_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Some("image/webp"),
        _ => None,
    }
}

fn unusable(param: &str, reason: impl std::fmt::Display) -> Error {
    Error::invalid(format!("The picture cannot be used: {reason}."))
        .with_param(param)
        .with_code("invalid_image_url")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

    fn config() -> RemoteImages {
        RemoteImages {
            hosts: vec!["pictures.example".to_owned()],
            max_bytes: 100,
            timeout_ms: 1500,
        }
    }

    fn asking_for(urls: &[&str]) -> Vec<u8> {
        let parts: Vec<String> = urls
            .iter()
            .map(|url| format!(r#"{{"type":"image_url","image_url":{{"url":"{url}"}}}}"#))
            .collect();
        let parts = parts.join(",");
        format!(r#"{{"model":"m","messages":[{{"role":"user","content":[{parts}]}}]}}"#)
            .into_bytes()
    }

    fn begin(urls: &[&str]) -> Option<(Waiting, Vec<Effect>)> {
        Waiting::begin(&config(), &asking_for(urls)).unwrap()
    }

    fn answer(number: usize, status: Option<u16>, body: &[u8]) -> Fetched<'_> {
        Fetched {
            number,
            status,
            body,
        }
    }

    #[test]
    fn only_listed_hosts_are_asked_and_only_by_https() {
        for url in [
            "http://pictures.example/a",
            "https://pictures.example.evil/a",
            "https://evil@pictures.example/a",
            "https://pictures.example:8443/a",
            "https://127.0.0.1/a",
            "https://pictures.example/a b",
            "https://pictures.example/é",
            "data:image/png;base64,iVBORw0KGgo=",
        ] {
            assert!(begin(&[url]).is_none(), "{url}");
        }
    }

    #[test]
    fn a_port_is_part_of_a_hosts_name() {
        let config = RemoteImages {
            hosts: vec!["localhost:8443".to_owned()],
            ..config()
        };
        assert_eq!(
            address("https://localhost:8443/a", &config),
            Some(("localhost:8443", "/a"))
        );
        assert_eq!(address("https://localhost/a", &config), None);
        assert_eq!(address("https://localhost:84430/a", &config), None);
    }

    #[test]
    fn each_picture_is_asked_for_once() {
        let url = "https://Pictures.example/a.png?size=1#top";
        let (_, effects) = begin(&[url, "https://pictures.example?x", url]).unwrap();
        let seen: Vec<String> = effects.iter().map(|effect| format!("{effect:?}")).collect();
        assert_eq!(seen.len(), 2);
        assert!(
            seen[0].contains(r#"cluster: "tidegate/images/pictures.example""#),
            "{}",
            seen[0]
        );
        assert!(seen[0].contains(r#"path: "/a.png?size=1""#), "{}", seen[0]);
        assert!(seen[1].contains(r#"path: "/?x""#), "{}", seen[1]);
    }

    #[test]
    fn a_picture_takes_the_place_of_its_url() {
        let url = "https://pictures.example/a.png";
        let (mut waiting, _) = begin(&[url]).unwrap();
        assert_eq!(waiting.take(&answer(0, Some(200), PNG), 100), Ok(true));
        let body = asking_for(&[url, "https://pictures.example/other"]);
        let mut request = dialect::parse(&body).unwrap();
        waiting.images.place(&mut request);
        let sources: Vec<String> = parts(&request.messages[0])
            .iter()
            .map(|part| format!("{part:?}"))
            .collect();
        assert!(sources[0].contains("iVBORw0KGgpyZXN0"), "{}", sources[0]);
        assert!(sources[1].contains("https://pictures.example/other"));
    }

    #[test]
    fn what_is_no_picture_is_refused_with_its_place() {
        for (status, body, reason) in [
            (Some(404), PNG, "status 404"),
            (Some(302), PNG, "status 302"),
            (None, PNG, "in time"),
            (Some(200), &b"<svg/>"[..], "PNG"),
            (Some(200), &[0xff; 101][..], "larger than 100"),
            (Some(200), &b""[..], "PNG"),
        ] {
            let (mut waiting, _) = begin(&["https://pictures.example/a"]).unwrap();
            let error = waiting.take(&answer(0, status, body), 100).unwrap_err();
            assert!(error.message.contains(reason), "{}", error.message);
            assert_eq!(error.status, 400);
            assert_eq!(
                error.param.as_deref(),
                Some("messages[0].content[0].image_url.url")
            );
        }
    }

    #[test]
    fn the_number_of_pictures_is_bounded() {
        let urls: Vec<String> = (0..=MAX_IMAGES)
            .map(|n| format!("https://pictures.example/{n}"))
            .collect();
        let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
        let begun = Waiting::begin(&config(), &asking_for(&urls));
        assert_eq!(begun.err().unwrap().status, 400);
    }
}
