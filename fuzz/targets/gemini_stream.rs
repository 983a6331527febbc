//! Whatever Gemini streams, cut anywhere; Vertex streams what AI Studio does, and more.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidegate_fuzz::assert_native_stream_holds;

fuzz_target!(|input: &[u8]| assert_native_stream_holds("vertex", input));
