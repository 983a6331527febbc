#!/usr/bin/env bash
# with-gateway.sh PYTHON_ARGUMENT… : runs Python with the end-to-end requirements, and with
# TIDEGATE (the command), TIDEGATE_WASM (the filter) and ENVOY set to absolute paths.
# Both must have been built: `make e2e` and `make bench` see to it.
set -euo pipefail
cd "$(dirname "$0")/.."

ENVOY=$(scripts/envoy.sh)
TIDEGATE=$(realpath "${CARGO_TARGET_DIR:-target}/tool/tidegate")
TIDEGATE_WASM=$(realpath dist/tidegate.wasm)
export ENVOY TIDEGATE TIDEGATE_WASM

python=$(scripts/venv.sh e2e -r tests/e2e/requirements.txt)
exec "$python" "$@"
