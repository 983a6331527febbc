"""What the gateway answers itself, without asking a provider."""

import httpx
import pytest

from harness.gateway import Gateway
from harness.raw import chat
from harness.settings import CLAUDE, GPT, KEY, NARROW_KEY
from harness.simulator import Simulator

CHAT = "/v1/chat/completions"


@pytest.fixture(autouse=True)
def nobody_is_asked(
    fresh_simulators: None, simulators: dict[str, Simulator], request: pytest.FixtureRequest
):
    yield
    if "served" not in request.keywords:
        assert not any(simulator.requests() for simulator in simulators.values())


@pytest.fixture(scope="module")
def anonymous(gateway: Gateway):
    with gateway.http(key=None) as client:
        yield client


def error_of(answer: httpx.Response, status: int) -> dict:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-tidegate-request-id"].startswith("req_")
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert isinstance(error["message"], str) and error["message"]
    assert error["code"] is None or isinstance(error["code"], str)
    return error


# Keys


@pytest.mark.parametrize(
    ("method", "path"), [("POST", CHAT), ("GET", "/v1/models"), ("GET", f"/v1/models/{GPT}")]
)
def test_without_a_key_nobody_comes_in(anonymous: httpx.Client, method: str, path: str) -> None:
    error = error_of(anonymous.request(method, path, content=chat()), 401)
    assert "API key" in error["message"]


WRONG = [
    {"authorization": "Bearer sk-wrong-000000000000"},
    {"authorization": "Bearer"},
    {"authorization": f"Basic {KEY}"},
    {"authorization": KEY},
    {"authorization": f"Bearer {KEY}x"},
    {"authorization": f"Bearer {KEY[:-1]}"},
    {"authorization": f"Bearer {KEY.upper()}"},
    {"x-api-key": "sk-wrong"},
    {"api-key": "sk-wrong"},
    {"x-api-key": ""},
]


@pytest.mark.parametrize("headers", WRONG, ids=lambda headers: next(iter(headers)))
def test_a_wrong_key_is_refused(anonymous: httpx.Client, headers: dict) -> None:
    error_of(anonymous.post(CHAT, content=chat(), headers=headers), 401)


def test_a_wrong_key_is_not_repeated_in_the_answer(anonymous: httpx.Client) -> None:
    secret = "sk-abcdefghijklmnopqrstuvwxyz"
    answer = anonymous.post(CHAT, content=chat(), headers={"authorization": f"Bearer {secret}"})
    assert secret[6:-6] not in answer.text


@pytest.mark.served
@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": f"Bearer {KEY}"},
        {"authorization": f"bearer {KEY}"},
        {"authorization": f"BEARER  {KEY}"},
        {"x-api-key": KEY},
        {"api-key": KEY},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_a_key_is_taken_wherever_sdks_put_it(
    anonymous: httpx.Client, openai_simulator: Simulator, headers: dict
) -> None:
    assert anonymous.post(CHAT, content=chat(), headers=headers).status_code == 200
    seen = openai_simulator.only_request()
    assert KEY not in str(seen.entry), "the client's key stays here"


def test_the_query_is_no_place_for_a_key(anonymous: httpx.Client) -> None:
    error_of(anonymous.post(f"{CHAT}?key={KEY}&api_key={KEY}", content=chat()), 401)


def test_a_model_that_the_key_may_not_use_is_forbidden(gateway: Gateway) -> None:
    with gateway.http(key=NARROW_KEY) as narrow:
        for model in (CLAUDE, "openai-first"):
            error = error_of(narrow.post(CHAT, content=chat(model=model)), 403)
            assert error["param"] == "model" and model in error["message"]


@pytest.mark.served
def test_a_key_may_use_the_aliases_of_its_models(gateway: Gateway) -> None:
    with gateway.http(key=NARROW_KEY) as narrow:
        assert narrow.post(CHAT, content=chat(model="small")).status_code == 200


# Paths and methods


@pytest.mark.parametrize("model", ["gpt-0", "GPT-4o-mini", "gpt-4o-mini "])
def test_an_unknown_model_is_404(http: httpx.Client, model: str) -> None:
    error = error_of(http.post(CHAT, content=chat(model=model)), 404)
    assert error["code"] == "model_not_found" and error["param"] == "model"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v1/",
        "/v1/chat/completion",
        "/v1/chat/completions/",
        "/v1/chat/completions/x",
        "/V1/chat/completions",
        "/v1/audio/speech",
        "/v1/responses",
        "/v1/modelsx",
        "/_simulate/requests",
        "/stats",
        "/quitquitquit",
        "/healthz/../v1/unknown",
        "/v1/chat%2Fcompletions",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_path_is_404(http: httpx.Client, method: str, path: str) -> None:
    error = error_of(http.request(method, path), 404)
    assert error["type"] == "invalid_request_error"
    assert error["code"] == "unknown_url"


def test_an_unknown_path_is_404_without_a_key_too(anonymous: httpx.Client) -> None:
    error_of(anonymous.get("/v1/unknown"), 404)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_chat_is_for_post(http: httpx.Client, method: str) -> None:
    error = error_of(http.request(method, CHAT, content=chat()), 405)
    assert "POST" in error["message"]


@pytest.mark.parametrize("path", ["/v1/models", f"/v1/models/{GPT}", "/healthz", "/readyz"])
def test_the_other_endpoints_are_for_get(http: httpx.Client, path: str) -> None:
    error_of(http.post(path), 405)


@pytest.mark.served
def test_a_query_goes_on_to_a_provider_of_the_same_dialect(
    http: httpx.Client, openai_simulator: Simulator
) -> None:
    assert http.post(f"{CHAT}?a=b&c=%2F", content=chat()).status_code == 200
    assert openai_simulator.only_request().path == f"{CHAT}?a=b&c=%2F"


# Bodies


def test_bad_json_is_400_with_the_position(http: httpx.Client) -> None:
    body = b'{"model": "gpt-4o-mini",\n "messages": [}'
    error = error_of(http.post(CHAT, content=body), 400)
    assert "line 2 column 15" in error["message"]


def test_a_missing_model_is_400(http: httpx.Client) -> None:
    error = error_of(http.post(CHAT, json={"messages": []}), 400)
    assert error["param"] == "model"


def test_no_body_is_400(http: httpx.Client) -> None:
    error_of(http.post(CHAT), 400)


def test_a_body_over_the_limit_is_413(http: httpx.Client) -> None:
    error = error_of(http.post(CHAT, content=b" " * (32 * 1024 * 1024 + 1)), 413)
    assert error["code"] == "request_too_large"


# Health and models


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_needs_no_key(anonymous: httpx.Client, path: str) -> None:
    answer = anonymous.get(path)
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}
    assert anonymous.head(path).status_code == 200


def test_models_are_listed_as_openai_lists_them(http: httpx.Client, gateway: Gateway) -> None:
    answer = http.get("/v1/models").json()
    assert answer["object"] == "list"
    assert [model["id"] for model in answer["data"]] == list(gateway.settings["models"])
    assert all(model["object"] == "model" for model in answer["data"])
    assert all(isinstance(model["created"], int) for model in answer["data"])


def test_a_key_sees_only_its_models(gateway: Gateway) -> None:
    with gateway.http(key=NARROW_KEY) as narrow:
        assert [model["id"] for model in narrow.get("/v1/models").json()["data"]] == [GPT]


@pytest.mark.parametrize("name", ["vendor/small", "vendor%2Fsmall", "vendor%2fsmall"])
def test_a_models_name_may_hold_a_slash(http: httpx.Client, name: str) -> None:
    assert http.get(f"/v1/models/{name}").json()["id"] == GPT
