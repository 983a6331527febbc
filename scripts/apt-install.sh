#!/usr/bin/env bash
# apt-install.sh PACKAGE… : installs those of the Debian packages that are missing.
# Says nothing when all are there. Needs apt, and root or sudo that asks for no password.
set -euo pipefail

missing=()
for package in "$@"; do
  state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $state == installed ]] || missing+=("$package")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

give_up() {
  echo "$0: $1. Please install by hand: apt-get install ${missing[*]}" >&2
  exit 1
}

command -v apt-get >/dev/null || give_up "this is not a Debian"
root=()
if [[ $EUID -ne 0 ]]; then
  sudo --non-interactive true 2>/dev/null || give_up "neither root nor sudo without a password"
  root=(sudo --non-interactive)
fi

echo "Installing Debian packages: ${missing[*]}" >&2
apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o Acquire::Retries=3)
"${apt[@]}" update >&2 || give_up "apt-get update failed"
"${apt[@]}" install --yes --no-install-recommends "${missing[@]}" </dev/null >&2 ||
  give_up "apt-get install failed"
