"""K31: no key takes another's place while a running process of the node does not hold it.

Two real processes of one node. One has a folder of keys without the file of the new key.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from special_channel.cli.exits import exit_code
from special_channel.core.bytes.errors import Unavailable
from special_channel.desk.keyfile import KeyFile
from special_channel.stores.key_holders import KeyHolders
from tests import servers
from tests.channel import Channel, channel
from tests.nodes.test_machine_drill import Drill

pytestmark = [pytest.mark.asyncio(loop_scope="function"), pytest.mark.timeout(180)]

REFUSED = exit_code(Unavailable("checkpoint-key-absent"))


@pytest_asyncio.fixture
async def made() -> AsyncIterator[Channel]:
    with servers.open_folder() as folder:
        async with channel(folder, ("web", "link")) as made:
            yield made


@contextlib.asynccontextmanager
async def other_process(drill: Drill, keys: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run due times and alerts of the EU's node as a process of its own, with these keys."""
    text = drill.settings.read_text(encoding="utf-8")
    config = keys.parent / "other.toml"
    config.write_text(text.replace(str(drill.keys), str(keys)), encoding="utf-8")
    with (keys.parent / "other.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "special_channel", "escalate", "--config", str(config)),
            stderr=log,
            env=os.environ | {"SPECIAL_CHANNEL_NODE__MONITOR_PORT": "0"},
        )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await process.wait()


def keys_without(drill: Drill, name: str) -> Path:
    """Copy the EU's key files without one of them; the guard is the one that both share."""
    folder = drill.made.folder / "other" / "keys"
    folder.mkdir(parents=True)
    for file in drill.keys.glob("*.json"):
        if file.name != name:
            shutil.copy2(file, folder / file.name)
    (folder / "published").symlink_to(drill.keys / "published")
    return folder


async def test_succession_waits_until_every_process_has_the_key(made, capsys):
    drill = Drill(made, capsys)
    name = "checkpoint-next.json"
    coming = KeyFile.read(drill.keys / name)
    folder = keys_without(drill, name)
    holders = KeyHolders(made.nodes["eu"].core.record.pool)
    clock = made.nodes["eu"].core.clock

    async def lacking(count: int) -> bool:
        return len(await holders.without(coming.key, clock.now())) == count

    following = await drill.prepare("checkpoint")
    stated = ("--public", coming.public, "--next", following["commitment"], "--reason", "routine")
    enrol = ("machine", "enrol", "checkpoint", *stated, *drill.signed_by("registrar"))
    assert await lacking(0)
    begun = await drill.run(*enrol)
    sign = ("act", "sign", begun["id"], *drill.signed_by("registrar-2"))
    async with other_process(drill, folder) as process:
        await made.until(partial(lacking, 1))
        [named] = await holders.without(coming.key, clock.now())
        assert named.startswith(f"escalate {process.pid}-")
        refused = {"code": "checkpoint-key-absent"}
        assert await drill.run(*sign, exits=REFUSED) == refused
        assert await drill.run(*enrol, exits=REFUSED) == refused, "nor is another one begun"
        shutil.copy2(drill.keys / name, folder / name)
        await made.until(partial(lacking, 0))
        signed = await drill.run(*sign)
        assert signed["state"] == "done"
    held = await made.nodes["eu"].core.record.head("eu")
    assert held.size
    # A process that ended in order counts no more, at once.
    assert await lacking(0)
    assert len(await holders.without("eu:" + "0" * 32, clock.now())) == 1


async def test_root_names_no_key_that_a_process_lacks(made, capsys):
    drill = Drill(made, capsys)
    out = made.folder / "safe"
    out.mkdir()
    config = ("--config", str(drill.settings))
    coming = await drill.run("machine", "prepare", "checkpoint", "--out", str(out), *config)
    following = await drill.run("machine", "prepare", "checkpoint", "--out", str(out), *config)
    stated = (
        "--role",
        "checkpoint",
        "--reason",
        "compromised",
        "--suite",
        "ed25519",
        "--public",
        coming["public"],
        "--name",
        coming["name"],
    )
    request = await drill.request("machine.enrolled", *stated, "--next", following["commitment"])
    signed = await drill.signed(request, *drill.parts[:2])
    assert await drill.submit(signed, exits=REFUSED) == {"code": "checkpoint-key-absent"}
    shutil.copy2(coming["file"], drill.keys)

    async def held() -> bool:
        holders = KeyHolders(made.nodes["eu"].core.record.pool)
        return not await holders.without(coming["key"], made.nodes["eu"].core.clock.now())

    await made.until(held)
    await drill.submit(signed)
