"""A node that meets a record of an earlier version says so at the start, and changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from special_channel.config import load
from special_channel.core.bytes.errors import Malformed
from special_channel.launcher.postgres import SUPERUSER
from tests import damage, servers
from tests.architecture.project import ROOT
from tests.channel import channel

pytestmark = [pytest.mark.asyncio(loop_scope="function"), pytest.mark.timeout(240)]

OLDER = (
    "UPDATE record.entries SET leaf = convert_to(regexp_replace(convert_from(leaf, 'UTF8'),"
    " '^(sc1 [^ ]+ [^ ]+) [0-9]+ (party.founded) ', '\\1 \\2 '), 'UTF8')"
    " WHERE log = 'eu' AND idx = 0"
)
"""Give EU's first leaf the form in which nothing was counted."""


async def test_node_over_a_database_of_before_does_not_start():
    with servers.open_folder() as folder:
        async with channel(folder) as made:
            embedded = made.nodes["eu"].core.engines.embedded
            assert embedded is not None
            await damage.tamper(embedded.postgres.dsn(SUPERUSER), OLDER)
            await made.stop("eu")
            with pytest.raises(Malformed) as caught:
                await made.start("eu")
            assert caught.value.code == "record-older"


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_pin_of_before_is_told_apart_from_a_wrong_one(tmp_path: Path, party: str):
    text = (ROOT / "config" / "node.toml").read_text(encoding="utf-8")
    head, mark, tail = text.partition(f"[pins.{party}]\n")
    for pin, code in ((f"{party}:" + "0" * 32, "record-older"), ("0" * 63, "settings-malformed")):
        changed = tail.replace(f"root = {json.dumps('0' * 64)}", f"root = {json.dumps(pin)}", 1)
        assert changed != tail
        file = tmp_path / "node.toml"
        file.write_text(head + mark + changed, encoding="utf-8")
        with pytest.raises(Malformed) as caught:
            load(file)
        assert caught.value.code == code
