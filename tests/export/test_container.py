"""The container beyond small bundles: large offsets, and false directories."""

from __future__ import annotations

import io
import struct
import zlib
from hashlib import sha256

import pytest

from special_channel.core.audit.findings import FindingCollector
from special_channel.core.bytes.errors import Malformed
from special_channel.export import bag
from special_channel.export.container import Reader
from special_channel.export.zip_records import Member, ending, member_at
from tests.export.bundling import HeldBag, write_container


def test_an_offset_beyond_four_gibibytes_is_written_and_read_as_zip64():
    member = Member("a", 3, zlib.crc32(b"abc"), 5 * 2**32)
    line = member.central()
    assert member_at(line, 0) == (member, len(line))
    small = Member("a", 3, zlib.crc32(b"abc"), 7)
    assert member_at(small.central(), 0)[0] == small


def large(count: int) -> bytes:
    target = io.BytesIO()
    write_container(target, ((f"bag/{number:06}", b"") for number in range(count)))
    return target.getvalue()


def test_more_files_than_sixteen_bits_count_are_zip64():
    data = large(65_536)
    reader = Reader(io.BytesIO(data), len(data), max_files=100_000)
    assert (len(reader.directory), reader.faults) == (65_536, [])


@pytest.mark.parametrize("cut", ["locator", "record"])
def test_a_zip64_directory_that_is_not_where_it_should_be_is_unreadable(cut):
    data = bytearray(large(65_536))
    at = data.rfind(b"PK\x06\x07" if cut == "locator" else b"PK\x06\x06")
    data[at] = 0
    with pytest.raises(Malformed) as caught:
        Reader(io.BytesIO(data), len(data), max_files=100_000)
    assert caught.value.code == "bundle-unreadable"


def test_a_directory_longer_than_the_file_is_unreadable():
    data = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1, 1, 10_000, 0, 0)
    with pytest.raises(Malformed) as caught:
        Reader(io.BytesIO(data), len(data), max_files=10)
    assert caught.value.code == "bundle-unreadable"


def test_the_end_of_a_large_container_has_both_records():
    assert ending(3, 100, 200) == struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 3, 3, 100, 200, 0)
    assert ending(3, 100, 2**33).startswith(b"PK\x06\x06")


def test_a_file_that_ends_early_gives_what_there_is():
    line = Member("a", 500, 0, 900).central()
    data = bytes(1000) + line + ending(1, len(line), 1000)
    rest = data[900 + 31 :]
    reader = Reader(io.BytesIO(data), len(data), max_files=10)
    assert b"".join(reader.chunks("a")) == reader.read("a") == rest
    assert reader.length("a") == len(rest) < 500
    assert [*reader.files()] == [("a", 500, len(rest), sha256(rest).digest())]
    assert reader.faults == ["a", ""]


def codes(files: dict[str, bytes]) -> set[tuple[str, str]]:
    found = FindingCollector()
    bag.check_profile(bag.check(HeldBag(files), found))
    return {(each.code, each.place.file) for each in found.findings}


GOOD = {
    "bagit.txt": bag.DECLARATION,
    "bag-info.txt": bag.info({}, 0, 0),
    "manifest-sha256.txt": b"",
    "tagmanifest-sha256.txt": b"",
}


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("manifest-sha256.txt", b"\xff\n"),
        ("manifest-sha256.txt", b"no newline"),
        ("manifest-sha256.txt", b"abc  data/x\n"),
        ("manifest-sha256.txt", b"\n"),
        ("manifest-md5.txt", b""),
        ("manifest-sha512.txt", b""),
        ("bag-info.txt", b"Nothing: here\n"),
        ("bag-info.txt", b"\xff"),
        ("bag-info.txt", b"Payload-Oxum: 1.1\n"),
        ("bagit.txt", b"BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n"),
    ],
)
def test_a_tag_file_that_is_not_in_form_is_named(path, data):
    assert ("bag-format", path) in codes(GOOD | {path: data})


def test_manifests_list_what_is_theirs():
    digest = "a" * 64
    assert ("bag-path", "README") in codes(
        GOOD | {"manifest-sha256.txt": f"{digest}  README\n".encode()}
    )
    assert ("bag-path", "data/x") in codes(
        GOOD | {"tagmanifest-sha256.txt": f"{digest}  data/x\n".encode()}
    )
    assert ("bag-file-missing", "data/x") in codes(
        GOOD | {"manifest-sha256.txt": f"{digest}  data/x\n".encode()}
    )


def test_a_tag_file_beyond_all_measure_is_not_read(monkeypatch):
    monkeypatch.setattr(bag, "MAX_TAG_BYTES", 10)
    assert ("bag-format", "bag-info.txt") in codes(GOOD)


class Counting(io.BytesIO):
    """A file that counts bytes read."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.count += len(data)
        return data


def test_files_out_of_order_are_not_read_many_times_over():
    """An unsorted directory must not cost a whole block for each small file."""
    names = [f"bag/{number:06}" for number in range(2000)]
    target = io.BytesIO()
    write_container(target, ((name, b"x" * 1000) for name in names))
    data = target.getvalue()
    start = data.index(b"PK\x01\x02")
    directory, offset = b"", 0
    members = []
    for name in names:
        member = Member(name, 1000, zlib.crc32(b"x" * 1000), offset)
        members.append(member)
        offset = member.end
    for member in [*members[1::2], *members[::2]][::-1]:
        directory += member.central()
    source = Counting(data[:start] + directory + ending(2000, len(directory), start))
    reader = Reader(source, len(source.getvalue()), max_files=3000)
    assert len(reader.directory) == 2000
    assert source.count < 4 * len(data)


def test_a_whole_container_is_read_once():
    target = io.BytesIO()
    write_container(target, ((f"bag/{number:06}", b"x" * 1000) for number in range(5000)))
    source = Counting(target.getvalue())
    reader = Reader(source, len(source.getvalue()), max_files=10_000)
    assert reader.faults == []
    directory = 5000 * 2 * len(Member("bag/000000", 0, 0, 0).central())
    assert source.count < len(source.getvalue()) * 1.1 + directory + 2 * 65_557
