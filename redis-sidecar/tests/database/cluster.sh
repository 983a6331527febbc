#!/bin/sh
# A PostgreSQL cluster of its own in $1, of the programs in $2, on a Unix socket only. It does what is
# written to its standard input, a word a line: `start`, `kill` (as -9, all its processes at once).
# It ends, and leaves nothing behind, when its input does: also where whoever started it is killed.
set -eu
folder=$1 programs=$2
server=

serve() {
  "$programs/postgres" -D "$folder/data" >>"$folder/log" 2>&1 &
  server=$!
  until "$programs/pg_isready" -q -h "$folder" -U tidegate -d postgres; do
    kill -0 "$server" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
    sleep 0.05
  done
}

# Each of its processes has a group of its own; the first one's children are all of them.
end() {
  [ -n "$server" ] || return 0
  # shellcheck disable=SC2046 # each number is a word
  kill -9 "$server" $(cat "/proc/$server/task/$server/children")
  { wait "$server" || true; } 2>/dev/null
  server=
}

trap 'end; rm -rf "$folder"' EXIT
"$programs/initdb" -D "$folder/data" -U tidegate -A trust --no-sync --no-locale -E UTF8 >"$folder/log"
cat >>"$folder/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$folder'
max_connections = 200
shared_buffers = 32MB
CONF
while read -r word; do
  case $word in
    start) serve ;;
    kill) end ;;
  esac
  echo "$word"
done
