"""Makes `vectors/bundle/`: bundles, the trust file, and the reports that a verifier gives.

Run from the root of the project with `python -m docs.formats.make_bundle_vectors`. The
story is told by the tests' builder; `tests/export/test_bundle_vectors.py` fails if the
files are not what this makes.
"""

from __future__ import annotations

from pathlib import Path

from special_channel.core.scope import Scope
from special_channel.export.verify import verify
from tests.bundles import trust_file
from tests.export.bundling import bundle, flipped, packed, repaired, unpacked
from tests.stories import busy

FOLDER = Path(__file__).parent / "vectors" / "bundle"


def made() -> dict[str, bytes]:
    """Return the content of every file of the folder, by name."""
    story = busy()
    trust = trust_file(story.world)
    good = bundle(story.world, Scope("thread", story.thread.leaf.thread or ""))
    top, files = unpacked(good)
    leaves = files["data/logs/cn/leaves.txt"]
    note = f"data/parts/{story.note.id}.json"
    signed = f"data/entries/{story.note.id}.json"
    changed = {
        "log-cut-short": {"data/logs/cn/leaves.txt": leaves[: leaves[:-1].rindex(b"\n") + 1]},
        "text-changed": {note: files[note].replace(b"Good", b"Evil")},
        "signature-changed": {signed: flipped(files[signed], len(files[signed]) - 20)},
    }
    erased = busy()
    erased.world.erase("eu", erased.note, [0])
    erased.world.exchange()
    split = busy()
    alone = split.world.eu
    head = alone.sign_checkpoint(5, bytes(32))
    bundles = {
        "good": good,
        "text-erased": bundle(erased.world, Scope("thread", erased.thread.leaf.thread or "")),
        "two-stories": packed(top, repaired(files | {"data/logs/eu/checkpoints/5": head.encode()})),
        **{name: packed(top, repaired(files | change)) for name, change in changed.items()},
    }
    found = {"trust.json": trust}
    for name, data in bundles.items():
        found[f"{name}.zip"] = data
        found[f"{name}.json"] = verify(data, trust).encode()
    return found


def main() -> None:
    """Write the folder."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, data in made().items():
        (FOLDER / name).write_bytes(data)


if __name__ == "__main__":
    main()
