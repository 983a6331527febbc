#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use tidegate::chat::{Media, MediaSource, Part};

use super::build::{inline, medium, parts, raw, request, text, user};
use super::{Cases, HAIKU_4_5};

fn named(media: Media<'static>) -> Part<'static> {
    Part::File(Media {
        filename: Some("a.bin".into()),
        ..media
    })
}

#[test]
fn pictures_and_documents_are_blocks() {
    let mut cases = Cases::default();
    let url = |url: &'static str| medium(MediaSource::Url(url.into()));
    let file = |id: &'static str| medium(MediaSource::FileId(id.into()));
    let pictures = vec![
        Part::Image(inline("image/jpg", "/9j/4AAQ")),
        Part::Image(Media {
            detail: Some("auto".into()),
            cache_control: Some(raw(r#"{"type":"ephemeral"}"#)),
            ..inline("image/webp", "UklGRg==")
        }),
        Part::Image(Media {
            detail: Some("high".into()),
            ..url("https://example.org/a.png")
        }),
        Part::Image(file("file_1")),
        text("What is this?"),
    ];
    cases.add("pictures", &request(vec![parts(pictures)]), HAIKU_4_5);
    let documents = vec![
        named(inline("application/pdf", "JVBERi0=")),
        named(inline("text/markdown", "IyBIw6lsbG8=")),
        named(inline("image/png", "iVBORw0KGgo=")),
        named(url("https://example.org/a.pdf")),
        Part::File(file("file_2")),
    ];
    cases.add("documents", &request(vec![parts(documents)]), HAIKU_4_5);
    cases.assert_golden("media");
}

#[test]
fn what_the_model_cannot_see_is_refused_where_it_stands() {
    let mut cases = Cases::default();
    for (name, part) in [
        ("audio", Part::Audio(inline("audio/wav", "UklGRg=="))),
        ("bitmap", Part::Image(inline("image/bmp", "Qk0="))),
        ("archive", named(inline("application/zip", "UEs="))),
        ("bad base64", named(inline("text/plain", "%%%"))),
        ("text that is none", named(inline("text/plain", "//4="))),
    ] {
        let second = parts(vec![text("And"), part]);
        cases.add(name, &request(vec![user("Hi"), second]), HAIKU_4_5);
    }
    cases.assert_golden("media_refused");
}
