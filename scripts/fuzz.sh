#!/usr/bin/env bash
# fuzz.sh SECONDS [TARGET…] : runs each fuzz target, or those named, for so many seconds each.
# Coverage-guided (libFuzzer), with stable Rust: the coverage flags are LLVM's and need no nightly.
# There is no address sanitizer, which would need one; the core has no unsafe code.
# Ends with the first finding, whose input then lies in fuzz/artifacts/TARGET/.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=$1
targets=("${@:2}")
if [[ ${#targets[@]} -eq 0 ]]; then
  for source in fuzz/targets/*.rs; do
    targets+=("$(basename "$source" .rs)")
  done
fi

command -v "${CXX:-c++}" >/dev/null || scripts/apt-install.sh g++ # libFuzzer itself is C++

host=$(rustc --print host-tuple)
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/fuzz
coverage=(
  -Cpasses=sancov-module
  -Cllvm-args=-sanitizer-coverage-level=4
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
  -Cllvm-args=-sanitizer-coverage-pc-table
  -Cllvm-args=-sanitizer-coverage-trace-compares
)
# With --target the flags apply to the targets and not to build scripts, which could not link.
RUSTFLAGS="${coverage[*]}" cargo build --release --manifest-path fuzz/Cargo.toml --target "$host"

for target in "${targets[@]}"; do
  echo "==> fuzz target $target for $seconds s"
  mkdir -p "fuzz/corpus/$target" "fuzz/artifacts/$target"
  "$CARGO_TARGET_DIR/$host/release/$target" -max_total_time="$seconds" -timeout=10 \
    -rss_limit_mb=1024 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="fuzz/artifacts/$target/" "fuzz/corpus/$target"
done
echo "==> fuzz: no finding in ${#targets[@]} targets"
