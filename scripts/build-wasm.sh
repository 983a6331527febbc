#!/usr/bin/env bash
# Builds the filter, dist/tidegate.wasm, and holds it to its budget of 2 MiB.
# scripts/wasm-toolchain.sh says with which Rust.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/wasm-toolchain.sh

budget=$((2 * 1024 * 1024))
module=dist/tidegate.wasm

use_wasm_toolchain wasm32-wasip1
# The runtime in every Envoy has SIMD. It makes the search through bytes faster.
flags=${CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS:-}
flags+=" -C target-feature=+simd128"
# With LLVM's own threshold, 225, the module is a fifth larger and over its budget.
flags+=" -C llvm-args=-inline-threshold=50"
# Loops unrolled make it larger, and nothing faster that a request would notice.
flags+=" -C llvm-args=-unroll-threshold=0"
export CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS=$flags
wasm_cargo build --release --package tidegate --lib
built=${CARGO_TARGET_DIR:-target}/wasm32-wasip1/release/tidegate.wasm

# A tenth smaller. Functions with one caller stay where they are: what they make of that one is so
# large that Envoy takes several MiB more to compile it, and keeps them.
optimise() {
  scripts/wasm-opt.sh -O3 --one-caller-inline-max-function-size=0 --enable-bulk-memory \
    --enable-bulk-memory-opt --enable-mutable-globals --enable-nontrapping-float-to-int \
    --enable-sign-ext --enable-simd "$1" -o "$2.new" && mv "$2.new" "$2"
}

# It takes half a minute: kept beside what it was made of.
optimised=$built.optimised
if [[ ! $optimised -nt $built || ! $optimised -nt scripts/build-wasm.sh ]]; then
  optimise "$built" "$optimised" || {
    (($? == 3)) || exit 1
    echo "npm is not there to install wasm-opt with: the filter is a tenth larger than it could be" >&2
    rm -f "$optimised"
  }
fi
[[ -f $optimised ]] && built=$optimised

# In one step, and only when it differs: an Envoy may be watching the file.
mkdir -p dist
cmp --silent "$built" "$module" || { cp "$built" "$module.new" && mv "$module.new" "$module"; }

size=$(stat --format=%s "$module")
echo "$module: $((size / 1024)) KiB of $((budget / 1024)) KiB, built by $(rustc --version)"
if ((size > budget)); then
  echo "$module is over its budget by $((size - budget)) bytes" >&2
  exit 1
fi
