"""Packages that a command imports, in a process of its own. `./bench` measures the time."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.bundles import trust_file
from tests.export.bundling import bundle
from tests.stories import busy

SERVERS = frozenset(
    {
        "aiohttp", "aiosmtplib", "asyncpg", "jinja2", "prometheus_client", "pydantic_settings",
        "python_calamine", "redis", "rjsmin", "structlog", "uvloop", "xlsxwriter",
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
