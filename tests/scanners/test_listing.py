"""What a ZIP file holds, by its directory: in order, bounded, and without disguise."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from special_channel.scanners.listing import LISTED, NAME_CHARACTERS, holding
from tests.scanners.servers import zipped


def test_listing_names_files_with_sizes_and_not_folders():
    held = holding(zipped({"a/": b"", "a/单据 1.pdf": b"x" * 2000, "more.TAR.gz": b"y"}))
    assert held is not None
    assert [(each.name, each.size_bytes) for each in held.files] == [
        ("a/单据 1.pdf", 2000),
        ("more.TAR.gz", 1),
    ]
    assert (held.total, held.encrypted, held.nested) == (2, 0, 1)
    assert held.files[1].nested


def test_listing_says_which_files_are_encrypted():
    data = bytearray(zipped({"one.txt": b"x", "two.txt": b"y"}))
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    held = holding(bytes(data))
    assert held is not None
    assert [each.encrypted for each in held.files] == [False, True]
    assert held.encrypted == 1


def test_listing_names_a_hundred_files_and_counts_all():
    held = holding(zipped({f"{number}.txt": b"" for number in range(LISTED + 1)}))
    assert held is not None
    assert (held.total, len(held.files)) == (LISTED + 1, LISTED)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("invoice\u202efdp.exe", "invoice\ufffdfdp.exe"),
        ("a\nb\u2028c\x9b.txt", "a\ufffdb\ufffdc\ufffd.txt"),
        ("<b>&.txt", "<b>&.txt"),
    ],
)
def test_listing_shows_what_would_disguise_a_name(name, shown):
    held = holding(zipped({name: b"x"}))
    assert held is not None
    assert held.files[0].name == shown


def test_listing_keeps_both_ends_of_a_long_name():
    held = holding(zipped({f"{'n' * 3000}.exe": b"x"}))
    assert held is not None
    [file] = held.files
    assert (len(file.name), file.name[-5:]) == (NAME_CHARACTERS, "n.exe")


def test_listing_reads_names_as_chinese_programs_write_them():
    name = "清单.txt"
    data = zipped({"XXXXXXXX": b"x"})[:]
    assert len(name.encode("gb18030")) == 8
    held = holding(data.replace(b"XXXXXXXX", name.encode("gb18030")))
    assert held is not None
    assert held.files[0].name == name


def test_listing_leaves_out_a_size_that_is_elsewhere():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", b"x")
    data = bytearray(buffer.getvalue())
    place = data.rfind(b"PK\x01\x02")
    data[place + 24 : place + 28] = b"\xff" * 4
    held = holding(bytes(data))
    assert held is not None
    assert held.files[0].size_bytes is None


@given(st.binary(max_size=200), st.integers(0, 150))
def test_listing_of_any_bytes_ends(noise, place):
    data = zipped({"a.txt": b"x", "b.zip": b"y"})
    assert holding(noise) is None or b"PK\x05\x06" in noise
    holding(data[:place] + noise + data[place:])
