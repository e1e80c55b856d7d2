"""Make the bundle that README verifies: one thread of two fictional authorities, and a trust file.

Run from the root of the project: `.venv/bin/python -m scripts.make_sample_bundle`. Keys come from
fixed seeds and the clock is moved by hand, so the files come out the same; a test compares. Run
it again after a change of signed formats or of the files of a bundle.
"""

from __future__ import annotations

import argparse
import asyncio
import io
from hashlib import sha256
from pathlib import Path
from typing import Final

from special_channel.core.audit.scope import Scope
from special_channel.core.bytes import canonical
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.export.write import Request, write_bundle
from tests.bundles import trust_file
from tests.export.reading import HeldFiles, WorldRecord
from tests.world import Entry, World

FOLDER: Final = Path("docs/sample")
BUNDLE: Final = "thread.zip"
TRUST: Final = "trust.json"

DUE: Final = "2026-11-27T09:30:00Z"
"""Three working days of the Chinese side after the question."""

MINUTE: Final = 60
HOUR: Final = 3600

NAMES: Final[dict[Party, tuple[str, str, str, str]]] = {
    "eu": ("Fictional European authority", "虚构欧方主管部门", "EU", "欧方"),
    "cn": ("Fictional Chinese authority", "虚构中方主管部门", "CN", "中方"),
}


def story() -> tuple[World, Entry]:
    """Tell the story: a question about a certificate, received, answered in time, acknowledged.

    Returns:
        The world and the entry that opens the thread.
    """
    world = World()
    parties = _parties(world)
    for party in PARTIES:
        world.found(party)
        world.enrol(party, "desk")
    for party in PARTIES:
        world.adopt(party, parties=parties)
    world.exchange()
    charter = sha256(canonical.dumps(world.charter(parties=parties))).hexdigest()
    thread = world.open_thread("eu", "Certificate without a company stamp (fictional)")
    question = world.note(
        "eu",
        thread.leaf.thread,
        (
            "For application FIKTIV-26-0008711 the exporter was asked for a stamped certificate.",
            "The end-user, Fictional Antriebe Nord GmbH, has no stamp. Two directors have signed.",
            "Is the certificate sufficient with two signatures?",
        ),
        asks=[world.ask("eu", DUE, rule="three-working-days", charter=charter, part=2)],
    )
    world.exchange()
    world.clock.forward(10 * MINUTE)
    world.about("cn", "note.acknowledged", question)
    world.exchange()
    world.clock.forward(3 * HOUR)
    answer = world.note(
        "cn",
        thread.leaf.thread,
        (
            "经研究，由两名董事共同签字的证明，附商业登记簿摘录，予以接受。",
            "A certificate signed by two directors, with a register extract, is accepted.",
        ),
        lang="zh-CN",
        body={"translation": {"lang": "en", "parts": [1]}},
        answers=[{"id": question.id, "q": ["1"]}],
    )
    world.exchange()
    world.clock.forward(20 * MINUTE)
    world.about("eu", "note.acknowledged", answer)
    world.exchange()
    return world, thread


def _parties(world: World) -> list[Value]:
    return [
        dict(zip(("name_en", "name_zh", "short_en", "short_zh"), NAMES[party], strict=True))
        | {"party": party, "origin": world.sides[party].origin}
        for party in PARTIES
    ]


def files() -> dict[str, bytes]:
    """Make the bundle and the trust file, by name."""
    world, thread = story()
    target = io.BytesIO()
    request = Request(
        Scope("thread", str(thread.leaf.thread)),
        by="eu",
        asked_by="Fictional audit office",
        basis="Fictional audit 2026/1",
        at=world.clock.forward(HOUR),
        position=thread.position,
    )
    asyncio.run(write_bundle(target, WorldRecord(world.eu), HeldFiles(), request))
    return {BUNDLE: target.getvalue(), TRUST: trust_file(world)}


def main() -> None:
    """Write the files."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, default=FOLDER)
    folder = options.parse_args().out
    for name, data in files().items():
        (folder / name).write_bytes(data)
        print(f"{folder / name}: {len(data)} bytes")


if __name__ == "__main__":
    main()
