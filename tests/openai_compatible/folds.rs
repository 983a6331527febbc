//! Streams folded into whole answers: what a strict client reads of them is what it would have read
//! of the stream.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use tidegate::providers::openai_compatible::ClientUsage;

use crate::golden::{assert_golden, streams};
use crate::sdk::{End, read_stream, read_whole};
use crate::{fold, pass};

/// Streams whose folded answer has a golden file: all that a vendor may add is in them.
const SHOWN: &[&str] = &[
    "deepseek-cached_tokens",
    "mistral-thinking",
    "openai-failed_error_mid_stream",
    "openai-two_choices",
    "openrouter-reasoning_details",
    "qwen-empty_last_fragment",
    "together-think_tags",
    "vllm-null_extras",
    "xai-whole_call",
];

#[test]
fn a_folded_stream_says_what_the_stream_says() {
    for (kind, name, stream) in streams() {
        let (client, observed) = pass(kind, ClientUsage::AtEnd, [stream.as_slice()]);
        let (answer, end) = read_stream(&client, true);
        let folded = fold(kind, [stream.as_slice()]);
        assert_eq!(folded.is_ok(), end == End::Done, "{name}");
        let Ok(whole) = folded else { continue };
        assert_eq!(whole.usage, observed.usage, "{name}");
        assert_eq!(whole.model, observed.model, "{name}");
        assert_eq!(read_whole(&whole.body.unwrap()), answer, "{name}");
    }
}

#[test]
fn a_stream_folds_to_the_same_whatever_its_chunks() {
    for (kind, name, stream) in streams() {
        let whole = fold(kind, [stream.as_slice()]);
        for size in [1, 7, 100] {
            assert!(fold(kind, stream.chunks(size)) == whole, "{name} in {size}");
        }
    }
}

#[test]
fn folded_streams_are_what_their_golden_files_say() {
    let streams = streams();
    for name in SHOWN {
        let (kind, _, stream) = streams.iter().find(|(_, own, _)| own == name).unwrap();
        let seen = match fold(kind, [stream.as_slice()]) {
            Ok(whole) => String::from_utf8(whole.body.unwrap()).unwrap(),
            Err(error) => format!("{} {:?}: {}", error.status, error.kind, error.message),
        };
        assert_golden(&format!("streams/{name}.folded"), &(seen + "\n"));
    }
}
