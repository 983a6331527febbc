#!/usr/bin/env bash
# cargo-tool.sh CRATE VERSION BINARY : prints the path of a Rust tool, built once into
# .tools/. Without optimisation, debug information and optional features: these tools run for
# seconds, and their build is the larger cost.
set -euo pipefail
cd "$(dirname "$0")/.."

crate=$1 version=$2 binary=$3
root=$PWD/.tools/$crate-$version

if [[ ! -x $root/bin/$binary ]]; then
  echo "Building $crate $version into .tools/ (once, about a minute)" >&2
  env --unset=CARGO_TARGET_DIR --unset=RUSTFLAGS CARGO_PROFILE_DEV_DEBUG=0 \
    cargo install --quiet --locked --debug --no-default-features --root "$root" \
    --bin "$binary" "$crate@$version" </dev/null >&2
fi
echo "$root/bin/$binary"
