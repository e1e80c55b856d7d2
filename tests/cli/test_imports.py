"""Packages that a command imports, in a process of its own. `./bench` measures the time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.bundles import trust_file
from tests.desk.test_root_files import PARTS
from tests.desk.test_root_files import request as asked
from tests.export.bundling import bundle
from tests.stories import busy

SERVERS = frozenset(
    {
        "aiohttp", "aiosmtplib", "asyncpg", "jinja2", "prometheus_client", "pydantic_settings",
        "python_calamine", "rcssmin", "redis", "rjsmin", "structlog", "uvloop", "xlsxwriter",
    }
)  # fmt: skip
"""Packages for which a command must have a use of its own."""

ENGINES = frozenset({"cryptography", "nacl", "orjson", "pydantic"})
"""Packages that entries are read and checked with."""

PROBE = """
import sys
from special_channel.cli.app import run
code = run(sys.argv[1:])
print(*sorted(sys.modules), file=sys.stderr)
sys.exit(code)
"""


def imported(*typed: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *typed],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(done.stderr.split())


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_help_imports_no_command(lang):
    modules = imported("--lang", lang, "--help")
    assert modules & (SERVERS | ENGINES | {"rich.table"}) == set()
    ours = {name for name in modules if name.startswith("special_channel.cli.")}
    assert {name.rpartition(".")[2] for name in ours} == {
        "app", "command", "exits", "help_page", "printing", "usage",
    }  # fmt: skip


def test_verify_imports_what_it_needs(tmp_path):
    story = busy()
    (tmp_path / "bundle.zip").write_bytes(bundle(story.world))
    (tmp_path / "trust.json").write_bytes(trust_file(story.world))
    modules = imported(
        "verify", str(tmp_path / "bundle.zip"), "--trust", str(tmp_path / "trust.json")
    )
    assert "special_channel.export.verify" in modules
    assert modules & (SERVERS | {"rich.table"}) == set()
    assert [
        name
        for name in modules
        if name.startswith(("special_channel.web", "special_channel.wiring"))
    ] == []


def test_ceremony_of_the_root_imports_no_network_and_no_database(tmp_path):
    """Parts are on machines without a network: nothing that they run could use one (K15)."""
    request = tmp_path / "request.json"
    request.write_bytes(asked(threshold=1).encode())
    part = tmp_path / "part.json"
    PARTS.parts[0].write(part)
    alone = ("--party", "eu", "--parts", "1", "--threshold", "1")
    for typed in (
        ("make", *alone, "--out", str(tmp_path / "made"), "--plain"),
        ("sign", str(request), "--part", str(part), "--yes"),
        ("combine", str(request), str(next_of(tmp_path)), "--out", str(tmp_path / "signed")),
        ("check", str(part)),
    ):
        modules = imported("root", *typed)
        assert modules & {"aiohttp", "aiosmtplib", "asyncpg", "redis"} == set(), typed
        ours = {name.split(".")[1] for name in modules if name.startswith("special_channel.")}
        assert ours & {"stores", "link", "broker", "web"} == set(), typed


def next_of(folder: Path) -> Path:
    """Return where `root sign` writes a part's signature."""
    return folder / f"request-{PARTS.parts[0].key[3:11]}.json"
