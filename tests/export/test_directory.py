"""The packed directory of a container, and manifests, next to the dictionaries they stand for."""

from __future__ import annotations

import io
import tracemalloc
from array import array
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from special_channel.export import container, directory
from special_channel.export.directory import NameIndex
from special_channel.export.manifest import Manifest, lines_of
from special_channel.export.zip_records import CENTRAL, Member, ending

names = st.lists(st.text("ab/é", max_size=4), max_size=30)


def container_of(names: list[str]) -> bytes:
    """Files with the given names in any order; the content is the place in the list."""
    data, lines, offset = b"", b"", 0
    for number, name in enumerate(names):
        content = str(number).encode()
        member = Member("x" * len(name), len(content), 0, offset)
        data += member.local() + content
        line = member.central()
        # By place: an offset may have the byte of an "x" too.
        lines += line[: CENTRAL.size] + name.encode("latin-1") + line[CENTRAL.size + len(name) :]
        offset = member.end
    return data + lines + ending(len(names), len(lines), offset)


@given(names, names)
def test_directory_is_a_dictionary_in_order(listed, asked):
    data = container_of(listed)
    reader = container.Reader(io.BytesIO(data), len(data), max_files=100)
    expected = {name: str(number).encode() for number, name in enumerate(listed)}
    assert {name: reader.read(name) for name in {*listed, *asked}} == {
        name: expected.get(name) for name in {*listed, *asked}
    }
    assert [*reader.directory.listing()] == [
        (name, len(expected[name])) for name in sorted(expected)
    ]
    assert len(reader.directory) == len(expected)
    assert reader.directory.in_order == (listed == sorted(expected))


@given(st.sets(st.text(max_size=8)), st.sets(st.text(max_size=8)), st.integers(1, 5))
def test_name_index_finds_names_whose_hashes_are_equal(listed, asked, hashes):
    by_number = sorted(listed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(directory, "hash", lambda name: len(name) % hashes - 2, raising=False)
        index = NameIndex(len(listed), by_number.__getitem__)
        for number, name in enumerate(by_number):
            index.add(number, name)
        found = {name: index.find(name) for name in listed | asked}
    places = {name: number for number, name in enumerate(by_number)}
    assert found == {name: places.get(name) for name in found}


def test_name_index_has_few_bytes_a_name():
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        index = NameIndex(100_000, str)
        used = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert index.find("7") is None
    assert used / 100_000 < 24


def test_directory_across_blocks_is_the_same(monkeypatch):
    listed = [f"{number:03}" + "x" * (number % 7) for number in range(200)]
    data = container_of(listed)
    for block in (directory.BLOCK, 100, 333):
        monkeypatch.setattr(directory, "BLOCK", block)
        reader = container.Reader(io.BytesIO(data), len(data), max_files=200)
        assert [name for name, _ in reader.directory.listing()] == listed
        assert [member.name for member, _ in reader.directory.lines()] == listed
        assert reader.read(listed[150]) == b"150"


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("0123")), max_size=8),
    st.integers(1, 40),
)
def test_manifest_lists_what_comes_first_in_order(lines, step):
    text = "".join(f"{digit * 64}  data/{name}\n" for name, digit in lines).encode()
    chunks = [text[first : first + step] for first in range(0, len(text), step)]
    manifest = Manifest("manifest-sha256.txt", "sha256", lambda: chunks)
    expected: dict[str, bytes] = {}
    for name, digit in lines:
        expected.setdefault(f"data/{name}", bytes.fromhex(digit * 64))
    assert [*manifest] == sorted(expected.items())
    assert len(manifest.faults) == len(lines) - len(expected)


@given(st.lists(st.binary(max_size=5)))
def test_lines_are_those_of_the_whole_text(chunks):
    text = b"".join(chunks)
    lines: list[bytes] | None
    try:
        lines = [*lines_of(chunks)]
    except ValueError:
        lines = None
    assert lines == (text.split(b"\n")[:-1] if text.endswith(b"\n") or not text else None)


def test_manifest_in_order_is_not_held():
    """A manifest of 3 MB is read in pieces; out of order it needs a dictionary."""
    lines = [f"{'a' * 64}  data/{number:06}\n".encode() for number in range(40_000)]
    peaks = array("Q")
    for each in (lines, lines[::-1]):
        tracemalloc.start()
        try:
            manifest = Manifest("manifest-sha256.txt", "sha256", partial(iter, each))
            assert sum(1 for _ in manifest) == 40_000
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[0] < 100_000 < peaks[1]
