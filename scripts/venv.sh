#!/usr/bin/env bash
# venv.sh NAME PIP_ARGUMENT… : prints the Python of the virtual environment .tools/NAME, which
# holds what `pip install PIP_ARGUMENT…` installs. Made anew when the arguments, or the files
# among them, changed; else quiet and quick.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
venv=$PWD/.tools/$1
shift

wanted() {
  "$python" --version
  for argument in "$@"; do
    echo "$argument"
    [[ ! -f $argument ]] || cat "$argument"
  done
}

# Read once: a file may change while pip runs.
wanted=$(wanted "$@")
if [[ $(cat "$venv/installed" 2>/dev/null) != "$wanted" ]]; then
  echo "Installing into ${venv#"$PWD"/} (once): $*" >&2
  "$python" -m venv --clear "$venv" >&2
  "$venv/bin/python" -m pip --quiet --disable-pip-version-check install "$@" </dev/null >&2
  echo "$wanted" >"$venv/installed"
fi
echo "$venv/bin/python"
