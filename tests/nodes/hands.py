"""An official of a side who types commands, and a machine client of the same side."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import pytest
from structlog.testing import capture_logs

from special_channel.cli.app import run
from special_channel.core.bytes.ids import Party
from tests.channel import Channel
from tests.nodes.api import Api


@dataclass
class Hands:
    """The command line of one side's head of unit, and the API of its desk."""

    made: Channel
    party: Party
    out: pytest.CaptureFixture[str]
    api: Api

    async def type(self, *words: str, lang: str = "en") -> tuple[int, str, str]:
        """Run a command; return its exit code, stdout and stderr."""
        key = self.made.folder / f"{self.party}-head.json"
        if not key.exists():
            self.made.officials[self.party, "head", 1].write(key)
        url = self.made.settings(self.party).node.url
        trust = self.made.folder / "trust.json"
        trust.write_bytes(self.made.trust)
        where = ["--node", url, "--as", str(key), "--trust", str(trust)]
        self.out.readouterr()
        with capture_logs():  # nodes of this process log meanwhile; the command doesn't print that
            code = await asyncio.to_thread(run, ["--lang", lang, *words, *where])
        printed = self.out.readouterr()
        return code, printed.out, printed.err

    async def told(self, *words: str) -> list[dict[str, Any]]:
        """Run a command that must succeed; return the lines of its JSON."""
        code, out, err = await self.type(*words, "--json")
        assert code == 0, err
        return [json.loads(line) for line in out.splitlines()]
