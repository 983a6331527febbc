//! Whatever OpenAI's Responses API streams, cut anywhere.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidegate_fuzz::assert_native_stream_holds;

fuzz_target!(|input: &[u8]| assert_native_stream_holds("openai_responses", input));
