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

# Inputs to begin with. Streams: our fixtures as they are, the recordings (one event a line) framed
# again; for Bedrock, whose frames are binary, one event a line, which the target frames itself. The
# letter in front is the byte by which a target decides where to cut.
write_seeds() { # FOLDER TARGET
  rm -rf "$1" && mkdir -p "$1"
  [[ ! -d fuzz/seeds/$2 ]] || cp "fuzz/seeds/$2"/* "$1"
  [[ $2 == *stream || $2 == *framing ]] || return 0
  local letters=abcdefghijklmnopqrstuvwxyz number=0 stream
  local recorded=${TIDEGATE_RECORDED:-../shared/recorded}
  local streams=(tests/fixtures "$recorded" -name '*.sse' -o -name '*.ndjson' -o -name '*.chunks.txt')
  [[ $2 != bedrock_stream ]] || streams=(tests/fixtures/bedrock "$recorded/bedrock" -name '*.jsonl' -o -name '*.chunks.txt')
  [[ $2 != aws_event_stream ]] || streams=(tests/fixtures/bedrock "$recorded/bedrock" -name '*.bin')
  while read -r stream; do
    number=$((number + 1))
    {
      echo -n "${letters:number%26:1}"
      case $stream in
        *.jsonl | */bedrock/*.chunks.txt) sed -E 's/^\{"([A-Za-z]+)": ?(.*)\}$/\1 \2/' "$stream" ;;
        *.chunks.txt) sed 's/^/data: /; s/$/\n/' "$stream" && echo -e 'data: [DONE]\n' ;;
        *) cat "$stream" ;;
      esac
    } >"$1/$number"
  done < <(find "${streams[@]}" 2>/dev/null | sort)
}

for target in "${targets[@]}"; do
  echo "==> fuzz target $target for $seconds s"
  seeds=$CARGO_TARGET_DIR/seeds/$target
  write_seeds "$seeds" "$target"
  mkdir -p "fuzz/corpus/$target" "fuzz/artifacts/$target"
  "$CARGO_TARGET_DIR/$host/release/$target" -max_total_time="$seconds" -timeout=10 \
    -rss_limit_mb=1024 -max_len=16384 -verbosity=0 -print_final_stats=1 \
    -artifact_prefix="fuzz/artifacts/$target/" "fuzz/corpus/$target" "$seeds" 2>&1 |
    sed '/^WARNING: Failed to find/d; /NEW_FUNC/d; /# Recommended dict/,/# End of rec/d; /^stat::[^n]/d'
done
echo "==> fuzz: no finding in ${#targets[@]} targets"
