"""The rollback guard's file: durable, never falling, whole after a torn write."""

from __future__ import annotations

import multiprocessing

import pytest

from special_channel.core.bytes.errors import Corrupt
from special_channel.stores.published import PublishedFiles

ROOTS = [bytes([step]) * 32 for step in range(10)]
SLOT = 4096


@pytest.fixture
def published(tmp_path):
    return PublishedFiles(tmp_path)


def test_nothing_was_published_at_first(published):
    assert published.read("eu") is None


def test_the_largest_size_is_remembered_a_log_apart(published):
    published.write("eu", 3, ROOTS[3])
    published.write("eu", 5, ROOTS[5])
    published.write("private", 4, ROOTS[4])
    published.write("eu", 4, ROOTS[4])
    assert published.read("eu") == (5, ROOTS[5])
    assert published.read("private") == (4, ROOTS[4])
    assert published.read("cn") is None


def test_the_empty_log_can_be_published(published):
    published.write("eu", 0, ROOTS[0])
    assert published.read("eu") == (0, ROOTS[0])


def test_another_root_at_the_same_size_is_corrupt(published):
    published.write("eu", 3, ROOTS[3])
    published.write("eu", 3, ROOTS[3])
    with pytest.raises(Corrupt, match="published-differs"):
        published.write("eu", 3, ROOTS[4])
    assert published.read("eu") == (3, ROOTS[3])


@pytest.mark.parametrize("last", [1, 2, 3, 4])
@pytest.mark.parametrize("cut", [1, 8, 20, 60, 79])
def test_a_torn_write_leaves_the_one_before(published, tmp_path, last, cut):
    for size in range(1, last + 1):
        published.write("eu", size, ROOTS[size])
    file = tmp_path / "eu.published"
    before = bytearray(file.read_bytes())
    published.write("eu", 9, ROOTS[9])
    after = file.read_bytes()
    # Only the first bytes of the write reached the disk.
    start = next(place for place in (0, SLOT) if before[place:][:SLOT] != after[place:][:SLOT])
    before[start : start + cut] = after[start : start + cut]
    file.write_bytes(before)
    assert published.read("eu") == (last, ROOTS[last])
    published.write("eu", 9, ROOTS[9])
    assert published.read("eu") == (9, ROOTS[9])


def test_a_first_write_that_was_torn_published_nothing(published, tmp_path):
    published.write("eu", 1, ROOTS[1])
    file = tmp_path / "eu.published"
    file.write_bytes(file.read_bytes()[:20].ljust(2 * SLOT, b"\x00"))
    assert published.read("eu") is None


def test_two_damaged_slots_are_not_taken_for_a_new_node(published, tmp_path):
    (tmp_path / "eu.published").write_bytes(b"?" * 2 * SLOT)
    with pytest.raises(Corrupt, match="published-damaged"):
        published.read("eu")
    with pytest.raises(Corrupt, match="published-damaged"):
        published.write("eu", 1, ROOTS[1])


def test_a_flipped_bit_is_noticed(published, tmp_path):
    published.write("eu", 1, ROOTS[1])
    published.write("eu", 2, ROOTS[2])
    file = tmp_path / "eu.published"
    data = bytearray(file.read_bytes())
    newest = 0 if data[15] == 2 else SLOT
    data[newest + 30] ^= 1
    file.write_bytes(data)
    assert published.read("eu") == (1, ROOTS[1])


def test_processes_share_it_without_losing_the_largest(tmp_path):
    fork = multiprocessing.get_context("spawn")
    writers = [fork.Process(target=_write, args=(tmp_path, start)) for start in (0, 1)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    assert PublishedFiles(tmp_path).read("eu") == (199, bytes([199]) * 32)


def _write(folder, start):
    for size in range(start, 200, 2):
        PublishedFiles(folder).write("eu", size, bytes([size]) * 32)


def test_only_the_owner_can_read_the_file(published, tmp_path):
    published.write("eu", 1, ROOTS[1])
    assert (tmp_path / "eu.published").stat().st_mode & 0o777 == 0o600


def test_lost_head_given_up_lets_smaller_sizes_be_remembered(published):
    published.write("private", 9, ROOTS[9])
    published.give_up("private", 4, "a" * 64)
    published.write("private", 4, ROOTS[4])
    assert published.read("private") == (9, ROOTS[9]), "not before the entry that says so"
    published.write("private", 5, ROOTS[5])
    assert published.read("private") == (5, ROOTS[5])
    assert published.given_up("private") is None
    published.write("private", 4, ROOTS[4])
    assert published.read("private") == (5, ROOTS[5]), "it falls once"


def test_head_given_up_is_that_one_alone(published):
    published.write("private", 9, ROOTS[9])
    published.give_up("private", 4, "a" * 64)
    published.renew("private", 8, ROOTS[8])
    assert published.given_up("private") is None
    published.write("private", 6, ROOTS[6])
    assert published.read("private") == (8, ROOTS[8])


def test_giving_up_is_taken_back(published):
    published.write("private", 9, ROOTS[9])
    published.give_up("private", 4, "a" * 64)
    assert published.given_up("private") == (4, "a" * 64)
    published.keep_on("private")
    published.write("private", 5, ROOTS[5])
    assert published.read("private") == (9, ROOTS[9])
