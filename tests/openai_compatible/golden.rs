//! The fixtures, and what the client gets of them.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use tidegate::providers::openai_compatible::{self, ClientUsage};

use crate::sdk::{End, read_stream, read_whole};
use crate::{files, pass, whole};

const FOLDER: &str = "tests/fixtures/openai_compatible";

#[test]
fn every_stream_becomes_what_its_golden_file_says() {
    let streams = streams();
    assert!(streams.len() > 15);
    for (kind, name, stream) in streams {
        let (client, observed) = pass(kind, ClientUsage::AtEnd, [stream.as_slice()]);
        let (_, end) = read_stream(&client, true);
        let has_failed = name.contains("failed");
        assert_eq!(end != End::Done, has_failed, "{name} ends as its name says");
        let usage = observed.usage.unwrap_or_default();
        let note = format!(": observed {usage:?}\n");
        let seen = String::from_utf8(client).unwrap() + &note;
        assert_golden(&format!("streams/{name}.client"), &seen);
    }
}

#[test]
fn no_stream_shows_token_counts_that_nobody_asked_for() {
    for (kind, name, stream) in streams() {
        let (client, _) = pass(kind, ClientUsage::Hidden, [stream.as_slice()]);
        let (hidden, end) = read_stream(&client, false);
        let (client, _) = pass(kind, ClientUsage::AtEnd, [stream.as_slice()]);
        let (asked, asked_end) = read_stream(&client, true);
        assert_eq!((hidden.choices, end), (asked.choices, asked_end), "{name}");
    }
}

#[test]
fn every_answer_becomes_what_its_golden_file_says() {
    let answers = fixtures("answers", ".json");
    assert!(answers.len() > 5);
    for name in answers {
        let (client, read) = whole(kind(&name), &fixture(&format!("answers/{name}.json")));
        read_whole(&client);
        let seen = format!("{}\n{:?}\n", String::from_utf8(client).unwrap(), read.usage);
        assert_golden(&format!("answers/{name}.client"), &seen);
    }
}

#[test]
fn a_streamed_answer_equals_the_whole_one() {
    let streams = fixtures("streams", ".sse");
    let mut count = 0;
    for name in fixtures("answers", ".json") {
        if !streams.contains(&name) {
            continue;
        }
        count += 1;
        let answer = read_whole(&whole(kind(&name), &fixture(&format!("answers/{name}.json"))).0);
        let stream = fixture(&format!("streams/{name}.sse"));
        let (client, _) = pass(kind(&name), ClientUsage::AtEnd, [stream.as_slice()]);
        assert_eq!(read_stream(&client, true).0, answer, "{name}");
    }
    assert!(count > 5);
}

#[test]
fn every_error_becomes_what_its_golden_file_says() {
    let mut seen = String::new();
    let names = fixtures("errors", "");
    for name in names.iter().filter(|name| *name != "expected.txt") {
        let body = fixture(&format!("errors/{name}"));
        let (error, rewritten) = openai_compatible::error(status(name), &body);
        let told = String::from_utf8(rewritten.unwrap_or(body)).unwrap();
        let code = error.code.as_deref().unwrap_or("-");
        seen.push_str(&format!(
            "{name}: {} {:?} {code}\n{told}\n",
            error.status, error.kind
        ));
    }
    assert_golden("errors/expected.txt", &seen);
}

/// All streams of the fixtures: kind, name and bytes.
pub(crate) fn streams() -> Vec<(&'static str, String, Vec<u8>)> {
    let read = |name: String| {
        (
            kind(&name),
            name.clone(),
            fixture(&format!("streams/{name}.sse")),
        )
    };
    fixtures("streams", ".sse").into_iter().map(read).collect()
}

/// The kind that a fixture's name begins with.
pub(crate) fn kind(name: &str) -> &'static str {
    let kind = name.split('-').next().unwrap();
    tidegate::providers::find(kind)
        .unwrap_or_else(|| panic!("{name} begins with a kind"))
        .kind
}

/// The status in a fixture's name.
fn status(name: &str) -> u16 {
    let status = name.split(['-', '.']).find_map(|part| part.parse().ok());
    status.unwrap_or_else(|| panic!("{name} has a status"))
}

pub(crate) fn fixture(path: &str) -> Vec<u8> {
    files::read(&format!("{FOLDER}/{path}"))
}

/// The names in a folder that end like this, without the ending.
pub(crate) fn fixtures(folder: &str, ending: &str) -> Vec<String> {
    let names = files::list(&format!("{FOLDER}/{folder}"));
    let names = names.iter().filter_map(|name| name.strip_suffix(ending));
    names.map(str::to_owned).collect()
}

/// Compares with a golden file, or writes it where `BLESS` is set.
pub(crate) fn assert_golden(path: &str, seen: &str) {
    let file = format!("{FOLDER}/{path}");
    if std::env::var_os("BLESS").is_some() {
        let absolute = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
        std::fs::write(absolute, seen).unwrap();
        return;
    }
    assert!(
        files::exists(&file),
        "no golden file {file}: run `make bless`"
    );
    let expected = String::from_utf8(fixture(path)).unwrap();
    assert!(
        expected == seen,
        "{file} differs.\n--- expected\n{expected}\n--- seen\n{seen}"
    );
}
