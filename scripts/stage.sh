#!/usr/bin/env bash
# stage.sh N/ALL NAME COMMAND… : runs one stage of `make test` and says how long it took.
set -euo pipefail

echo "==> [$1] $2"
if "${@:3}"; then
  echo "==> [$1] $2: passed in $SECONDS s"
else
  status=$?
  echo "==> [$1] $2: FAILED after $SECONDS s" >&2
  exit "$status"
fi
