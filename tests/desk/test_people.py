"""The file of our side's officials: read whole, or refused with the field."""

from __future__ import annotations

import pytest

from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.desk import people

PERSON = """\
[[officials]]
id = "eu-desk-1"
name = "Ilona Fictional"
role = "desk"
unit = "Permits"
desk = "permits"
email = "ilona@eu.example"
language = "en"
"""
HEAD = 'v = 1\nparty = "eu"\n'


def written(tmp_path, text: str):
    file = tmp_path / "eu.toml"
    file.write_text(text, encoding="utf-8")
    return file


def field_of(file) -> str:
    with pytest.raises(Malformed) as refused:
        people.read(file)
    assert refused.value.code == "directory-malformed"
    return str(refused.value.facts["field"])


def test_officials_are_read_with_and_without_own_channels(tmp_path):
    second = PERSON.replace("desk-1", "desk-2") + 'channels = ["mail", "duty-chat"]\n'
    read = people.read(written(tmp_path, HEAD + PERSON + second))
    assert (read.v, read.party) == (1, "eu")
    assert [each.channels for each in read.officials] == [(), ("mail", "duty-chat")]
    first = read.officials[0]
    assert (first.id, first.name, first.role) == ("eu-desk-1", "Ilona Fictional", "desk")
    assert (first.unit, first.desk, first.email) == ("Permits", "permits", "ilona@eu.example")
    assert first.language == "en"


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("v = 1", "v = 2", "v"),
        ('party = "eu"', 'party = "us"', "party"),
        ('"eu-desk-1"', '"us-desk-1"', "officials.0.id"),
        ('"eu-desk-1"', f'"eu-{"a" * 41}"', "officials.0.id"),
        ('"Ilona Fictional"', '""', "officials.0.name"),
        ('"Ilona Fictional"', f'"{"a" * 201}"', "officials.0.name"),
        ('"ilona@eu.example"', '"ilona"', "officials.0.email"),
        ('"ilona@eu.example"', '"il ona@eu.example"', "officials.0.email"),
        ('language = "en"', 'language = "de"', "officials.0.language"),
        ('language = "en"', 'language = "en"\nchannels = ["Mail"]', "officials.0.channels.0"),
        ('language = "en"', f'language = "en"\nchannels = {["a"] * 9}', "officials.0.channels"),
        ('role = "desk"\n', "", "officials.0.role"),
        ('language = "en"', 'language = "en"\nsecret = 1', "officials.0.secret"),
    ],
)
def test_wrong_field_is_named_by_its_place(tmp_path, old, new, field):
    text = HEAD + PERSON
    assert old in text
    assert field_of(written(tmp_path, text.replace(old, new))) == field


def test_longest_values_are_taken(tmp_path):
    text = (HEAD + PERSON).replace("eu-desk-1", f"eu-{'a' * 40}")
    text = text.replace("Ilona Fictional", "n" * 200) + f"channels = {['a'] * 8}\n"
    [person] = people.read(written(tmp_path, text)).officials
    assert (len(person.id), len(person.name), len(person.channels)) == (43, 200, 8)


def test_directory_without_officials_is_refused(tmp_path):
    assert field_of(written(tmp_path, HEAD)) == "officials"


@pytest.mark.parametrize("content", [b"v = ", b"v = \xff"])
def test_file_that_is_no_toml_is_named(tmp_path, content):
    (tmp_path / "eu.toml").write_bytes(content)
    assert field_of(tmp_path / "eu.toml") == "eu.toml"


def test_directory_that_is_missing_is_named(tmp_path):
    with pytest.raises(NotFound) as refused:
        people.read(tmp_path / "eu.toml")
    assert (refused.value.code, refused.value.facts) == ("directory-missing", {"file": "eu.toml"})
