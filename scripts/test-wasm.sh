#!/usr/bin/env bash
# Runs the golden tests as wasm32 in Node: V8, as in Envoy, with a 32-bit usize.
# Arguments go to the tests, such as a part of a test's name.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/wasm-toolchain.sh

command -v node >/dev/null || scripts/apt-install.sh nodejs

# The runner must be of the very version of wasm-bindgen that the lock file names.
package=$(cargo pkgid wasm-bindgen)
runner=$(scripts/cargo-tool.sh wasm-bindgen-cli "${package##*@}" wasm-bindgen-test-runner)
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=$runner
export RUST_LIB_BACKTRACE=0 # a failed test says enough; the runner's own stack says nothing

use_wasm_toolchain wasm32-unknown-unknown
wasm_cargo test --package tidegate \
  --test wasm32 --test native --test anthropic --test openai_compatible --test scenarios -- "$@"
