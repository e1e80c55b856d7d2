"""The contract of `Files` on every available PostgreSQL."""

from __future__ import annotations

from hashlib import sha256

import pytest
import pytest_asyncio

from special_channel.core.bytes.errors import NotFound, Refused
from special_channel.core.bytes.ids import Position
from special_channel.stores.files import CHUNK_BYTES, Files, FileState
from tests.stores.made_entries import Made, append, file

PDF = "application/pdf"
LIMIT = 50 * CHUNK_BYTES


@pytest_asyncio.fixture
async def files(record) -> Files:
    return Files(record.pool)


async def stream(*chunks):
    for chunk in chunks:
        yield chunk


async def read(files, digest):
    return [row async for row in files.get(digest)]


@pytest.mark.parametrize(
    "length", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES]
)
async def test_what_is_put_is_got_in_rows_of_a_mebibyte(files, length):
    data = bytes(step % 251 for step in range(length))
    kept = await files.put(stream(data[:3], data[3:]), max_bytes=LIMIT, type_=PDF)
    assert kept == FileState(sha256(data).hexdigest(), length, PDF)
    rows = await read(files, kept.sha256)
    assert b"".join(rows) == data
    assert all(len(row) == CHUNK_BYTES for row in rows[:-1])
    assert await files.state(kept.sha256) == kept


async def test_a_file_too_large_leaves_nothing(files, record):
    with pytest.raises(Refused, match="file-too-large"):
        await files.put(stream(b"x" * 11), max_bytes=10, type_=PDF)
    assert await _uploads(record) == 0


async def test_an_upload_that_breaks_off_is_never_visible(files, record):
    async def broken():
        yield b"x" * CHUNK_BYTES
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await files.put(broken(), max_bytes=LIMIT, type_=PDF)
    assert await files.state(sha256(b"x" * CHUNK_BYTES).hexdigest()) is None
    assert await _uploads(record) == 0


async def test_the_same_bytes_are_kept_once(files, record):
    first = await files.put(stream(b"same"), max_bytes=LIMIT, type_=PDF)
    again = await files.put(stream(b"sa", b"me"), max_bytes=LIMIT, type_="image/png")
    assert again == first
    assert await _uploads(record) == 1


async def test_unknown_bytes_are_missing(files):
    assert await files.state("ab" * 32) is None
    with pytest.raises(NotFound, match="file-missing"):
        await read(files, "ab" * 32)


async def test_files_that_entries_name_are_missing_until_they_come(files, record):
    digest = sha256(b"later").hexdigest()
    await append(record, "cn", Made(parts=(file(digest, 5),)), Made(parts=(file("ab" * 32, 9),)))
    assert await files.missing(1) == [min((digest, 5), ("ab" * 32, 9))]
    assert set(await files.missing(10)) == {(digest, 5), ("ab" * 32, 9)}
    await files.put(stream(b"later"), max_bytes=LIMIT, type_=PDF)
    assert await files.missing(10) == [("ab" * 32, 9)]


async def test_a_file_that_was_here_before_its_entry_is_not_missing(files, record):
    kept = await files.put(stream(b"first"), max_bytes=LIMIT, type_=PDF)
    await append(record, "eu", Made(parts=(file(kept.sha256, 5),)))
    assert await files.missing(10) == []


async def test_a_file_that_the_private_log_names_is_nobody_elses(files, record, link_record):
    kept = await files.put(stream(b"internal"), max_bytes=LIMIT, type_=PDF)
    await append(record, "private", Made("note.internal", parts=(file(kept.sha256, 8),)))
    theirs = Files(link_record.pool)
    assert await theirs.state(kept.sha256) is None
    with pytest.raises(NotFound, match="file-missing"):
        await read(theirs, kept.sha256)
    found = await link_record.pool.fetch("SELECT count(*) AS seen FROM record.file_chunks")
    assert found[0]["seen"] == 0
    assert await files.missing(10) == []


async def test_the_link_serves_and_stores_files_that_shared_entries_name(record, link_record):
    digest = sha256(b"from the peer").hexdigest()
    theirs = Files(link_record.pool)
    await append(link_record, "cn", Made(parts=(file(digest, 13),)))
    await theirs.put(stream(b"from the peer"), max_bytes=LIMIT, type_=PDF)
    assert await read(theirs, digest) == [b"from the peer"]
    assert await read(Files(record.pool), digest) == [b"from the peer"]
    assert await theirs.missing(10) == []


async def test_erased_bytes_go_when_no_entry_names_them_any_longer(files, record):
    kept = await files.put(stream(b"personal"), max_bytes=LIMIT, type_=PDF)
    named = Made(parts=(file(kept.sha256, 8),))
    entries = await append(record, "eu", named, named)
    for place, entry in enumerate(entries):
        await append(record, "eu", Made("part.erased", None, entry.id, {"parts": [0]}))
        async with record.begin() as transaction:
            assert await transaction.erase(Position("eu", 2 + place)) == 1
        is_kept = place == 0
        assert (await files.state(kept.sha256) is not None) is is_kept
    assert await _uploads(record) == 0


async def test_what_was_never_finished_is_swept_after_a_day(files, record):
    kept = await files.put(stream(b"whole"), max_bytes=LIMIT, type_=PDF)
    async with record.begin() as transaction:
        for hours in (1, 25):
            await transaction.execute(
                "INSERT INTO record.uploads (begun) VALUES (now() - make_interval(hours => $1))",
                hours,
            )
    assert await files.sweep(10) == 1
    assert await _uploads(record) == 2
    assert await read(files, kept.sha256) == [b"whole"]


async def _uploads(record):
    found = await record.pool.fetch("SELECT count(*) AS held FROM record.uploads")
    return found[0]["held"]
