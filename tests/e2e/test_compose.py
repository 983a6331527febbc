"""The services of docker-compose.yml serve, started as it says, in the order that it says."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from harness import compose, programs
from harness.boxes import Box, Host
from harness.process import Process
from harness.settings import CANARY

SECRETS = {
    "REDIS_PASSWORD": f"{CANARY}redis0123",
    "POSTGRES_PASSWORD": f"{CANARY}postgres0123",
    "TIDEGATE_ADMIN_TOKEN": f"{CANARY}-admin-token-0123456789",
    "OPENAI_API_KEY": f"sk-{CANARY}-compose-1b2c3d",
}
GATEWAY = "http://127.0.0.1:8080"
ASK = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "say one"}]}


class Stack:
    """All services of the file, and a simulated provider."""

    def __init__(self, directory: Path) -> None:
        config = directory / "tidegate.yaml"
        config.write_text(self._configuration())
        self.services = compose.services({**SECRETS, "TIDEGATE_CONFIG": str(config)})
        self.host = Host(directory / "host", list(self.services))
        self.started: dict[str, Box] = {}
        self.provider = Process(
            self.host.inside(
                [programs.tidegate(), "simulate", "--port", "9101",
                 "--api-key", SECRETS["OPENAI_API_KEY"]]
            )
        )

    def _configuration(self) -> str:
        """docker/tidegate.yaml, with the simulator in OpenAI's place."""
        config = yaml.safe_load((programs.ROOT / "docker/tidegate.yaml").read_text())
        config["providers"]["openai"]["base_url"] = "http://127.0.0.1:9101/v1"
        return yaml.safe_dump(config)

    def start(self, name: str) -> None:
        """Starts a service after those that it depends on."""
        if name in self.started:
            return
        service = self.services[name]
        for before in service.get("depends_on", {}):
            self.start(before)
        if name == "postgres":
            make_database(self.host, service)
        box = self.started[name] = Box(self.host, service)
        if "healthcheck" in service:
            box.wait_until_healthy()
        else:
            assert box.process.wait(20) == 0, box.process.said()

    def printed(self) -> str:
        """What the services have said."""
        processes = [box.process for box in self.started.values()]
        return "".join(one.stdout.text() + one.stderr.text() for one in processes)

    def stop(self) -> None:
        for box in self.started.values():
            box.process.kill()
        self.provider.kill()
        self.host.stop()


def make_database(host: Host, service: compose.Service) -> None:
    """What PostgreSQL's image does where its volume is empty."""
    script = (
        'printf %s "$POSTGRES_PASSWORD" >/tmp/password && '
        'initdb --username="$POSTGRES_USER" '
        '--pwfile=/tmp/password --no-sync $POSTGRES_INITDB_ARGS && '
        'echo "CREATE DATABASE $POSTGRES_DB" | '
        "postgres --single -j postgres"
    )
    made = Box(host, {**service, "command": ["sh", "-ec", script]}).process
    assert made.wait(60) == 0, made.said()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = Stack(tmp_path_factory.mktemp("compose"))
    try:
        stack.start("envoy")
        yield stack
    finally:
        stack.stop()


@pytest.fixture(scope="module")
def key(stack: Stack) -> str:
    made = stack.started["sidecar"].run(["/usr/local/bin/tidegate", "key", "create", "dev"])
    assert made.returncode == 0, made.stderr
    # That long each worker of Envoy may take to know of it.
    time.sleep(2.2)
    return made.stdout.split()[0]


def sql(stack: Stack, query: str) -> str:
    box = stack.started["postgres"]
    command = ["psql", "--host=127.0.0.1", "--username=tidegate", "--dbname=tidegate", "-Atc", query]
    done = box.run(command, PGPASSWORD=SECRETS["POSTGRES_PASSWORD"])
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def chat(stack: Stack, key: str, **more: object) -> tuple[int, dict[str, str], str]:
    headers = {"authorization": f"Bearer {key}"}
    url = f"{GATEWAY}/v1/chat/completions"
    return stack.host.ask("POST", url, headers=headers, json={**ASK, **more})


def eventually(value: Callable[[], str], wanted: str) -> bool:
    """Whether it comes to be `wanted` within five seconds."""
    deadline = time.monotonic() + 5
    while value() != wanted:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@pytest.mark.timeout(120)
def test_a_request_is_answered_counted_and_in_the_ledger(stack: Stack, key: str) -> None:
    status, headers, body = chat(stack, key)
    assert status == 200, body
    answer = json.loads(body)
    assert answer["choices"][0]["message"]["content"]
    assert headers["x-ratelimit-limit-requests"] == "600"
    request = headers["x-tidegate-request-id"]
    query = f"SELECT key_id, output_tokens FROM requests WHERE request_id = '{request}'"
    tokens = answer["usage"]["completion_tokens"]
    assert eventually(lambda: sql(stack, query), f"dev|{tokens}")
    counters = stack.started["redis"].run(
        ["redis-cli", "--scan", "--pattern", "tidegate:*"],
        REDISCLI_AUTH=SECRETS["REDIS_PASSWORD"],
    )
    assert "{key/dev/requests/60s}" in counters.stdout, counters


def test_without_a_key_nobody_comes_in(stack: Stack) -> None:
    assert chat(stack, "tg-none")[0] == 401


def test_no_service_can_write_into_its_image(stack: Stack) -> None:
    for name, box in stack.started.items():
        for path in ("/new", "/usr/local/new", "/rendered/new"):
            done = box.run(["touch", path])
            may = name == "render" and path == "/rendered/new"
            assert (done.returncode == 0) == may, f"{name}: {path}: {done.stderr}"


def test_no_service_has_rights(stack: Stack) -> None:
    for name, box in stack.started.items():
        status = box.run(["cat", "/proc/self/status"]).stdout
        assert f"Uid:\t{stack.services[name]['user'].split(':')[0]}\t" in status
        assert "CapEff:\t0000000000000000\n" in status, name


def test_secrets_are_neither_rendered_nor_printed(stack: Stack) -> None:
    rendered = {path.name: path.read_text() for path in stack.host.volume("rendered").iterdir()
                if path.suffix in (".yaml", ".json")}
    assert rendered.keys() == {"envoy.yaml", "sidecar.json"}
    for text in (*rendered.values(), stack.printed()):
        assert CANARY not in text


# The last one: it ends what the others use.
@pytest.mark.timeout(120)
def test_a_stream_under_way_finishes_and_is_in_the_ledger_before_the_end(
    stack: Stack, key: str
) -> None:
    slow = [{"pause_between_events_ms": 100, "tokens": 30}]
    stack.host.ask("PUT", "http://127.0.0.1:9101/_simulate/script", json=slow)
    with ThreadPoolExecutor(1) as pool:
        streaming = pool.submit(chat, stack, key, stream=True)
        time.sleep(1.5)
        assert not streaming.done()
        stack.started["envoy"].stop()
        status, headers, body = streaming.result(timeout=30)
    assert status == 200
    assert body.rstrip().endswith("data: [DONE]")
    request = headers["x-tidegate-request-id"]
    query = f"SELECT outcome FROM requests WHERE request_id = '{request}'"
    assert sql(stack, query) == "answered"
    for name in ("sidecar", "redis", "postgres"):
        assert stack.started[name].stop() == 0, stack.started[name].process.said()
