"""Key files: written once for their owner alone, and read back whole or refused."""

from __future__ import annotations

import json
import stat
from base64 import b64encode

import pytest

from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.core.bytes.suites import key_id
from special_channel.desk.keyfile import KeyFile

SEED = bytes(range(32))
WHOLE = KeyFile.make(
    "cn",
    "checkpoint",
    SEED,
    suite="es256",
    unit="安全与管制局",
    desk="permits",
    name="cn.example/log",
)


def test_key_file_comes_back_as_it_was_written(tmp_path):
    WHOLE.write(tmp_path / "key.json")
    read = KeyFile.read(tmp_path / "key.json")
    assert (read.party, read.role, read.seed) == ("cn", "checkpoint", SEED)
    assert (read.unit, read.desk, read.name) == ("安全与管制局", "permits", "cn.example/log")
    assert read.key == key_id("cn", "es256", WHOLE.private.public)
    assert read.signer.key == read.key


def test_key_without_unit_or_name_has_its_role_as_desk(tmp_path):
    KeyFile.make("eu", "link", SEED).write(tmp_path / "key.json")
    text = (tmp_path / "key.json").read_text("utf-8")
    assert KeyFile.read(tmp_path / "key.json").name == ""
    assert json.loads(text) == {
        "v": 1, "party": "eu", "key": KeyFile.read(tmp_path / "key.json").key,
        "suite": "ed25519", "role": "link", "unit": "", "desk": "link",
        "seed": b64encode(SEED).decode(),
    }  # fmt: skip
    assert text.startswith('{\n  "v": 1'), "for people, too"
    assert text.endswith("}\n")


def test_key_file_is_for_its_owner_alone(tmp_path):
    WHOLE.write(tmp_path / "key.json")
    assert stat.S_IMODE((tmp_path / "key.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o610, 0o601])
def test_key_file_that_others_may_open_is_refused(tmp_path, mode):
    WHOLE.write(tmp_path / "key.json")
    (tmp_path / "key.json").chmod(mode)
    with pytest.raises(Malformed) as refused:
        KeyFile.read(tmp_path / "key.json")
    assert (refused.value.code, refused.value.facts) == ("key-file-open", {"file": "key.json"})


def test_key_file_is_never_written_over(tmp_path):
    WHOLE.write(tmp_path / "key.json")
    before = (tmp_path / "key.json").read_bytes()
    with pytest.raises(Malformed) as refused:
        KeyFile.make("eu", "desk", SEED).write(tmp_path / "key.json")
    assert (refused.value.code, refused.value.facts) == ("key-file-exists", {"file": "key.json"})
    assert (tmp_path / "key.json").read_bytes() == before


def test_key_file_in_a_folder_that_is_missing_is_not_written(tmp_path):
    with pytest.raises(Malformed) as refused:
        WHOLE.write(tmp_path / "none" / "key.json")
    assert (refused.value.code, refused.value.facts) == ("file-unwritable", {"file": "key.json"})


def test_key_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(NotFound) as refused:
        KeyFile.read(tmp_path / "key.json")
    assert (refused.value.code, refused.value.facts) == ("key-file-missing", {"file": "key.json"})


@pytest.mark.parametrize(
    "changed",
    [
        {"v": 2}, {"party": "us"}, {"suite": "rsa"}, {"role": "king"}, {"desk": ""},
        {"unit": "u" * 201}, {"seed": "short"}, {"seed": "A" * 44},
        {"key": KeyFile.make("cn", "checkpoint", SEED).key}, {"more": 1},
    ],
    ids=str,
)  # fmt: skip
def test_key_file_with_a_wrong_field_is_refused(tmp_path, changed):
    path = tmp_path / "key.json"
    WHOLE.write(path)
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changed), "utf-8")
    with pytest.raises(Malformed) as refused:
        KeyFile.read(path)
    assert (refused.value.code, refused.value.facts) == (
        "key-file-malformed", {"file": "key.json"},
    )  # fmt: skip


def test_unit_of_200_characters_is_the_longest(tmp_path):
    path = tmp_path / "key.json"
    KeyFile.make("eu", "desk", SEED, unit="u" * 200).write(path)
    assert KeyFile.read(path).unit == "u" * 200
