#!/usr/bin/env bash
# image.sh DIR : lays out what the images of Dockerfile hold beside their bases, as paths under
# DIR/envoy and DIR/sidecar, and an empty DIR/rendered. It copies what `make wasm build` has built.
set -euo pipefail

to=$(realpath --canonicalize-missing "$1")
cd "$(dirname "$0")/.."
built=${CARGO_TARGET_DIR:-target}/tool

install -D --mode=0755 "$built/tidegate" "$to/envoy/usr/local/bin/tidegate"
install -D --mode=0644 dist/tidegate.wasm "$to/envoy/usr/local/lib/tidegate/tidegate.wasm"
# Of what the command needs, Envoy's image has all but this.
install -D --mode=0644 "$("${CC:-cc}" -print-file-name=libgcc_s.so.1)" "$to/envoy/usr/lib/libgcc_s.so.1"

install -D --mode=0755 "$built/tidegate" "$to/sidecar/usr/local/bin/tidegate"
install -D --mode=0755 "$built/tidegate-sidecar" "$to/sidecar/usr/local/bin/tidegate-sidecar"
mkdir -p "$to/rendered"
