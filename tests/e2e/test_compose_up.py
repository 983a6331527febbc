"""`make up` and `make down`: scripts/compose.sh, with a `docker` that only notes what it is asked."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from harness.programs import ROOT, tidegate

SECRETS = ("REDIS_PASSWORD", "POSTGRES_PASSWORD", "TIDEGATE_ADMIN_TOKEN")

DOCKER = """#!/bin/sh
echo "$@" >>"$DOCKER_LOG"
case "$*" in
  'compose version --short') echo "${COMPOSE_VERSION:-2.40.3}" ;;
  info) exit ${DOCKER_INFO:-0} ;;
  'compose up'*) exit ${DOCKER_UP:-0} ;;
esac
"""


class Checkout:
    """A copy of what scripts/compose.sh needs, and a `docker` that notes what it is asked."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        for path in (".env.example", "scripts/compose.sh", "docker-compose.yml"):
            (directory / path).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / path, directory / path)
        shutil.copytree(ROOT / "docker", directory / "docker")
        self.bin = directory / "bin"
        self.bin.mkdir()
        self.log = directory / "log"
        self.env = directory / ".env"

    def add_docker(self) -> None:
        docker = self.bin / "docker"
        docker.write_text(DOCKER)
        docker.chmod(0o755)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        # Without a `docker` of the machine's.
        for name in ("bash", "dirname", "sed", "tail", "cat", "sha256sum", "cut", "sort", "od",
                     "tr", "grep", "install"):  # fmt: skip
            link = self.bin / name
            if not link.exists():
                link.symlink_to(shutil.which(name) or name)
        env = {"PATH": str(self.bin), "DOCKER_LOG": str(self.log), **environment}
        command = [self.directory / "scripts/compose.sh", *arguments]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=30)

    def asked(self) -> list[str]:
        return self.log.read_text().splitlines()

    def variables(self) -> dict[str, str]:
        return dict(re.findall(r"^([A-Z_]+)=(.*)$", self.env.read_text(), re.M))


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_without_docker_up_says_so_and_leaves_nothing(checkout: Checkout) -> None:
    for command in ("up", "down"):
        done = checkout.run(command)
        assert done.returncode == 1
        assert "docker is not there" in done.stderr and "make run" in done.stderr
    assert not checkout.env.exists()


def test_a_docker_that_is_of_no_use_is_said_to_be(checkout: Checkout) -> None:
    checkout.add_docker()
    assert "does not answer" in checkout.run("up", DOCKER_INFO="1").stderr
    assert "2.30 or newer" in checkout.run("up", COMPOSE_VERSION="2.29.7").stderr
    assert not checkout.env.exists()


def test_up_makes_up_secrets_once(checkout: Checkout) -> None:
    checkout.add_docker()
    checkout.env.write_text("OPENAI_API_KEY=sk-mine\nREDIS_PASSWORD=chosen")
    assert checkout.run("up").returncode == 0
    made = checkout.variables()
    assert made["OPENAI_API_KEY"] == "sk-mine" and made["REDIS_PASSWORD"] == "chosen"
    for name in ("POSTGRES_PASSWORD", "TIDEGATE_ADMIN_TOKEN"):
        assert re.fullmatch("[0-9a-f]{64}", made[name])
    checkout.run("up")
    assert checkout.variables() == made


def test_up_makes_env_readable_to_its_owner_only(checkout: Checkout) -> None:
    checkout.add_docker()
    done = checkout.run("up")
    assert done.returncode == 0, done.stderr
    assert checkout.env.stat().st_mode & 0o777 == 0o600
    for name, value in checkout.variables().items():
        if name in SECRETS:
            assert re.fullmatch("[0-9a-f]{64}", value)
            assert value not in done.stdout + done.stderr


def test_up_waits_and_says_where_to_send_requests(checkout: Checkout) -> None:
    checkout.add_docker()
    done = checkout.run("up", "--quiet-pull", TIDEGATE_PORT="8123")
    *_, up, said = checkout.asked()
    assert up == "compose up --build --detach --wait --quiet-pull"
    assert said.startswith("compose run --rm --no-deps --no-TTY render check ")
    assert said.endswith("--served-at=127.0.0.1:8123 --admin-at=127.0.0.1:9902")
    assert "key create" in done.stderr
    # What it asks for is what the command can say.
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    render = services["render"]["command"]
    command = said.split("render ", 1)[1].split()
    assert {word for word in command if word.startswith(("--config", "--overlay"))} <= set(render)
    local = [word.replace("/etc/tidegate", str(ROOT / "docker")) for word in command]
    banner = subprocess.run([tidegate(), *local], capture_output=True, text=True, timeout=30)
    assert "Tidegate serves http://127.0.0.1:8123/v1" in banner.stderr


def test_up_that_fails_shows_what_rendering_said(checkout: Checkout) -> None:
    checkout.add_docker()
    done = checkout.run("up", DOCKER_UP="1")
    assert done.returncode == 1 and "The gateway is not up" in done.stderr
    assert checkout.asked()[-1].startswith("compose logs") and checkout.asked()[-1].endswith("render")
    done = checkout.run("up", TIDEGATE_CONFIG="./nowhere.yaml")
    assert done.returncode == 1 and "there is no configuration ./nowhere.yaml" in done.stderr


def test_down_keeps_data_unless_told(checkout: Checkout) -> None:
    checkout.add_docker()
    assert checkout.run("down").returncode == 0
    assert checkout.asked()[-1] == "compose down"
    checkout.run("down", "--volumes")
    assert checkout.asked()[-1] == "compose down --volumes"
    assert checkout.run("sideways").returncode == 1
