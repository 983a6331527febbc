#!/usr/bin/env bash
# wasm-opt.sh ARGUMENT… : Binaryen's optimiser of wasm modules, pinned, from npm; installed once
# under .tools/. Exits with 3 where there is no npm to install it with.
set -euo pipefail
cd "$(dirname "$0")/.."

version=132.0.0
home=$PWD/.tools/binaryen-$version
program=$home/node_modules/binaryen/bin/wasm-opt

if [[ ! -f $program ]]; then
  command -v npm >/dev/null || exit 3
  echo "Installing binaryen $version with npm (once)" >&2
  npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$home" \
    "binaryen@$version" </dev/null >&2
fi
exec node "$program" "$@"
