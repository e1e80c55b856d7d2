"""The charter's document: built from files or read from JSON, or refused with the place."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest

from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.errors import ChannelError
from special_channel.desk.charter import (
    MAX_BYTES,
    adoption,
    document,
    read_charter,
    read_release,
)
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.payloads import Author, Fields
from special_channel.wiring.files import calendars
from tests.architecture.project import ROOT

CHARTER, CALENDARS = ROOT / "config/charter", ROOT / "config/calendars"
SIDES = list(calendars(CALENDARS).values())


def refused(act, *args) -> tuple[str, object]:
    with pytest.raises(ChannelError) as error:
        act(*args)
    facts = error.value.facts
    known = ("field", "folder", "file", "limit")
    return error.value.code, next((facts[name] for name in known if name in facts), None)


def test_document_holds_files_and_calendars_in_canonical_bytes():
    data, parsed = document(CHARTER, SIDES)
    read = json.loads(data)
    assert canonical.dumps(read) == data
    assert (read["v"], read["number"], parsed.number) == (1, 1, 1)
    assert [each["party"] for each in read["calendars"]] == ["cn", "eu"]
    assert document(CHARTER, SIDES[::-1])[0] == data, "in whatever order the calendars come"
    assert {each["digest"] for each in read["calendars"]} == {each.digest for each in SIDES}


def test_registrar_adopts_exactly_the_document_over_what_was_seen():
    data, charter = document(CHARTER, SIDES)
    registrar = KeyFile.make("eu", "registrar", bytes(32)).signer
    seen: Fields = {"log": "cn.channel.example/log", "size": 7}
    author = Author(registrar, "eu.channel.example/log", "2026-11-24T09:00:00Z", (seen,), bytes)
    made = adoption(data, charter, author)
    payload: Any = canonical.loads(dsse.decode(made.envelope).payload)
    assert {name: payload[name] for name in ("v", "log", "kind", "by", "at", "seen", "body")} == {
        "v": 1,
        "log": "eu.channel.example/log",
        "kind": "charter.adopted",
        "by": registrar.key,
        "at": "2026-11-24T09:00:00Z",
        "seen": [seen],
        "body": {"number": charter.number, "digest": sha256(data).hexdigest()},
    }
    [part] = made.parts
    assert part is not None
    disclosed: Any = canonical.loads(part)
    assert disclosed["data"] == json.loads(data)


def test_lists_of_several_files_are_one_list(tmp_path):
    text = "".join(file.read_text("utf-8") for file in sorted(CHARTER.glob("*.toml")))
    head, _, rest = text.partition("[[desks]]")
    (tmp_path / "1.toml").write_text(head, "utf-8")
    (tmp_path / "2.toml").write_text(f"[[desks]]{rest}", "utf-8")
    assert document(tmp_path, SIDES)[0] == document(CHARTER, SIDES)[0]


def test_folder_without_a_charter_is_named(tmp_path):
    folder = tmp_path / "none"
    folder.mkdir()
    assert refused(document, folder, SIDES) == ("charter-missing", "none")


@pytest.mark.parametrize("content", [b"v = ", b"v = \xff"])
def test_file_of_a_charter_that_is_no_toml_is_named(tmp_path, content):
    (tmp_path / "charter.toml").write_bytes(content)
    assert refused(document, tmp_path, SIDES) == ("charter-malformed", "charter.toml")


def test_charter_is_read_from_json_in_any_layout():
    data, parsed = document(CHARTER, SIDES)
    laid_out = json.dumps(json.loads(data), indent=3, ensure_ascii=True).encode("utf-8-sig")
    assert read_charter(laid_out) == (data, parsed)


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        (b"{", "charter-not-json", None),
        (b"\xff{}", "charter-not-json", None),
        (b'{"v": 1, "v": 1}', "charter-not-json", None),
        (b"[" * 100_000, "charter-not-json", None),
        (b"[]", "charter-malformed", "-"),
        (b"{}", "charter-malformed", "v"),
        (b" " * (1024 * 1024 + 1), "json-too-large", 1_048_576),
    ],
    ids=["cut", "bytes", "twice", "deep", "list", "empty", "large"],
)
def test_text_that_is_no_charter_is_refused(text, code, place):
    assert refused(read_charter, text) == (code, place)


def test_charter_of_the_largest_size_is_read():
    data, _ = document(CHARTER, SIDES)
    assert read_charter(data + b" " * (MAX_BYTES - len(data)))[0] == data


def test_calendar_is_read_from_its_file():
    for file in sorted(CALENDARS.glob("*.toml")):
        assert read_release(file.name, file.read_bytes()).side in {"eu", "cn"}


@pytest.mark.parametrize(
    "text", [b"v = ", b"\xff", b"a = '" + b"x" * 1995 + b"'", b"x" * 2001],
    ids=["cut", "bytes", "line", "long line"],
)  # fmt: skip
def test_calendar_that_is_no_toml_is_named_by_its_file(text):
    assert refused(read_release, "eu.toml", text) == ("file-not-toml", "eu.toml")


def test_calendar_is_cut_at_its_limit_and_the_rest_is_not_read():
    file = min(CALENDARS.glob("*.toml"))
    text = file.read_bytes()
    room = 65_536 - len(text)
    filler = (b"# comment\n" * (room // 10 + 1))[:room]
    assert read_release(file.name, text + filler + b"\nx = ") == read_release(file.name, text)
    assert refused(read_release, "eu.toml", text + filler[:-5] + b"\nx = ") == (
        "file-not-toml", "eu.toml",
    )  # fmt: skip
