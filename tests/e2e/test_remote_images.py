"""Pictures by URL, for a provider that takes their bytes only: fetched from listed hosts alone."""

import base64
import json
from collections.abc import Iterator

import httpx
import pytest

from harness import ports, settings
from harness.gateway import Gateway
from harness.pictures import PNG, PictureHost
from harness.upstream import Upstream, document

MODEL = "eyes"
LIMIT = 100_000
ANSWER = json.dumps(
    {
        "model": "llava",
        "created_at": "2026-11-25T00:00:00Z",
        "message": {"role": "assistant", "content": "A picture."},
        "done": True,
        "done_reason": "stop",
        "prompt_eval_count": 5,
        "eval_count": 3,
    }
).encode()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PictureHost]:
    running = PictureHost(tmp_path_factory.mktemp("pictures"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def server() -> Iterator[Upstream]:
    running = Upstream()
    running.answer = document(ANSWER)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def gateway(
    pictures: PictureHost, server: Upstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    with ports.refusing() as refusing:
        images = {
            "hosts": [pictures.authority, f"{ports.HOST}:{refusing}"],
            "max_bytes": LIMIT,
            "timeout": "2s",
            "tls": {"ca_file": str(pictures.ca_file)},
        }
        providers = {"local": {"kind": "ollama_native", "base_url": server.url}}
        models = {MODEL: {"provider": "local"}}
        own = settings.small(providers, models, remote_images=images)
        running = Gateway(own, tmp_path_factory.mktemp("images"), "--concurrency", "1")
        running.refused_host = f"{ports.HOST}:{refusing}"
        yield running
        assert running.vm_failures() == {}
        running.stop()


@pytest.fixture(autouse=True)
def fresh(pictures: PictureHost, server: Upstream) -> None:
    pictures.pictures.clear()
    pictures.requests.clear()
    server.requests.clear()


def ask(gateway: Gateway, *urls: str, stream: bool = False) -> httpx.Response:
    images = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    content = [{"type": "text", "text": "What is it?"}, *images]
    body = {"model": MODEL, "messages": [{"role": "user", "content": content}], "stream": stream}
    with gateway.http() as client:
        return client.post("/v1/chat/completions", json=body)


def sent(server: Upstream) -> list[bytes]:
    (request,) = server.requests
    images = json.loads(request.body)["messages"][0]["images"]
    return [base64.b64decode(image) for image in images]


def test_pictures_are_fetched_and_reach_the_provider_in_their_order(
    gateway: Gateway, pictures: PictureHost, server: Upstream
) -> None:
    large = PNG + bytes(LIMIT - len(PNG))
    pictures.pictures = {"/a.png?size=1": (200, PNG), "/b": (200, large)}
    urls = [pictures.url(path) for path in ("/b", "/a.png?size=1", "/b")]
    answer = ask(gateway, *urls)
    assert answer.status_code == 200, answer.text
    assert answer.json()["choices"][0]["message"]["content"] == "A picture."
    assert sent(server) == [large, PNG, large]
    assert sorted(pictures.requests) == ["/a.png?size=1", "/b"]


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (404, PNG, "status 404"),
        (302, PNG, "status 302"),
        (200, b"<html>", "PNG"),
        (200, b"", "PNG"),
        (200, PNG + bytes(LIMIT), "larger than 100000 bytes|did not answer"),
        (200, PNG + bytes(50_000_000), "larger than 100000 bytes|did not answer"),
    ],
    ids=["missing", "redirect", "page", "empty", "too large", "huge"],
)
def test_what_is_no_picture_is_the_clients_error(
    gateway: Gateway,
    pictures: PictureHost,
    server: Upstream,
    status: int,
    body: bytes,
    reason: str,
) -> None:
    pictures.pictures = {"/x": (status, body)}
    pictures.headers = {"/x": {"location": pictures.url("/other")}}
    before = gateway.memory()
    answer = ask(gateway, pictures.url("/x"))
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert error["code"] == "invalid_image_url"
    assert error["param"] == "messages[0].content[1].image_url.url"
    assert any(part in error["message"] for part in reason.split("|")), error
    assert (server.requests, pictures.requests) == ([], ["/x"])
    assert gateway.memory() - before < 30_000_000


def test_a_host_that_does_not_answer_is_the_clients_error_too(
    gateway: Gateway, server: Upstream
) -> None:
    answer = ask(gateway, f"https://{gateway.refused_host}/x")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_image_url"
    assert server.requests == []


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_hosts_that_are_not_listed_are_never_asked(
    gateway: Gateway, pictures: PictureHost, server: Upstream, scheme: str
) -> None:
    for url in (
        f"{scheme}://localhost:{pictures.authority.partition(':')[2]}/x",
        f"{scheme}://user@{pictures.authority}/x",
        f"{scheme}://169.254.169.254/latest/meta-data/",
    ):
        answer = ask(gateway, url)
        assert answer.status_code == 400, answer.text
        assert answer.json()["error"]["param"].startswith("messages[0].content[1]")
    assert (server.requests, pictures.requests) == ([], [])


def test_the_gateway_goes_on_after_all_that(
    gateway: Gateway, pictures: PictureHost, server: Upstream
) -> None:
    pictures.pictures = {"/a": (200, PNG)}
    assert ask(gateway, pictures.url("/a")).status_code == 200
    assert sent(server) == [PNG]
