#!/usr/bin/env bash
# What translation costs for each provider, natively and as wasm in V8, beside Anthropic.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/wasm-toolchain.sh

command -v node >/dev/null || scripts/apt-install.sh nodejs

# Where Cargo has put the benchmark's program.
built() {
  "$@" --bench providers --message-format json 2>/dev/null |
    sed -nE 's/.*"name":"providers".*"(executable|filenames)":\[?"([^"]+)".*/\2/p' | tail -1
}

figures=$(mktemp -d)
trap 'rm -rf "$figures"' EXIT
native=$(built cargo build --profile bench)
wasm=$(
  use_wasm_toolchain wasm32-unknown-unknown
  built wasm_cargo build --profile bench
)
for _ in {1..7}; do
  "$native" >>"$figures/native"
  node benches/providers/wasm.mjs "$wasm" "$figures/native" >>"$figures/wasm"
done
node benches/providers/table.mjs "$figures/native" "$figures/wasm"
