"""`tidegate run`, `check`, `render` and `key` as scripts use them."""

import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import openai
import pytest
import yaml

from harness import events, ports, programs, settings
from harness.cases import user
from harness.gateway import Gateway, command, envoy_of, terminate, write
from harness.process import Process
from harness.settings import CLAUDE, GPT, KEY, LOCAL, Settings, environment, variable
from harness.simulator import Simulator

ASK = [user("say one two six ten one two six ten one two")]
Start = Callable[..., Gateway]


@pytest.fixture
def own(simulators: dict[str, Simulator]) -> Settings:
    providers = {name: settings.provider(simulators[name], name) for name in ("openai", "claude")}
    models = {GPT: {"provider": "openai"}, CLAUDE: {"provider": "claude"}}
    return settings.small(providers, models)


def run(*arguments: str | Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess:
    """A command that ends by itself."""
    return subprocess.run(
        [programs.tidegate(), *arguments],
        env={"PATH": os.environ["PATH"], **(env or {})},
        capture_output=True,
        text=True,
        timeout=20,
    )


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


# Ending


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_0_and_nothing_stays(
    start: Start, own: Settings, number: signal.Signals
) -> None:
    gateway = start(own)
    envoy = envoy_of(gateway)
    gateway.process.send(number)
    assert gateway.process.wait(10) == 0
    assert not alive(envoy)
    with socket.socket() as again:
        again.bind((ports.HOST, gateway.port))


@pytest.mark.parametrize("provider", ["openai", "claude"])
def test_a_stream_under_way_is_served_to_its_end(
    start: Start, own: Settings, simulators: dict[str, Simulator], provider: str
) -> None:
    gateway = start(own)
    simulators[provider].script({"pause_between_events_ms": 100})
    wires: list[events.Wire] = []

    def ask() -> None:
        with gateway.http() as client:
            wires.append(events.ask(client, GPT if provider == "openai" else CLAUDE, ASK))

    asking = threading.Thread(target=ask)
    asking.start()
    assert simulators[provider].wait_for(lambda request: True, seconds=5)
    time.sleep(0.3)
    terminate(gateway)
    asking.join(timeout=10)
    assert wires[0].text == "one two six ten one two six ten one two"
    assert wires[0].done and not wires[0].broken
    assert gateway.process.wait(10) == 0


def test_a_gateway_that_drains_takes_no_new_connections(
    start: Start, own: Settings, simulators: dict[str, Simulator]
) -> None:
    gateway = start(own)
    simulators["openai"].script({"pause_between_events_ms": 200})
    with gateway.sdk() as client:
        chunks = client.chat.completions.create(model=GPT, messages=ASK, stream=True)
        next(chunks)
        terminate(gateway)
        deadline = time.monotonic() + 2
        while refuses(gateway.port) is False and time.monotonic() < deadline:
            time.sleep(0.05)
        assert refuses(gateway.port)
        assert list(chunks)[-1].choices[0].finish_reason == "stop"
    assert gateway.process.wait(10) == 0


def refuses(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((ports.HOST, port)) != 0


def test_a_second_signal_ends_it_at_once(
    start: Start, own: Settings, simulators: dict[str, Simulator]
) -> None:
    gateway = start(own)
    envoy = envoy_of(gateway)
    simulators["openai"].script({"hang": "mid_stream"})
    with gateway.sdk() as client:
        chunks = client.chat.completions.create(model=GPT, messages=ASK, stream=True)
        next(chunks)
        terminate(gateway)
        time.sleep(0.5)
        assert gateway.process.running(), "it waits for the stream"
        sent = time.monotonic()
        terminate(gateway)
        code = gateway.process.wait(5)
        assert time.monotonic() - sent < 2
        assert code != 0, "a stream was cut"
    assert not alive(envoy)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_an_envoy_that_dies_ends_it_with_words(
    start: Start, own: Settings, number: signal.Signals
) -> None:
    gateway = start(own)
    os.kill(envoy_of(gateway), number)
    assert gateway.process.wait(10) not in (0, None)
    assert "envoy" in gateway.process.stderr.text().lower()


def test_its_own_violent_end_leaves_no_envoy_behind(start: Start, own: Settings) -> None:
    gateway = start(own)
    envoy = envoy_of(gateway)
    gateway.process.send(signal.SIGKILL)
    deadline = time.monotonic() + 5
    while alive(envoy) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(envoy)


# Starting


def test_it_says_where_it_listens(start: Start, own: Settings) -> None:
    gateway = start(own)
    assert gateway.process.stderr.wait_for(lambda line: gateway.url in line, seconds=5)


def test_two_gateways_run_side_by_side(start: Start, own: Settings) -> None:
    first = start(own)
    second = start({**own, **settings.addresses()})
    for gateway in (first, second):
        with gateway.sdk() as client:
            assert client.chat.completions.create(model=GPT, messages=ASK)


@pytest.mark.parametrize("workers", ["1", "2", "4"])
def test_it_has_as_many_workers_as_said(start: Start, own: Settings, workers: str) -> None:
    gateway = start(own, "--concurrency", workers)
    assert gateway.stats("^server.concurrency$") == {"server.concurrency": int(workers)}
    with gateway.sdk() as client:
        for _ in range(8):
            assert client.chat.completions.create(model=CLAUDE, messages=ASK)


@pytest.mark.parametrize("which", ["listen", "admin"])
def test_a_port_in_use_is_said(own: Settings, tmp_path: Path, which: str) -> None:
    with socket.create_server((ports.HOST, 0)) as taken:
        own[which]["port"] = taken.getsockname()[1]
        code, words = failure(Process(command(write(own, tmp_path)), env=environment()))
        assert code == 1
        assert str(own[which]["port"]) in words and "in use" in words.lower()


def test_a_missing_variable_is_said(own: Settings, tmp_path: Path) -> None:
    env = environment()
    del env[variable("claude")]
    code, words = failure(Process(command(write(own, tmp_path)), env=env))
    assert code == 1
    assert variable("claude") in words and "claude" in words
    assert variable("openai") not in words


def test_an_empty_variable_is_a_missing_one(own: Settings, tmp_path: Path) -> None:
    env = {**environment(), variable("claude"): ""}
    code, words = failure(Process(command(write(own, tmp_path)), env=env))
    assert code == 1 and variable("claude") in words


def test_a_filter_that_is_not_there_is_said(own: Settings, tmp_path: Path) -> None:
    missing = tmp_path / "no.wasm"
    line = [programs.tidegate(), "run", "-c", write(own, tmp_path), "--envoy", programs.envoy()]
    code, words = failure(Process([*line, "--wasm", missing], env=environment()))
    assert code == 1 and str(missing) in words


def test_an_envoy_that_is_not_there_is_said(own: Settings, tmp_path: Path) -> None:
    line = [programs.tidegate(), "run", "-c", write(own, tmp_path), "--wasm", programs.wasm()]
    code, words = failure(Process([*line, "--envoy", tmp_path / "no-envoy"], env=environment()))
    assert code == 1 and "no-envoy" in words


def test_a_file_with_mistakes_is_not_run(own: Settings, tmp_path: Path) -> None:
    own["models"][GPT]["provider"] = "opnai"
    code, words = failure(Process(command(write(own, tmp_path)), env=environment()))
    assert code == 1
    assert f"models.{GPT}.provider" in words and "did you mean `openai`" in words


def failure(process: Process) -> tuple[int, str]:
    """The exit code and the words of a gateway that does not start."""
    try:
        return process.wait(20), process.stderr.text()
    finally:
        process.kill()


# check, render, key


MISTAKES = """\
listen: {port: 99999}
providers:
  openai: {api_key: "sk-written-into-the-file"}
  claude: {kind: antropic, api_key: "${CLAUDE_KEY}"}
models:
  smart:
    targets:
      - {provider: cluade, model: claude-sonnet-4-5}
    timeouts: {first_token: soon}
keys:
  - {id: dev, sha256: "abc", modles: [smart]}
max_body_bytes: lots
unknown_field: 1
"""


def test_check_says_all_mistakes_at_once(tmp_path: Path) -> None:
    file = tmp_path / "tidegate.yaml"
    file.write_text(MISTAKES)
    checked = run("check", "-c", file)
    assert checked.returncode == 1
    for path in [
        "listen.port",
        "providers.openai.api_key",
        "providers.claude.kind",
        "models.smart.targets[0].provider",
        "models.smart.timeouts.first_token",
        "keys[0].sha256",
        "keys[0].modles",
        "max_body_bytes",
        "unknown_field",
    ]:
        assert path in checked.stderr, path
    for suggestion in ["anthropic", "claude", "models"]:
        assert f"did you mean `{suggestion}`" in checked.stderr
    assert "sk-written-into-the-file" not in checked.stderr + checked.stdout


def test_check_of_a_good_file_is_0(own: Settings, tmp_path: Path) -> None:
    assert run("check", "-c", write(own, tmp_path)).returncode == 0


def test_check_of_no_file_is_1(tmp_path: Path) -> None:
    checked = run("check", "-c", tmp_path / "none.yaml")
    assert checked.returncode == 1 and "none.yaml" in checked.stderr


def test_a_rendered_file_is_accepted_and_holds_no_secret(
    gateway: Gateway, tmp_path: Path
) -> None:
    rendered = run(
        "render", "-c", gateway.file, "-o", tmp_path, "--wasm", programs.wasm(), env=environment()
    )
    assert rendered.returncode == 0, rendered.stderr
    text = (tmp_path / "envoy.yaml").read_text()
    assert not any(secret in text for secret in (KEY, *environment().values()))
    validate(tmp_path / "envoy.yaml")


def validate(file: Path) -> None:
    checked = subprocess.run(
        [programs.envoy(), "--mode", "validate", "-c", file, "--use-dynamic-base-id"],
        env={**os.environ, **environment()},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert checked.returncode == 0, checked.stderr


def test_a_rendered_file_serves_in_an_envoy_of_ones_own(own: Settings, tmp_path: Path) -> None:
    file = write(own, tmp_path)
    assert run("render", "-c", file, "-o", tmp_path, "--wasm", programs.wasm()).returncode == 0
    options = ["-c", tmp_path / "envoy.yaml", "--use-dynamic-base-id", "--concurrency", "1"]
    envoy = Process([programs.envoy(), *options], env=environment())
    try:
        url = f"http://{ports.HOST}:{own['listen']['port']}"
        wait_for_health(url, envoy)
        with openai.OpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0) as client:
            completion = client.chat.completions.create(model=CLAUDE, messages=ASK)
        assert completion.choices[0].finish_reason == "stop"
    finally:
        envoy.stop()


def wait_for_health(url: str, process: Process) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.running():
        try:
            if httpx.get(f"{url}/healthz", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(process.said())


def test_a_new_key_opens_the_door(start: Start, own: Settings) -> None:
    """What `key new` prints can be pasted, and the key is printed once."""
    printed = run("key", "new", "laptop")
    assert printed.returncode == 0
    output = printed.stdout + printed.stderr
    sha256 = re.search(r"\b[0-9a-f]{64}\b", output)
    assert sha256 is not None
    line = next(line for line in output.splitlines() if sha256[0] in line)
    (pasted,) = yaml.safe_load(line.strip()) if line.strip().startswith("-") else [yaml.safe_load(line)]
    assert pasted["id"] == "laptop" and pasted["sha256"] == sha256[0]
    words = [word.strip("`\"',") for word in output.split()]
    secret = next(word for word in words if len(word) > 20 and word != sha256[0] and "{" not in word)
    assert output.count(secret) == 1
    own["keys"].append(pasted)
    gateway = start(own)
    with gateway.sdk(key=secret) as client:
        assert client.chat.completions.create(model=GPT, messages=ASK)


def test_no_two_keys_are_the_same() -> None:
    assert run("key", "new", "a").stdout != run("key", "new", "a").stdout


def test_auth_none_lets_everybody_in(start: Start, own: Settings) -> None:
    del own["keys"]
    gateway = start({**own, "auth": "none"})
    for key in (None, "anything"):
        with gateway.http(key=key) as client:
            body = {"model": GPT, "messages": ASK}
            assert client.post("/v1/chat/completions", json=body).status_code == 200


def test_a_limit_of_ones_own_holds(start: Start, own: Settings) -> None:
    gateway = start({**own, "max_body_bytes": 2048})
    with gateway.http() as client:
        for size, status in ((1500, 200), (3000, 413)):
            body = {"model": GPT, "messages": [user("say ok\n" + "a" * size)]}
            assert client.post("/v1/chat/completions", json=body).status_code == status


def test_a_local_provider_needs_no_key(
    start: Start, own: Settings, tmp_path: Path
) -> None:
    open_simulator = Simulator("openai")
    try:
        own["providers"]["local"] = {"kind": "vllm", "base_url": open_simulator.base_url}
        own["models"]["local"] = {"provider": "local", "model": LOCAL}
        gateway = start(own)
        with gateway.sdk() as client:
            assert client.chat.completions.create(model="local", messages=ASK)
        seen = open_simulator.only_request()
        assert "authorization" not in seen.headers
        assert seen.json["model"] == LOCAL
    finally:
        open_simulator.stop()
