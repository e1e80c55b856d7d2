"""Bundles broken in every file: what a verifier says of each must stay the same bytes.

Run `python -m tests.export.breaking` to write `golden/reports.txt` again. A change of that file is
a change of reports, which `docs/formats/bundle.md` specifies.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from special_channel.core.audit.scope import Scope
from special_channel.core.bytes import canonical
from special_channel.core.bytes.checks import Begin, at_once
from special_channel.export.verify import verify
from tests.bundles import trust_file
from tests.export.bundling import bundle, flipped, packed, repaired, request, unpacked, written
from tests.export.forging import layout
from tests.permits import draw, issue
from tests.stories import busy
from tests.world import World

GOLDEN = Path(__file__).parent / "golden" / "reports.txt"

EVERY, FEW = 4, 12
"""Of entries, lists of parts, notes and lines every so many-eth is broken: first story, others."""

Files = Mapping[str, bytes]


def stories() -> Iterator[tuple[str, bytes, bytes]]:
    """Yield (name, trust file, bundle) of whole bundles, some with declared gaps."""
    story = busy()
    trust = trust_file(story.world)
    yield "everything", trust, bundle(story.world)
    yield "thread", trust, bundle(story.world, Scope("thread", story.thread.leaf.thread or ""))
    yield "batch", trust, bundle(story.world, Scope("batch", story.batch.id))
    damaged = {story.note.position: ("envelope",), story.batch.position: ("part:0",)}
    whole = request(Scope("everything"))
    yield "damaged", trust, written(story.world, whole, damaged=damaged)[0]
    erased = busy()
    erased.world.erase("eu", erased.note, [0])
    erased.world.erase("cn", erased.with_file, [1])
    erased.world.exchange()
    yield "erased", trust_file(erased.world), bundle(erased.world)
    permits = World.founded(columns=["customers"])
    issue(permits, customers=["Fictional Antriebe Nord GmbH"])
    draw(permits, "125.5")
    permits.exchange()
    yield "permits", trust_file(permits), bundle(permits)


def broken(files: Files, every: int) -> Iterator[tuple[str, Files]]:
    """Yield (change, files) for each `every`-th file and line, and for renamed files."""
    paths = sorted(files)
    numbered = [path for path in paths if re.search(r"/(entries|parts|checkpoints)/", path)]
    for path in [path for path in paths if path not in numbered] + numbered[::every]:
        place, data = layout(path), files[path]
        yield f"{place} dropped", {name: held for name, held in files.items() if name != path}
        for word, changed in _changed(data)[:: 1 if every < FEW else 2]:
            yield f"{place} {word}", {**files, path: changed}
    for one, other in zip(numbered[::every], numbered[1::every], strict=False):
        yield f"{layout(one)} swapped", {**files, one: files[other], other: files[one]}
    for path in (path for path in paths if path.endswith("leaves.txt")):
        yield from _relined(files, path, every)
    for path in [path for path in numbered if "/parts/" in path][::every]:
        yield from _relisted(files, path)
    yield from _added(files)


def _added(files: Files) -> Iterator[tuple[str, Files]]:
    for path in ("data/odd", "data/entries/odd.json", "data/files/odd", "odd.txt", "data/../odd"):
        yield f"{path} added", {**files, path: b"odd"}
    stranger = "ab" * 32
    for folder, suffix in (("entries", ".json"), ("parts", ".json"), ("files", "")):
        yield f"a stranger in {folder}", {**files, f"data/{folder}/{stranger}{suffix}": b"[]"}
    note = files["data/logs/eu/checkpoint"]
    for size in (1, 5, 10**15):
        yield "note added", {**files, f"data/logs/eu/checkpoints/{size}": note}


def _changed(data: bytes) -> list[tuple[str, bytes]]:
    return [
        ("emptied", b""),
        ("begun otherwise", flipped(data, 0) if data else b"x"),
        ("cut", data[: len(data) // 2]),
        ("grown", data + b"\n"),
        ("changed at its middle", flipped(data, len(data) // 2) if data else b"y"),
        ("ended otherwise", flipped(data, len(data) - 1) if data else b"z"),
    ]


def _relined(files: Files, path: str, every: int) -> Iterator[tuple[str, Files]]:
    lines = files[path].splitlines(keepends=True)
    place = layout(path)
    for at, line in list(enumerate(lines))[::every]:
        fields = line.split(b" ")
        later = b" ".join([*fields[:2], b"9999", *fields[3:]])
        other = b" ".join([*fields[:3], b"note.withdrawn", *fields[4:]])
        for word, changed in (
            ("without a line", []),
            ("with a line twice", [line, line]),
            ("with a line that is none", [b"none\n"]),
            ("with a frontier beyond", [later]),
            ("with another kind", [other]),
        ):
            yield (
                f"{place} {word}",
                {**files, path: b"".join([*lines[:at], *changed, *lines[at + 1 :]])},
            )


def _relisted(files: Files, path: str) -> Iterator[tuple[str, Files]]:
    texts = json.loads(files[path])
    place = layout(path)
    for word, changed in (
        ("without content", [""] * len(texts)),
        ("with one more", [*texts, "more"]),
        ("with one less", texts[:-1]),
        ("turned round", [*texts[::-1], ""]),
    ):
        yield f"{place} {word}", {**files, path: canonical.dumps(changed)}


def digests(begin: Begin = at_once, only: Collection[str] = ()) -> dict[str, str]:
    """Return digests of the reports on all broken versions of each bundle, by story.

    Args:
        begin: What checks signatures.
        only: Names of stories; all by default.
    """
    found: dict[str, list[bytes]] = {}
    for number, (name, trust, whole) in enumerate(stories()):
        if only and name not in only:
            continue
        top, files = unpacked(whole)
        found[f"{name}: whole"] = [verify(whole, trust, begin=begin).encode()]
        for what, changed in broken(files, FEW if number else EVERY):
            bundles = [repaired(dict(changed))]
            if what.startswith(
                ("bag", "manifest", "tagmanifest", "README", "data/files", "data/tab")
            ):
                bundles.append(
                    dict(changed)
                )  # a forger repairs the manifests, an accident does not
            for each in bundles:
                held = [files["data/logs/cn/checkpoint"]]
                report = verify(packed(top, each), trust, held=held, begin=begin)
                found.setdefault(f"{name}: {what}", []).append(report.encode())
    return {name: sha256(b"\n".join(reports)).hexdigest() for name, reports in found.items()}


def lines(begin: Begin = at_once, only: Collection[str] = ()) -> str:
    """Return the content of the golden file, or of some stories; see `digests`."""
    return "".join(
        f"{digest[:32]}  {name}\n" for name, digest in sorted(digests(begin, only).items())
    )


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(lines(), encoding="utf-8")
