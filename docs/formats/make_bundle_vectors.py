"""Makes `vectors/bundle/`: bundles, the trust file, and the reports that a verifier gives.

Run from the root of the project with `python -m docs.formats.make_bundle_vectors`. The
story is told by the tests' builder; `tests/export/test_bundle_vectors.py` fails if the
files are not what this makes.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from special_channel.core.audit.scope import Scope
from special_channel.core.bytes import canonical
from special_channel.core.bytes.canonical import Value
from special_channel.export.derive import TABLE_PATHS, TABLES, VIEW, VIEW_PATHS
from special_channel.export.verify import verify
from tests.bundles import trust_file
from tests.export.bundling import bundle, flipped, packed, repaired, request, unpacked, written
from tests.permits import draw, issue
from tests.stories import ATTACHED, COUNTED, attached, busy
from tests.world import Entry, World

FOLDER = Path(__file__).parent / "vectors" / "bundle"
DERIVED = FOLDER.parent / "derived.json"

EARLIER = "2026-11-26T09:30:00Z"
"""A working day before what the rule gives."""


def made() -> dict[str, bytes]:
    """Return the content of every file of the folder, by name."""
    story = busy()
    trust = trust_file(story.world)
    good = bundle(story.world, Scope("thread", story.thread.leaf.thread or ""))
    top, files = unpacked(good)
    leaves = files["data/logs/cn/leaves.txt"]
    note = f"data/parts/{story.note.id}.json"
    signed = f"data/entries/{story.note.id}.json"
    asks = "data/tables/asks.csv"
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
        "charter-withheld": charter_withheld(),
        "entry-damaged": entry_damaged(),
        "data-lost": data_lost(refused=True),
        "data-lost-undeclared": data_lost(refused=False),
        "file-length": file_length(),
        "erasure-unnamed": erasure_unnamed(),
        "asked-early": asked_early(),
        "scope-of-nothing": packed(top, restated(files, scope={"kind": "thread"})),
        "table-replaced": packed(
            top, repaired(files | {asks: files[asks].replace(b"late", b"open")})
        ),
        "view-of-another-version": packed(top, restated(files, view=VIEW + 1)),
    }
    found = {"trust.json": trust}
    for name, data in bundles.items():
        found[f"{name}.zip"] = data
        found[f"{name}.json"] = verify(data, trust).encode()
    return found


def restated(files: dict[str, bytes], **changed: object) -> dict[str, bytes]:
    """Return the same files under another statement of the exporter, with manifests that fit."""
    said = json.loads(files["data/export.json"]) | changed
    return repaired(files | {"data/export.json": canonical.dumps(said)})


def without_data(files: dict[str, bytes], *ids: str, declared: bool = True) -> dict[str, bytes]:
    """Return the same files without the data of these entries, declared withheld or not."""
    said = json.loads(files["data/export.json"])
    bare = {f"data/parts/{each}.json": canonical.dumps([""]) for each in ids}
    counts = said["counts"] | {"parts": said["counts"]["parts"] - len(ids)}
    why = {"part": 0, "word": "withheld", "why": "internal"}
    withheld = [{"id": each} | why for each in sorted(ids)] if declared else []
    return restated(files | bare, counts=counts, withheld=withheld)


def charter_withheld() -> bytes:
    """Return a bundle with a note by a key that nobody enrolled, and both charters withheld."""
    story = busy()
    world = story.world
    world.eu.make_key("stranger")
    thread = story.thread.leaf.thread
    payload = world.payload("eu", "note.posted", by="stranger", thread=thread, lang="en")
    world.append("eu", payload, [world.text("Forged.")], honest=False)
    world.exchange()
    top, files = unpacked(bundle(world, Scope("thread", thread or "")))
    charters = (
        entry.id
        for side in world.sides.values()
        for entry in side.own.entries
        if entry.leaf.kind == "charter.adopted"
    )
    return packed(top, without_data(files, *charters))


def entry_damaged() -> bytes:
    """Return a bundle without a damaged envelope and a damaged list, as its exporter states."""
    story = busy()
    damaged = {story.note.position: ("envelope",), story.batch.position: ("part:0",)}
    return written(story.world, request(Scope("everything")), damaged=damaged)[0]


def data_lost(*, refused: bool) -> bytes:
    """Return a bundle with a list whose data its owner calls lost, and CN's refusal or none."""
    world = World.founded()
    listed = world.list_batch(["A-1"])
    world.exchange()
    world.erase("eu", listed, [0], basis="lost", order="Disk failure 7/2026")
    world.exchange()
    if refused:
        body = {"index": listed.position.index, "code": "part-missing"}
        world.append("cn", world.payload("cn", "peer.refused", by="node", body=body))
        world.exchange()
    return bundle(world)


def file_length() -> bytes:
    """Return a bundle with a file whose signed description says one byte more."""
    world = World.founded()
    thread = world.open_thread("eu")
    world.exchange()
    attached(world, thread, len(ATTACHED) + 1)
    world.exchange()
    return bundle(world)


def erasure_unnamed() -> bytes:
    """Return a bundle with an erasure by order that does not say by which; it has no effect."""
    world = World.founded()
    note = world.note("eu", world.open_thread("eu").leaf.thread, ("Good morning.",))
    body = {"parts": [0], "basis": "order"}
    payload = world.payload("eu", "part.erased", by="head", ref=note.id, body=body)
    world.append("eu", payload, honest=False)
    world.exchange()
    return bundle(world)


def asked_early() -> bytes:
    """Return a bundle with a question due before what the rule that it names gives.

    Its own node would not append it. Of two such questions CN's node has declared one invalid.
    """
    world = World.founded()
    thread = world.open_thread("eu").leaf.thread

    def ask(due: str, *, honest: bool) -> Entry:
        asks = [world.ask("eu", due, rule="three-working-days")]
        payload = world.payload("eu", "note.posted", thread=thread, lang="en", asks=asks)
        return world.append("eu", payload, [world.text("May it be sent?")], honest=honest)

    ask(COUNTED, honest=True)
    declared = ask(EARLIER, honest=False)
    ask(EARLIER, honest=False)
    world.exchange()
    body = {"index": declared.position.index, "code": "ask-early"}
    world.append("cn", world.payload("cn", "peer.refused", by="node", body=body))
    world.exchange()
    return bundle(world)


def digests() -> dict[str, dict[str, str]]:
    """Return the digests of what stories give: with questions, with licences, with corrections.

    The view is that of the first two.
    """
    permits = World.founded(columns=["customers"])
    issue(permits, customers=["Fictional Antriebe Nord GmbH", "虚构磁材（宁波）有限公司"])
    draw(permits, "125.5")
    permits.exchange()
    asked = busy().world
    note = asked.note("eu", asked.open_thread("eu").leaf.thread, ("Erased.", "Kept."))
    asked.erase("eu", note, [0])
    asked.exchange()
    bags = [unpacked(bundle(world))[1] for world in (asked, permits, corrected())]

    def of(paths: tuple[str, ...], stories: int) -> dict[str, str]:
        return {
            path: sha256(b"".join(bag[path] for bag in bags[:stories])).hexdigest()
            for path in paths
        }

    return {f"tables {TABLES}": of(TABLE_PATHS, 3), f"view {VIEW}": of(VIEW_PATHS, 2)}


def corrected() -> World:
    """Return a record with an approval that was never right, and its correction."""
    world = World.founded()
    batch = world.list_batch(["FIKTIV-1", "FIKTIV-2"])
    world.exchange()
    answer: dict[str, Value] = {"row": 1, "number": "FIKTIV-1", "state": "approved"}
    wrong = world.answer_batch(batch, [answer])
    mended: dict[str, Value] = {"state": "expert", "corrects": {"id": wrong.id, "row": 1}}
    world.answer_batch(batch, [answer | mended, {"row": 2, "number": "FIKTIV-2"}])
    world.exchange()
    return world


def kept() -> dict[str, dict[str, str]]:
    """Return the digests of all versions so far; those of a version that is there stay."""
    before = json.loads(DERIVED.read_bytes()) if DERIVED.exists() else {}
    return dict(digests() | before)


def main() -> None:
    """Write the folder, and the digests of a version that is new."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, data in made().items():
        (FOLDER / name).write_bytes(data)
    DERIVED.write_text(json.dumps(kept(), indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
