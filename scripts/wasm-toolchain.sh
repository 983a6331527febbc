# shellcheck shell=bash
# Finds a Rust toolchain for a wasm target. Sourced by the scripts that build for wasm, after
# they changed to the root of the repository:
#
#   use_wasm_toolchain TARGET [EXTRA_DEBIAN_PACKAGE…]
#   wasm_cargo SUBCOMMAND [ARGUMENT…]     its output lies in ${CARGO_TARGET_DIR:-target}/TARGET
#
# The usual toolchain serves when it has the target or when rustup can add it. Where rustup's
# server is out of reach, Debian's own packages serve: they lack the target's standard library,
# so cargo builds it from source, in a target directory of its own.
#
# TIDEGATE_TOOLCHAIN=rustup or =debian forces one of the two.

debian_packages=(rustc-web cargo-web rust-web-src wasi-libc lld-19)
rustup_seconds=60
# Remembers, for an hour, that rustup's server did not answer: `make test` asks several times.
rustup_failed=.tools/rustup-out-of-reach

use_wasm_toolchain() {
  wasm_target=$1
  case ${TIDEGATE_TOOLCHAIN:-auto} in
    auto) has_target || rustup_adds_target || use_debian "${@:2}" ;;
    rustup) has_target || rustup_adds_target || no_toolchain ;;
    debian) use_debian "${@:2}" ;;
    *) echo "TIDEGATE_TOOLCHAIN: \"$TIDEGATE_TOOLCHAIN\" is not rustup or debian" >&2 && exit 1 ;;
  esac
}

wasm_cargo() {
  cargo "$1" "${build_std[@]}" --target "$wasm_target" "${@:2}"
}

build_std=()

has_target() {
  local library
  library=$(rustc --print target-libdir --target "$wasm_target" 2>/dev/null) && [[ -d $library ]]
}

rustup_adds_target() {
  command -v rustup >/dev/null || return 1
  [[ -z $(find "$rustup_failed" -mmin -60 2>/dev/null) ]] || return 1
  echo "Adding the target $wasm_target with rustup" >&2
  timeout "$rustup_seconds" rustup target add "$wasm_target" </dev/null >&2 && return
  echo "rustup could not add $wasm_target within $rustup_seconds s: falling back to Debian's Rust" >&2
  mkdir -p "${rustup_failed%/*}" && touch "$rustup_failed"
  return 1
}

use_debian() {
  scripts/apt-install.sh "${debian_packages[@]}" "$@" || no_toolchain
  build_std=("-Zbuild-std=std,panic_abort")
  export PATH=/usr/bin:$PATH # before rustup's shims, which would answer for cargo and rustc
  export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/debian
  export RUSTC_BOOTSTRAP=1 # -Zbuild-std
  export CARGO_TARGET_WASM32_WASIP1_LINKER=wasm-ld-19
  export CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS="-C link-self-contained=no -L native=/usr/lib/wasm32-wasi"
  export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-19
}

no_toolchain() {
  cat >&2 <<EOF
No Rust toolchain here can build for $wasm_target. Either of these two mends it:
  rustup target add $wasm_target
  apt-get install ${debian_packages[*]}    (Debian 12, as root)
EOF
  exit 1
}
