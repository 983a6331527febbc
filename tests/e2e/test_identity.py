"""Keys by token: Envoy verifies it, the filter finds whose it is, nobody else sees it."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from harness import limited, settings
from harness.cases import user
from harness.gateway import Gateway
from harness.identity import Issuer, encoded
from harness.settings import CANARY, GPT
from harness.simulator import Simulator
from harness.upstream import Upstream, document

CORPORATE = "https://login.acme.example/"
PARTNER = "https://partner.example"
SERVICE = {"sub": "service-1"}
ROWS = 5.0

# All that has been shown as a token; none of it may be printed.
SHOWN: list[str] = []


@pytest.fixture(scope="module")
def corporate() -> Issuer:
    return Issuer(CORPORATE)


@pytest.fixture(scope="module")
def partner() -> Issuer:
    return Issuer(PARTNER, "ES256")


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("identity")


@pytest.fixture(scope="module")
def gateway(
    directory: Path, corporate: Issuer, partner: Issuer, openai_simulator: Simulator
) -> Iterator[Gateway]:
    running = Gateway(
        with_tokens(directory, corporate, partner, openai_simulator),
        directory,
        "--concurrency",
        "1",
        env={**limited.environment(), **settings.environment()},
    )
    yield running
    failures = running.vm_failures()
    running.stop()
    assert not failures, failures
    assert_unseen(running)


def with_tokens(
    directory: Path, corporate: Issuer, partner: Issuer, simulator: Simulator
) -> settings.Settings:
    """A gateway with keys of every kind; the ledger says whose requests were whose."""
    for name, issuer in (("corporate", corporate), ("partner", partner)):
        (directory / f"{name}.json").write_text(issuer.jwks())
    keys = [
        limited.key("virtual"),
        {"id": "service", "team": "research", "jwt": rule("corporate", sub="service-1")},
        {"id": "narrow", "models": ["other"], "jwt": rule("corporate", sub="narrow")},
        {
            "id": "data-science",
            "jwt": rule("corporate", groups=["data-science"]),
            "rate_limits": {"requests_per_minute": 2},
        },
        {"id": "partner", "jwt": rule("partner", realm_access={"roles": ["llm"]})},
        {"id": "ended", "expires": "2020-01-01T00:00:00Z", "jwt": rule("partner", sub="ended")},
    ]
    return {
        **limited.limited(simulator, directory, keys, teams={"research": None}),
        "providers": {"openai": settings.provider(simulator, "openai")},
        "models": {GPT: {"provider": "openai"}, "other": {"provider": "openai", "model": GPT}},
        "jwt": {
            "corporate": issuer_of(corporate, {"file": "corporate.json"}),
            "partner": issuer_of(partner, {"file": "partner.json"}),
        },
        "access_log": "on",
    }


def issuer_of(issuer: Issuer, jwks: dict[str, Any]) -> dict[str, Any]:
    return {"issuer": issuer.name, "audiences": ["tidegate", "another"], "jwks": jwks}


def rule(issuer: str, **claims: Any) -> dict[str, Any]:
    return {"issuer": issuer, "claims": claims}


def assert_unseen(gateway: Gateway) -> None:
    """No part of a token that was shown is in anything that a program has printed."""
    said = gateway.process.said()
    assert CANARY not in said
    for token in SHOWN:
        parts = [part for part in token.split(".") if len(part) > 16]
        assert not [part for part in parts if part in said]


def ask(
    gateway: Gateway,
    token: str | None,
    model: str = GPT,
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    SHOWN.extend([token or "", *(headers or {}).values()])
    with gateway.http(token) as client:
        body = {"model": model, "messages": [user("Hello")]}
        return client.post("/v1/chat/completions", json=body, headers=headers)


def assert_refused(answer: httpx.Response, code: str, told: str) -> None:
    """A refusal in OpenAI's form, which repeats nothing of what was shown."""
    assert answer.status_code == 401, answer.text
    error = answer.json()["error"]
    assert (error["code"], error["type"], error["param"]) == (code, "authentication_error", None)
    assert told in error["message"], error
    assert "eyJ" not in answer.text


def key_of(gateway: Gateway, answer: httpx.Response) -> str:
    """Whose request it was, by the access log."""
    return gateway.log_of(answer.headers["x-tidegate-request-id"])["key_id"]


def test_a_token_is_the_key_that_its_claims_belong_to(
    gateway: Gateway, directory: Path, corporate: Issuer, partner: Issuer
) -> None:
    cases = {
        "service": corporate.token(**SERVICE),
        "data-science": corporate.token(sub="ada", groups=["staff", "data-science"]),
        "partner": partner.token(sub="bob", realm_access={"roles": ["user", "llm"]}),
    }
    answers = {name: ask(gateway, token) for name, token in cases.items()}
    for name, answer in answers.items():
        assert answer.status_code == 200, answer.text
        assert key_of(gateway, answer) == name
    deadline = time.monotonic() + ROWS
    ids = {answer.headers["x-tidegate-request-id"]: name for name, answer in answers.items()}
    while not ids.keys() <= {row["request_id"] for row in limited.rows(directory)}:
        assert time.monotonic() < deadline, "the ledger has no row"
        time.sleep(0.1)
    rows = {row["request_id"]: row for row in limited.rows(directory)}
    assert {rows[one]["key_id"]: rows[one]["team"] for one in ids} == {
        "service": "research", "data-science": None, "partner": None
    }


def test_the_official_sdk_takes_a_token_for_a_key(gateway: Gateway, corporate: Issuer) -> None:
    token = corporate.token(aud=["other", "another"], **SERVICE)
    SHOWN.append(token)
    with gateway.sdk(token) as sdk:
        made = sdk.chat.completions.create(model=GPT, messages=[user("Hello")], stream=True)
        assert [chunk for chunk in made if chunk.choices and chunk.choices[0].finish_reason]
        assert GPT in [model.id for model in sdk.models.list()]
    with gateway.sdk(corporate.token(exp=1, **SERVICE)) as sdk:
        with pytest.raises(openai.AuthenticationError, match="expired"):
            sdk.models.list()


def test_models_and_limits_of_the_key_hold_for_its_tokens(
    gateway: Gateway, corporate: Issuer
) -> None:
    narrow = corporate.token(sub="narrow")
    assert ask(gateway, narrow).json()["error"]["code"] == "model_not_allowed"
    assert ask(gateway, narrow, "other").status_code == 200
    members = [corporate.token(sub=f"member-{n}", groups=["data-science"]) for n in range(4)]
    answers = [ask(gateway, token) for token in members]
    refused = answers[-1]
    assert refused.status_code == 429, "they have the limit of their key together"
    assert "data-science" in refused.json()["error"]["message"]


def forged(corporate: Issuer) -> str:
    """A good token's signature under other claims."""
    head, _, signature = corporate.token(sub="nobody").split(".")
    payload = base64.urlsafe_b64decode(corporate.token(**SERVICE).split(".")[1] + "==")
    return f"{head}.{encoded(payload)}.{signature}"


def unsigned(corporate: Issuer) -> str:
    token = corporate.token(header={"alg": "none"}, **SERVICE)
    return token.rsplit(".", 1)[0] + "."


BAD: dict[str, tuple[Callable[[Issuer], str], str]] = {
    "expired": (lambda c: c.token(exp=int(time.time()) - 3600, **SERVICE), "has expired"),
    "not yet valid": (lambda c: c.token(nbf=int(time.time()) + 3600, **SERVICE), "not valid yet"),
    "for ever": (lambda c: c.token(exp=None, **SERVICE), "has no expiry"),
    "for another": (lambda c: c.token(aud="billing", **SERVICE), "not for this gateway"),
    "for nobody": (lambda c: c.token(aud=None, **SERVICE), "not for this gateway"),
    "of a stranger": (lambda c: Issuer("https://evil.example").token(**SERVICE), "does not know"),
    "of nobody": (lambda c: c.token(iss=None, **SERVICE), "token"),
    "by another key": (lambda c: Issuer(CORPORATE).token(**SERVICE), "signature"),
    "by an unknown key": (lambda c: Issuer(CORPORATE, kid="x").token(**SERVICE), "signature"),
    "by the wrong issuer": (lambda c: c.token(iss=PARTNER, **SERVICE), "signature"),
    "with other claims": (forged, "signature"),
    "unsigned": (unsigned, "cannot be verified"),
    "by a shared secret": (lambda c: c.token(header={"alg": "HS256"}, **SERVICE), "signature"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_token_is_told_what_is_wrong_and_goes_nowhere(
    gateway: Gateway, corporate: Issuer, openai_simulator: Simulator, name: str
) -> None:
    make, told = BAD[name]
    assert_refused(ask(gateway, make(corporate)), "invalid_token", told)
    assert openai_simulator.requests() == []


def test_a_good_token_that_no_key_is_for_is_told_so(
    gateway: Gateway, corporate: Issuer, partner: Issuer
) -> None:
    for token in (
        corporate.token(sub="somebody", groups=["other"]),
        corporate.token(sub="service-2", groups="data-science"),
        corporate.token(sub="service-1 ", groups=[["data-science"], 7, None]),
        # Claims count for their own issuer only.
        partner.token(**SERVICE),
        corporate.token(sub="bob", realm_access={"roles": ["llm"]}),
    ):
        assert_refused(ask(gateway, token), "unknown_identity", "no key of this gateway")
    assert_refused(ask(gateway, partner.token(sub="ended")), "invalid_api_key", "has expired")


def test_virtual_keys_work_beside_tokens(gateway: Gateway, corporate: Issuer) -> None:
    key = limited.secret("virtual")
    answer = ask(gateway, key)
    assert answer.status_code == 200, answer.text
    assert key_of(gateway, answer) == "virtual"
    for name in ("x-api-key", "api-key"):
        assert ask(gateway, None, headers={name: key}).status_code == 200
    assert ask(gateway, None, headers={"authorization": f"bearer {key}"}).status_code == 200
    assert_refused(ask(gateway, "tg-wrong-but-long-enough"), "invalid_api_key", "Incorrect API key")
    small = {"authorization": f"bearer {corporate.token(**SERVICE)}"}
    assert ask(gateway, None, headers=small).status_code == 200
    nothing = ask(gateway, None)
    assert nothing.status_code == 401
    assert "Nothing says who you are" in nothing.json()["error"]["message"]


def claimed(corporate: Issuer) -> dict[str, str]:
    """Headers by which other gateways are told who the caller is, and what Envoy could write."""
    payload = corporate.token(**SERVICE).split(".")[1]
    return {
        "x-forwarded-client-cert": 'By=x;URI="spiffe://acme/billing";Hash=00',
        "x-jwt-payload": payload,
        "x-jwt-assertion": payload,
        "x-forwarded-user": "service-1",
        "x-tidegate-key": "service",
        "x-tidegate-key-id": "service",
        "x-envoy-jwt-payload": payload,
        "envoy.filters.http.jwt_authn": payload,
        "corporate": payload,
        "sub": "service-1",
    }


def test_no_header_says_who_the_caller_is(
    gateway: Gateway, corporate: Issuer, openai_simulator: Simulator
) -> None:
    refused = ask(gateway, None, headers=claimed(corporate))
    assert refused.status_code == 401, refused.text
    token = f"Bearer {corporate.token(sub='member', groups=['nobody'])}"
    assert ask(gateway, None, headers={**claimed(corporate), "authorization": token}).status_code == 401
    known = {**claimed(corporate), "authorization": f"Bearer {limited.secret('virtual')}"}
    answer = ask(gateway, None, headers=known)
    assert key_of(gateway, answer) == "virtual"
    sent = openai_simulator.only_request().headers
    assert not set(sent) & set(claimed(corporate))


def test_a_token_is_not_taken_from_anywhere_else(gateway: Gateway, corporate: Issuer) -> None:
    token = corporate.token(**SERVICE)
    SHOWN.append(token)
    with gateway.http(None) as client:
        assert client.get(f"/v1/models?access_token={token}").status_code == 401
        assert client.get("/v1/models", headers={"cookie": f"token={token}"}).status_code == 401
        assert client.get("/v1/models", headers={"x-api-key": token}).status_code == 401


def test_the_provider_never_sees_a_token(
    gateway: Gateway, corporate: Issuer, openai_simulator: Simulator
) -> None:
    token = corporate.token(**SERVICE)
    assert ask(gateway, token).status_code == 200
    sent = openai_simulator.only_request()
    everything = json.dumps(sent.entry)
    assert not [part for part in token.split(".") if part in everything]
    assert sent.headers["authorization"] == f"Bearer {settings.PROVIDER_KEYS['openai']}"


class Published:
    """Publishes an issuer's keys, where there is one."""

    def __init__(self) -> None:
        self.server = Upstream()
        self.issuer: Issuer | None = None
        self.server.answer = self._answer

    @property
    def url(self) -> str:
        return f"{self.server.url}/keys?app=tidegate"

    def _answer(self, connection: Any) -> None:
        if self.issuer is None:
            return document(b"{}", status=b"503 Unavailable")(connection)
        return document(self.issuer.jwks().encode())(connection)


@pytest.fixture
def published() -> Iterator[Published]:
    running = Published()
    yield running
    running.server.stop()


def with_published_keys(published: Published, simulator: Simulator) -> settings.Settings:
    jwks = {"url": published.url, "cache": "1s"}
    own = settings.small(
        {"openai": settings.provider(simulator, "openai")},
        {GPT: {"provider": "openai"}},
        jwt={"corporate": {"issuer": CORPORATE, "audiences": ["tidegate"], "jwks": jwks}},
    )
    own["keys"].append({"id": "service", "jwt": rule("corporate", **SERVICE)})
    return own


def becomes(expected: int, now: Callable[[], httpx.Response]) -> None:
    deadline = time.monotonic() + 10
    while (found := now()).status_code != expected:
        assert time.monotonic() < deadline, found.text
        time.sleep(0.1)


def test_published_keys_are_fetched_and_rotated(
    start: Callable[..., Gateway], published: Published, openai_simulator: Simulator
) -> None:
    published.issuer = first = Issuer(CORPORATE, "ES256", "first")
    gateway = start(with_published_keys(published, openai_simulator))
    assert ask(gateway, first.token(**SERVICE)).status_code == 200
    assert {request.path for request in published.server.requests} == {"/keys?app=tidegate"}
    second = Issuer(CORPORATE, "RS256", "second")
    assert_refused(ask(gateway, second.token(**SERVICE)), "invalid_token", "signature")
    published.issuer = second
    becomes(200, lambda: ask(gateway, second.token(**SERVICE)))
    assert_refused(ask(gateway, first.token(**SERVICE)), "invalid_token", "signature")
    assert_unseen(gateway)


def test_virtual_keys_need_no_issuer(
    start: Callable[..., Gateway], published: Published, openai_simulator: Simulator
) -> None:
    gateway = start(with_published_keys(published, openai_simulator))
    assert ask(gateway, settings.KEY).status_code == 200
    issuer = Issuer(CORPORATE)
    answer = ask(gateway, issuer.token(**SERVICE))
    assert answer.status_code == 503, answer.text
    assert answer.json()["error"]["code"] == "issuer_unavailable"
    published.issuer = issuer
    becomes(200, lambda: ask(gateway, issuer.token(**SERVICE)))


def test_files_that_are_not_as_they_should_be_are_named_before_envoy_starts(
    start: Callable[..., Gateway], tmp_path: Path, openai_simulator: Simulator
) -> None:
    (tmp_path / "wrong.json").write_text('{"keys": []}')
    own = settings.small(
        {"openai": settings.provider(openai_simulator, "openai")},
        {GPT: {"provider": "openai"}},
        jwt={
            name: {"issuer": name, "audiences": ["tidegate"], "jwks": {"file": str(tmp_path / file)}}
            for name, file in {"one": "missing.json", "two": "wrong.json"}.items()
        },
    )
    own["listen"]["tls"] = {"cert_file": "tls.crt", "key_file": "tls.key"}
    for name in ("one", "two"):
        own["keys"].append({"id": name, "jwt": rule(name, **SERVICE)})
    with pytest.raises(RuntimeError) as wrong:
        start(own)
    for said in (
        "jwt.one.jwks.file: there is no file ",
        "jwt.two.jwks.file: ",
        "is no JSON Web Key Set",
        "listen.tls.cert_file: there is no file ",
        "listen.tls.key_file: there is no file ",
    ):
        assert said in str(wrong.value)
