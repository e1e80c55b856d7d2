from __future__ import annotations

import re
import tomllib

import pytest

from tests.architecture.project import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("requirements.lock", "requirements-demo.lock", "requirements-test.lock")
NAME = re.compile(r"[A-Za-z0-9._-]+")


def names(requirements) -> set[str]:
    return {
        NAME.match(each)[0].lower()  # type: ignore[index]
        for each in requirements
        if isinstance(each, str)
    }


RUNTIME = names(PYPROJECT["project"]["dependencies"])
EMBEDDED = names(PYPROJECT["project"]["optional-dependencies"]["embedded"])
GROUPS = PYPROJECT["dependency-groups"]
BESIDE = ("peers", "brokers")
"""Groups that are measured next to this program, each in an environment of its own."""
DEVELOPMENT = names(each for name in GROUPS if name not in BESIDE for each in GROUPS[name])
PEERS = names(each for name in BESIDE for each in GROUPS[name])


def pinned(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", text, re.MULTILINE))


def test_every_declared_dependency_has_its_reason_and_every_reason_its_dependency():
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    explained = re.findall(r"^\| `([^`]+)` \| \S.+ \|$", page, re.MULTILINE)
    assert sorted(explained) == sorted(RUNTIME | EMBEDDED | DEVELOPMENT | PEERS)


def test_each_lock_holds_what_is_declared_in_one_version():
    runtime, demonstration, everything = map(pinned, LOCKS)
    assert runtime.keys() >= RUNTIME
    assert demonstration.keys() >= RUNTIME | EMBEDDED
    assert everything.keys() >= RUNTIME | EMBEDDED | DEVELOPMENT
    assert runtime.items() <= demonstration.items() <= everything.items()
    for name in BESIDE:
        assert pinned(f"requirements-{name}.lock").keys() >= names(GROUPS[name])
    assert not everything.keys() & PEERS


def test_production_lock_has_no_server_and_no_test_package():
    runtime, demonstration, _ = map(pinned, LOCKS)
    assert not runtime.keys() & (EMBEDDED | DEVELOPMENT)
    # What the servers' wheels ask for; psutil is declared for tests, too.
    assert demonstration.keys() - runtime.keys() == EMBEDDED | {
        "fasteners", "platformdirs", "psutil", "valkey",
    }  # fmt: skip


def test_each_command_installs_the_smallest_lock_that_it_needs():
    for command in ("run", "scripts/pythons.sh"):
        text = (ROOT / command).read_text(encoding="utf-8")
        assert re.findall(r"^ *need_environment (\S+)$", text, re.MULTILINE) == [LOCKS[1]], command
    for command in ("test", "check", "bench", "faults"):
        text = (ROOT / command).read_text(encoding="utf-8")
        assert re.findall(r"^need_environment (\S+)$", text, re.MULTILINE) == [LOCKS[2]], command
    steps = (ROOT / "deploy/README.md").read_text(encoding="utf-8")
    assert "-r requirements.lock" in steps


@pytest.mark.parametrize("lock", [*LOCKS, *(f"requirements-{name}.lock" for name in BESIDE)])
def test_a_lock_pins_each_file_by_hash_and_names_no_place_to_fetch_it_from(lock):
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    requirements = [line for line in lines if line and not line.startswith((" ", "#"))]
    hashes = [line for line in lines if line.startswith("    --hash=sha256:")]
    assert all("==" in line and line.endswith("\\") for line in requirements)
    assert len(hashes) >= len(requirements)
    assert not [line for line in lines if "://" in line or line.lstrip().startswith("-i")]
