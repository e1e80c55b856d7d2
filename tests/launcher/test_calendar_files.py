"""Calendar releases in a folder: read at start, and again when a charter names another."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from special_channel.core.bytes.errors import NotFound
from special_channel.core.time.calendars import CalendarRelease
from special_channel.desk.charter import document, read_release
from special_channel.wiring import files
from special_channel.wiring.files import CalendarFiles, calendars, releases

CONFIG = Path(__file__).resolve().parents[2] / "config"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A node's folder that lacks the Chinese side's newest release."""
    made = tmp_path / "calendars"
    shutil.copytree(CONFIG / "calendars", made)
    (made / "cn-2026.toml").unlink()
    return made


def test_a_release_counts_once_its_file_is_there_without_a_restart(folder: Path):
    charter = document(CONFIG / "charter", list(calendars(CONFIG / "calendars").values()))[1]
    shelf = CalendarFiles(folder)
    assert shelf.adopted(charter) is None
    shutil.copy(CONFIG / "calendars" / "cn-2026.toml", folder)
    found = shelf.adopted(charter)
    assert found is not None
    assert f"{found['cn'].last_covered}" == "2026-12-31"
    # What was adopted stays, whatever becomes of the folder.
    (folder / "cn-2026.toml").unlink()
    assert shelf.adopted(charter) is found


def test_files_without_a_release_are_not_read_again_for_each_page(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    charter = document(CONFIG / "charter", list(calendars(CONFIG / "calendars").values()))[1]
    shelf = CalendarFiles(folder, tmp_path / "kept")
    assert shelf.adopted(charter) is None
    read: list[Path] = []

    def counted(where: Path) -> list[CalendarRelease]:
        read.append(where)
        return releases(where)

    monkeypatch.setattr(files, "releases", counted)
    assert [shelf.adopted(charter) for _ in range(3)] == [None] * 3
    assert read == []
    (tmp_path / "kept").mkdir()
    shutil.copy(CONFIG / "calendars" / "cn-2026.toml", tmp_path / "kept")
    assert shelf.adopted(charter) is not None
    assert read == [folder, tmp_path / "kept", folder]


def test_a_correction_lies_beside_the_first_release(folder: Path):
    first = (CONFIG / "calendars" / "cn-2025.toml").read_text(encoding="utf-8")
    second = first.replace("\nrelease = 1 ", "\nrelease = 2 ")
    assert second != first
    (folder / "cn-2025-2.toml").write_text(second, encoding="utf-8")
    assert len(releases(folder)) == 4
    assert [each.release for each in calendars(folder)["cn"].releases] == [2]


def test_a_side_without_any_calendar_keeps_a_node_from_starting(folder: Path):
    (folder / "cn-2025.toml").unlink()
    with pytest.raises(NotFound) as missing:
        calendars(folder)
    assert missing.value.code == "calendar-missing"


def test_a_release_that_was_brought_is_kept_apart_and_counts_once_a_charter_names_it(
    folder: Path, tmp_path: Path
):
    charter = document(CONFIG / "charter", list(calendars(CONFIG / "calendars").values()))[1]
    shelf, text = (
        CalendarFiles(folder, tmp_path / "kept"),
        (CONFIG / "calendars/cn-2026.toml").read_bytes(),
    )
    assert shelf.adopted(charter) is None
    brought = read_release("cn-2026.toml", b"\xef\xbb\xbf" + text)
    for _ in range(2):
        shelf.keep(brought, b"\xef\xbb\xbf" + text)
    assert [file.name for file in (tmp_path / "kept").iterdir()] == [
        f"cn-2026-1-{brought.digest[:16]}.toml"
    ]
    assert len(shelf.held()) == 4
    assert shelf.adopted(charter) is not None
    # A charter without releases means the folder's newest ones, whatever was brought.
    assert len(releases(folder)) == 3
    assert CalendarFiles(folder, tmp_path / "kept").adopted(charter) is not None
