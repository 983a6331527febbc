#!/usr/bin/env bash
# compose.sh up [ARGUMENT…] : builds the images and starts docker-compose.yml's gateway, waits until
#   it is healthy, and says where to send requests. Arguments go to `docker compose up`.
# compose.sh down [ARGUMENT…] : ends it, requests under way first. Data stays, but for --volumes.
set -euo pipefail
cd "$(dirname "$0")/.."

secrets=(REDIS_PASSWORD POSTGRES_PASSWORD TIDEGATE_ADMIN_TOKEN)

give_up() {
  printf '%s\n' "$@" >&2
  exit 1
}

need_docker() {
  command -v docker >/dev/null || give_up \
    "docker is not there: install Docker Engine with its Compose plugin." \
    "\`make run\` starts a gateway without containers."
  docker compose version >/dev/null 2>&1 || give_up \
    "docker is there, but \`docker compose\` is not: install the package docker-compose-plugin."
  local version
  version=$(docker compose version --short)
  printf '%s\n' 2.30.0 "${version#v}" | sort --check=quiet --version-sort || give_up \
    "Docker Compose is $version here: docker-compose.yml needs 2.30 or newer."
  docker info >/dev/null 2>&1 || give_up \
    "docker is there, but its daemon does not answer: start it, or see \`docker info\`."
}

# What a variable is: the environment's, else .env's, else the default.
setting() { # NAME DEFAULT
  local value=${!1:-}
  [[ -n $value ]] || value=$(sed -nE "s/^$1=//p" .env | tail -1)
  echo "${value:-$2}"
}

# Secrets that nobody has chosen are made up, once.
complete_env() {
  local name line
  if [[ ! -f .env ]]; then
    install --mode=0600 .env.example .env
    echo "Made .env from .env.example: keys of providers belong there" >&2
  fi
  for name in "${secrets[@]}"; do
    [[ -z $(setting "$name" "") ]] || continue
    line=$name=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
    if grep -q "^$name=" .env; then
      sed -i "s/^$name=.*/$line/" .env
    else
      printf '\n%s\n' "$line" >>.env
    fi
    echo "Made up $name, in .env" >&2
  done
}

up() {
  local config at address admin
  need_docker
  complete_env
  config=$(setting TIDEGATE_CONFIG ./docker/tidegate.yaml)
  [[ -f $config ]] || give_up "there is no configuration $config (TIDEGATE_CONFIG)"
  TIDEGATE_CONFIG_DIGEST=$(cat "$config" docker/overlay.yaml | sha256sum | cut -c1-16)
  export TIDEGATE_CONFIG_DIGEST
  if ! docker compose up --build --detach --wait "$@"; then
    docker compose logs --no-log-prefix --tail 20 render >&2
    give_up "" "The gateway is not up. \`docker compose logs\` says more, \`make down\` takes it away."
  fi
  address=$(setting TIDEGATE_ADDRESS 127.0.0.1)
  at=$address:$(setting TIDEGATE_PORT 8080)
  admin=127.0.0.1:$(setting TIDEGATE_ADMIN_PORT 9902)
  docker compose run --rm --no-deps --no-TTY render check \
    --config=/etc/tidegate/tidegate.yaml --overlay=/etc/tidegate/overlay.yaml \
    --served-at="$at" --admin-at="$admin"
  cat >&2 <<'EOF'
Make a key, and read the log:
  docker compose exec sidecar /usr/local/bin/tidegate key create NAME
  docker compose logs --follow envoy
EOF
}

case ${1:-} in
  up) up "${@:2}" ;;
  down)
    need_docker
    # Where there is no .env, what would be read from it does not matter any more.
    for name in "${secrets[@]}"; do
      [[ -f .env ]] || export "$name=none"
    done
    docker compose down "${@:2}"
    ;;
  *) give_up "compose.sh up|down [ARGUMENT…]" ;;
esac
