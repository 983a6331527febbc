"""Keys by client certificate: Envoy verifies it in the handshake, the filter finds whose it is."""

import os
import shutil
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import httpx2
import openai
import pytest

from harness import settings
from harness.cases import user
from harness.gateway import Gateway
from harness.identity import Authority, Issuer
from harness.settings import CANARY, GPT, KEY
from harness.simulator import Simulator

BILLING = "spiffe://acme.example/ns/billing/sa/api"
SERVICE = {"sub": "service-1"}

Start = Callable[..., Gateway]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def server(directory: Path) -> Authority:
    """Signs the gateway's own certificate."""
    return Authority(directory, "server")


@pytest.fixture(scope="module")
def clients(directory: Path) -> Authority:
    """Signs those of clients."""
    return Authority(directory, "clients")


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer("https://login.acme.example/", "ES256")


def with_certificates(
    directory: Path, server: Authority, clients: Authority, simulator: Simulator, **more: Any
) -> settings.Settings:
    """A gateway with a key for each kind of certificate, and a virtual one."""
    own = settings.small(
        {"openai": settings.provider(simulator, "openai")}, {GPT: {"provider": "openai"}}
    )
    cert_file, key_file = server.server()
    own["listen"]["tls"] = {
        "cert_file": str(cert_file),
        "key_file": str(key_file),
        "client_certificates": {"ca_file": str(clients.ca_file), **more},
    }
    own["keys"] += [
        {"id": "billing", "certificate": {"uri": BILLING}},
        {"id": "batch", "certificate": {"dns": "batch.acme.internal"}},
    ]
    return own


@pytest.fixture(scope="module")
def gateway(
    directory: Path,
    server: Authority,
    clients: Authority,
    issuer: Issuer,
    openai_simulator: Simulator,
) -> Iterator[Gateway]:
    own = with_certificates(directory, server, clients, openai_simulator)
    (directory / "keys.json").write_text(issuer.jwks())
    jwks = {"file": "keys.json"}
    own["jwt"] = {"corporate": {"issuer": issuer.name, "audiences": ["tidegate"], "jwks": jwks}}
    own["keys"].append({"id": "service", "jwt": {"issuer": "corporate", "claims": SERVICE}})
    running = Gateway(own, directory, "--concurrency", "1", verify=server.trust())
    yield running
    failures = running.vm_failures()
    running.stop()
    assert not failures, failures
    assert CANARY not in running.process.said()
    assert "PRIVATE KEY" not in running.process.said()


def ask(
    gateway: Gateway,
    verify: ssl.SSLContext,
    shown: str | None = None,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> httpx.Response:
    with gateway.http(shown, verify=verify, **more) as client:
        body = {"model": GPT, "messages": [user("Hello")]}
        return client.post("/v1/chat/completions", json=body, headers=headers)


def key_of(gateway: Gateway, answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return gateway.log_of(answer.headers["x-tidegate-request-id"])["key_id"]


def refusal(answer: httpx.Response) -> str:
    assert answer.status_code == 401, answer.text
    return answer.json()["error"]["code"]


@pytest.mark.parametrize("http2", [False, True], ids=["HTTP/1.1", "HTTP/2"])
def test_a_certificate_is_the_key_of_its_name(
    gateway: Gateway, server: Authority, clients: Authority, http2: bool
) -> None:
    more = {"http1": not http2, "http2": http2}
    billing = server.trust(clients.client("billing", uri=BILLING))
    answer = ask(gateway, billing, **more)
    assert answer.http_version == ("HTTP/2" if http2 else "HTTP/1.1")
    assert key_of(gateway, answer) == "billing"
    batch = clients.client("batch", dns="Batch.ACME.internal", uri="spiffe://acme.example/other")
    assert key_of(gateway, ask(gateway, server.trust(batch), **more)) == "batch"


def test_the_official_sdk_can_point_to_the_certificate(
    gateway: Gateway, server: Authority, clients: Authority
) -> None:
    billing = server.trust(clients.client("sdk", uri=BILLING))
    http = httpx2.Client(verify=billing, trust_env=False)
    with gateway.sdk("certificate", http_client=http) as sdk:
        assert sdk.chat.completions.create(model=GPT, messages=[user("Hello")]).choices
    without = httpx2.Client(verify=server.trust(), trust_env=False)
    with gateway.sdk("certificate", http_client=without) as sdk:
        with pytest.raises(openai.AuthenticationError, match="Nothing says who you are"):
            sdk.models.list()


def test_a_name_that_no_key_has_is_told_so(
    gateway: Gateway, server: Authority, clients: Authority, openai_simulator: Simulator
) -> None:
    for name, uri in enumerate([f"{BILLING}/more", BILLING[:-1], BILLING.upper(), f"x{BILLING}"]):
        unknown = server.trust(clients.client(f"unknown-{name}", uri=uri))
        answer = ask(gateway, unknown)
        assert refusal(answer) == "unknown_identity"
        assert "client certificate" in answer.json()["error"]["message"]
    # A name of another kind, or no name at all, is none that counts.
    for name, names in {"as-dns": {"dns": "billing"}, "nameless": {}}.items():
        assert refusal(ask(gateway, server.trust(clients.client(name, **names))))
    assert openai_simulator.requests() == []


def test_a_certificate_of_another_authority_is_refused_in_the_handshake(
    gateway: Gateway, server: Authority, tmp_path: Path, openai_simulator: Simulator
) -> None:
    evil = Authority(tmp_path, "clients")
    stolen = server.trust(evil.client("billing", uri=BILLING))
    with pytest.raises((httpx.ReadError, httpx.ConnectError, httpx.RemoteProtocolError)):
        ask(gateway, stolen)
    # Nor does a key make up for it.
    with pytest.raises((httpx.ReadError, httpx.ConnectError, httpx.RemoteProtocolError)):
        ask(gateway, stolen, KEY)
    assert gateway.stats("listener.*ssl.fail_verify_error")
    assert openai_simulator.requests() == []


def test_keys_and_tokens_work_without_a_certificate_and_count_before_one(
    gateway: Gateway, server: Authority, clients: Authority, issuer: Issuer
) -> None:
    billing = server.trust(clients.client("both", uri=BILLING))
    token = issuer.token(**SERVICE)
    for verify in (server.trust(), billing):
        assert key_of(gateway, ask(gateway, verify, KEY)) == "dev"
        assert key_of(gateway, ask(gateway, verify, token)) == "service"
        # What is shown is judged by itself.
        assert refusal(ask(gateway, verify, "tg-wrong-but-long-enough")) == "invalid_api_key"
        assert refusal(ask(gateway, verify, issuer.token(exp=1, **SERVICE))) == "invalid_token"
        assert refusal(ask(gateway, verify, issuer.token(sub="other"))) == "unknown_identity"


def test_no_header_is_a_certificate(
    gateway: Gateway, server: Authority, clients: Authority, openai_simulator: Simulator
) -> None:
    claim = {"x-forwarded-client-cert": f'By=x;URI="{BILLING}";Hash=00', "x-spiffe-id": BILLING}
    assert refusal(ask(gateway, server.trust(), headers=claim)) == "invalid_api_key"
    unknown = server.trust(clients.client("claims", uri="spiffe://acme.example/other"))
    assert refusal(ask(gateway, unknown, headers=claim)) == "unknown_identity"
    assert key_of(gateway, ask(gateway, server.trust(), KEY, headers=claim)) == "dev"
    assert not set(claim) & set(openai_simulator.only_request().headers)


def test_a_certificate_can_be_required(
    start: Start, directory: Path, server: Authority, clients: Authority, openai_simulator: Simulator
) -> None:
    own = with_certificates(directory, server, clients, openai_simulator, required="on")
    known = server.trust(clients.client("required", uri=BILLING))
    gateway = start(own, verify=known)
    assert key_of(gateway, ask(gateway, known)) == "billing"
    with pytest.raises((httpx.ReadError, httpx.ConnectError, httpx.RemoteProtocolError)):
        ask(gateway, server.trust(), KEY)


def test_new_files_are_read_while_the_gateway_runs(
    start: Start, tmp_path: Path, openai_simulator: Simulator
) -> None:
    first, second = (Authority(tmp_path, name) for name in ("first", "second"))
    mounted = tmp_path / "mounted"
    mount(mounted, first)
    own = with_certificates(tmp_path, first, first, openai_simulator)
    own["listen"]["tls"] = {
        "cert_file": str(mounted / "tls.crt"),
        "key_file": str(mounted / "tls.key"),
        "client_certificates": {"ca_file": str(mounted / "ca.crt")},
    }
    gateway = start(own, verify=first.trust())
    assert key_of(gateway, ask(gateway, first.trust(first.client("one", uri=BILLING)))) == "billing"
    mount(mounted, second)
    known = second.trust(second.client("two", uri=BILLING))
    deadline = time.monotonic() + 10
    while (status := status_of(gateway, known)) != 200:
        assert time.monotonic() < deadline, status
        time.sleep(0.1)
    # Who trusts both, and has a certificate of the old authority only, is refused.
    old = second.trust(first.client("three", uri=BILLING))
    with pytest.raises((httpx.ReadError, httpx.ConnectError, httpx.RemoteProtocolError)):
        ask(gateway, old)


def mount(folder: Path, authority: Authority) -> None:
    """Puts files in place as Kubernetes does with a secret: by renaming a link to their folder."""
    data = folder.parent / f"data-{time.monotonic_ns()}"
    data.mkdir()
    for name, file in zip(("tls.crt", "tls.key"), authority.server(), strict=True):
        shutil.copy(file, data / name)
    shutil.copy(authority.ca_file, data / "ca.crt")
    folder.mkdir(exist_ok=True)
    link = folder / "..new"
    link.symlink_to(data)
    os.rename(link, folder / "..data")
    for name in ("tls.crt", "tls.key", "ca.crt"):
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(Path("..data") / name)


def status_of(gateway: Gateway, verify: ssl.SSLContext) -> int | str:
    try:
        return ask(gateway, verify).status_code
    except httpx.TransportError as error:
        return str(error)
