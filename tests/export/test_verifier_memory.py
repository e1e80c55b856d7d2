"""The verifier's memory per entry: a test of the mechanism; `./bench` measures megabytes."""

from __future__ import annotations

import asyncio
import tracemalloc
from pathlib import Path

import pytest

from special_channel.core.audit import entries as audit_entries
from special_channel.core.audit.scope import Scope
from special_channel.core.bytes import checks
from special_channel.core.log import lines, tree
from special_channel.export import container, directory, spill, spool, stored
from special_channel.export import verify as verifying
from special_channel.export.spill import SpilledRows
from special_channel.export.verify import verify
from special_channel.export.write import write_bundle
from tests.bundles import trust_file
from tests.export.bundling import bundle, request
from tests.export.reading import HeldFiles, WorldRecord
from tests.world import World

FEW, MANY = 100, 400
LONG = "It is long, so that whoever kept it would be seen. " * 400


def peak_of(folder, notes: int) -> int:
    """Peak memory in bytes of checking a bundle with a number of notes."""
    world = World.founded()
    thread = world.open_thread("eu").leaf.thread
    for number in range(notes):
        world.note("eu", thread, (f"{number} {LONG}",))
    world.exchange()
    path = folder / f"{notes}.zip"
    path.write_bytes(bundle(world))
    trust = trust_file(world)
    return traced_peak(path, trust)


def traced_peak(path: Path, trust: bytes) -> int:
    verify(path, trust)  # the first pays for caches
    tracemalloc.start()
    try:
        assert verify(path, trust).verdict == "authentic-and-complete"
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.timeout(120)
def test_verifier_forgets_what_it_has_judged(monkeypatch, tmp_path):
    """An entry with 20 KB of text costs a fraction of them: parts, envelope and view are gone."""
    monkeypatch.setattr(audit_entries, "_CACHE_BYTES", 8192)
    monkeypatch.setattr(verifying, "SPILLED_BYTES", 0)
    monkeypatch.setattr(SpilledRows.__init__, "__defaults__", (50,))
    assert spill.MAX_ROWS > 50
    growth = (peak_of(tmp_path, MANY) - peak_of(tmp_path, FEW)) / (MANY - FEW)
    assert growth < 8_000


def small_notes(notes: int) -> World:
    """A record with a number of short notes in threads of 50, each note in a separate commit."""
    world = World.founded()
    for number in range(notes):
        if number % 50 == 0:
            thread = world.open_thread("eu").leaf.thread
        world.note("eu", thread, (f"Note {number}",))
        world.exchange()
    return world


@pytest.fixture
def nothing_ahead(monkeypatch):
    """Read-ahead and data kept up to a limit do not count as growth."""
    blocks = [(directory, "BLOCK"), (container, "CHUNK"), (lines, "BLOCK")]
    for module, name in [*blocks, (spool, "BUFFER"), (stored, "AHEAD")]:
        monkeypatch.setattr(module, name, 4096)
    for name in ("_CACHED_WHOLE", "_CACHED_OF_LARGER"):
        monkeypatch.setattr(lines, name, 10)
    monkeypatch.setattr(tree, "_CACHED_ROOTS", 10)
    monkeypatch.setattr(audit_entries, "_CACHE_BYTES", 8192)
    monkeypatch.setattr(checks, "WINDOW", 4)
    monkeypatch.setattr(verifying, "SPILLED_BYTES", 0)
    monkeypatch.setattr(SpilledRows.__init__, "__defaults__", (50,))


@pytest.mark.timeout(180)
@pytest.mark.usefixtures("nothing_ahead")
def test_verifier_keeps_less_than_half_a_kilobyte(tmp_path):
    """Three files an entry: their names, offsets and digests are packed, or read where they are."""
    peaks = {}
    for notes in (FEW, 5 * FEW):
        world, path = small_notes(notes), tmp_path / f"{notes}.zip"
        path.write_bytes(bundle(world))
        peaks[notes] = traced_peak(path, trust_file(world))
    assert (peaks[5 * FEW] - peaks[FEW]) / (4 * FEW) < 512


@pytest.mark.timeout(180)
@pytest.mark.usefixtures("nothing_ahead")
def test_export_keeps_less_than_half_a_kilobyte(tmp_path):
    """Entries, notes, leaves, view, manifest and directory wait in files."""
    peaks = {}
    for notes in (FEW, 5 * FEW):
        record = WorldRecord(small_notes(notes).eu)
        with (tmp_path / "export.zip").open("wb") as target:
            asyncio.run(write_bundle(target, record, HeldFiles(), request(Scope("everything"))))
            target.seek(0)
            tracemalloc.start()
            try:
                asyncio.run(write_bundle(target, record, HeldFiles(), request(Scope("everything"))))
                peaks[notes] = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
    assert (peaks[5 * FEW] - peaks[FEW]) / (4 * FEW) < 512
