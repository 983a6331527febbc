#!/usr/bin/env bash
# All that is checked without running anything: format, lints for both targets, documentation,
# dependencies, shell scripts, Dockerfile. A warning is an error. With CI set, Cargo.lock must be up to date.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/wasm-toolchain.sh

locked=(${CI:+--locked})

check() {
  echo "  $1"
  "${@:2}"
}

clippy_for_wasm() (
  use_wasm_toolchain wasm32-wasip1 rust-web-clippy
  wasm_cargo clippy "${locked[@]}" --package tidegate --lib -- --deny warnings
)

# The command and the library share a name, hence a folder of target/doc: the library comes last.
documentation() {
  export RUSTDOCFLAGS="--deny warnings"
  cargo doc "${locked[@]}" --package tidegate-cli --bins --no-deps --document-private-items
  cargo doc "${locked[@]}" --workspace --lib --no-deps --document-private-items
}

dependencies() {
  local deny
  deny=$(scripts/cargo-tool.sh cargo-deny 0.20.2 cargo-deny)
  "$deny" --log-level error --locked check licenses bans sources
}

shell_scripts() {
  if [[ -z ${CI:-} ]] && ! command -v shellcheck >/dev/null; then
    echo "  (left out: shellcheck is not installed)"
    return
  fi
  shellcheck --external-sources scripts/*.sh redis-sidecar/tests/database/*.sh .ci/run
}

images() {
  local hadolint
  hadolint=$(scripts/container-tools.sh hadolint)
  "$hadolint" Dockerfile
}

check "format" cargo fmt --all --check
check "format of the fuzz targets" cargo fmt --manifest-path fuzz/Cargo.toml --check
check "clippy" cargo clippy "${locked[@]}" --workspace --all-targets -- --deny warnings
check "clippy of the fuzz targets" cargo clippy "${locked[@]}" --manifest-path fuzz/Cargo.toml \
  --target-dir "${CARGO_TARGET_DIR:-target}/fuzz" --no-default-features -- --deny warnings
check "clippy of the filter for wasm" clippy_for_wasm
check "documentation" documentation
check "dependencies" dependencies
check "shell scripts" shell_scripts
check "images" images
